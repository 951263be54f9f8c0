//! Whatever goes wrong at whatever call: the next run ends up where it should, leaves nothing
//! behind, and clients never see anything but a good certificate.
//!
//! A flow makes N calls. For every call and every fault a run meets that fault, and one more run
//! meets none. `matrix` is the same for every target; a target says how its flow begins, and what
//! is wrong at its end.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

#[path = "../common/bigip.rs"]
mod bigip;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/nginx.rs"]
mod nginx;

mod bigip_cells;
mod files;
mod matrix;
mod panorama_cells;
mod panos_cells;
mod prober;
mod races;
