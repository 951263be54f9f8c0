//! Places that hold keys and serve certificates.

pub(crate) mod files;
