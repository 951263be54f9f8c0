//! `panos_cert_deploy` and `panos_cert_info` against the lab's firewalls.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::needless_pass_by_value)]

#[path = "../common/mod.rs"]
mod common;
mod firewall;

mod commits;
mod disputed;
mod enrollment;
mod input;
mod keys;
mod others;
mod pair;
mod panorama;
mod road;
mod services;
