//! The archive: one chain of entries per policy and organization, and the records they name. Everything else in the product
//! is a projection of it.

pub mod entry;
