//! `f5_cert_deploy` and `f5_cert_info` with the lab's BIG-IP and the lab's Sectigo.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

#[path = "../common/bigip.rs"]
mod bigip;
#[path = "../common/mod.rs"]
mod common;

mod road;

use bigip::{Bigip, DEPLOY as MODULE, SITE};
use common::{Lab, check, run, with};
use serde_json::{Value, json};
