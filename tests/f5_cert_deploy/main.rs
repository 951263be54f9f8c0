//! `f5_cert_deploy` and `f5_cert_info` with the lab's BIG-IP and the lab's Sectigo.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)]

#[path = "../common/bigip.rs"]
mod bigip;
#[path = "../common/mod.rs"]
mod common;

mod answers;
mod certificates;
mod devices;
mod enrollment;
mod refusals;
mod road;
mod sharing;

use bigip::{Bigip, DEPLOY as MODULE, SITE};
use common::{Lab, check, run, with};
use serde_json::{Value, json};

/// Names of the site's objects of a kind.
fn objects(state: &Value, kind: &str) -> Vec<String> {
    let all = state[kind].as_array().cloned().unwrap_or_default();
    all.iter()
        .filter_map(|it| it.as_str().or(it["name"].as_str()))
        .filter(|it| it.contains("_202"))
        .map(str::to_owned)
        .collect()
}

/// Nothing is left but `pairs` pairs in service.
fn tidy(bigip: &Bigip<'_>, pairs: usize) {
    let state = bigip.state();
    assert_eq!(objects(&state, "keys").len(), pairs, "{state:#}");
    assert_eq!(
        objects(&state, "certificates").len(),
        2 * pairs,
        "{state:#}"
    );
    assert_eq!(state["requests"], json!([]), "{state:#}");
    assert_eq!(state["files"], json!([]), "{state:#}");
    assert_eq!(state["tokens"], 0, "{state:#}");
}

fn serial(result: &Value) -> String {
    result["certificates"][0]["serial"]
        .as_str()
        .unwrap()
        .to_owned()
}
