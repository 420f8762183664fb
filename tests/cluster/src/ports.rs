//! Free TCP ports on loopback.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// The words of a Go program that found its port taken.
const TAKEN: &str = "address already in use";

/// `N` different ports of 127.0.0.1 that were free a moment ago. Somebody else may take one before it is used: then the
/// program says so, [`is_collision`] recognises it, and the start is tried again.
pub(crate) fn free<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    // All held until all are known, or the kernel could give the same one twice.
    let mut listeners = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .context("looking for a free port on 127.0.0.1")?;
        *port = listener
            .local_addr()
            .context("asking for the port that was found")?
            .port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Whether a failure was that of a port somebody else took first.
pub(crate) fn is_collision(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains(TAKEN)
}
