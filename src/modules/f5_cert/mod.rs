//! Modules about certificates on an F5 BIG-IP.

pub(super) mod deploy;
mod entry;
pub(super) mod info;
mod options;
mod returned;
mod units;
