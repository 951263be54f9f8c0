//! Places that hold keys and serve certificates.

pub(crate) mod bigip;
pub(crate) mod files;
pub(crate) mod panos;
