//! The simulator's clock: real time plus an offset that tests set. The only place that reads the time.
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Real time plus a settable offset, in whole seconds as GitHub tells time.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// Now, by this world's time.
    pub(crate) fn now(&self) -> Timestamp {
        let moved = self.precise();
        Timestamp::from_second(moved.as_second()).unwrap_or(moved)
    }

    /// The same with fractions of a second, to measure short limits.
    pub(crate) fn precise(&self) -> Timestamp {
        let real = now();
        let offset = SignedDuration::from_secs(self.offset_seconds.load(Ordering::Relaxed));
        real.checked_add(offset).unwrap_or(real)
    }

    /// Sets the distance from real time; negative is the past.
    pub(crate) fn set_offset(&self, offset: SignedDuration) {
        self.offset_seconds
            .store(offset.as_secs(), Ordering::Relaxed);
    }
}

/// Real time: when a world is to end now.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the simulator's only clock; the product has its own"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// That many milliseconds later.
pub(crate) fn later(time: Timestamp, milliseconds: u32) -> Timestamp {
    time.checked_add(SignedDuration::from_millis(milliseconds.into()))
        .unwrap_or(time)
}

/// The next full second: limits never end earlier than they say.
pub(crate) fn next_second(time: Timestamp) -> Timestamp {
    let second = time.as_second() + i64::from(time.subsec_nanosecond() > 0);
    Timestamp::from_second(second).unwrap_or(time)
}

/// An HTTP date, such as `Sun, 22 Nov 2026 12:00:00 GMT` (RFC 9110 §5.6.7).
pub(crate) fn http_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// Reads an RFC 3339 time written in a test or a seeded world.
///
/// # Panics
/// When the text is no time: a mistake of whoever writes the world, best seen at once.
#[expect(
    clippy::panic,
    reason = "a mistyped time in a world's description must stop its author"
)]
pub fn time(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?} is not an RFC 3339 time: {error}"))
}
