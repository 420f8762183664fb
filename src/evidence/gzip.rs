//! Compression whose result depends on the content alone, and decompression that no content can make too large.

use std::io::{Cursor, Read as _};

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::error::Corruption;

/// The same content gives the same bytes: the level is fixed, and the header names no time, file or system.
const LEVEL: Compression = Compression::new(6);

/// "Unknown" in RFC 1952, 2.3.1.
const UNKNOWN_SYSTEM: u8 = 255;

/// A compression into memory.
pub(super) fn encoder() -> GzEncoder<Vec<u8>> {
    GzBuilder::new()
        .mtime(0)
        .operating_system(UNKNOWN_SYSTEM)
        .write(Vec::new(), LEVEL)
}

/// The whole content, of at most `limit` bytes.
pub(super) fn decode(bytes: Bytes, limit: u64) -> Result<Vec<u8>, Corruption> {
    let mut content = Vec::new();
    let mut plain = GzDecoder::new(Cursor::new(bytes)).take(limit + 1);
    plain.read_to_end(&mut content).map_err(Corruption::Gzip)?;
    let size = content.len() as u64;
    if size > limit {
        return Err(Corruption::TooLarge { size, limit });
    }
    Ok(content)
}
