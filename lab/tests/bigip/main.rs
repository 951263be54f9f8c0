//! The BIG-IP: what it does, what it refuses, and what it serves.

#[path = "../common/mod.rs"]
mod common;

mod device;
mod limits;
mod objects;
mod pair;
mod refusals;
mod restart;
mod versions;
