//! Waiting for something to become true, with a deadline.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(30);

/// Looks until `look` succeeds; its errors say what is seen instead.
///
/// # Errors
/// When it has not succeeded within `patience`: what was waited for, and what was seen last.
pub async fn eventually<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match look().await {
            Ok(found) => return Ok(found),
            Err(seen) if Instant::now() >= deadline => {
                return Err(seen).with_context(|| format!("waited {patience:?} for {what}"));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
