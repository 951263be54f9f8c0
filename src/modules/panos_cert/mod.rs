//! Certificates on Palo Alto Networks firewalls and Panorama.

pub(super) mod deploy;
mod entry;
mod ids;
pub(super) mod info;
mod options;
mod returned;
