//! Modules about certificates in files on a web host.

pub(super) mod deploy;
pub(super) mod info;
mod options;
mod returned;
