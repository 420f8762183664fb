//! The whole local world around one operator process.
