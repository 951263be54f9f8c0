//! The firewalls and the Panorama: what they refuse, and what they serve.

#[path = "../common/mod.rs"]
mod common;
mod device;

mod certificates;
mod commits;
mod configuration;
mod panorama;
mod services;
