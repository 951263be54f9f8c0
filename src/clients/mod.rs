//! Typed, thin clients of outside systems: one request = one function, and a small error enum each.

pub(crate) mod dns_update;
pub(crate) mod icontrol;
pub(crate) mod panos_xml;
pub(crate) mod scm;
