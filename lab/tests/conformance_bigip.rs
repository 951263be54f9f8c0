//! The public BIG-IP clients `bigrest` and `f5-sdk`, unmodified, against the lab.

mod common;

use common::{Lab, public_client, self_signed_pairs};
use serde_json::Value;

#[tokio::test]
async fn bigrest_and_f5_sdk_work() {
    let lab = Lab::start();
    let directory = self_signed_pairs(["one", "two"]);
    let mut script = public_client::script("bigip_calls.py", "bigrest.bigip, f5.bigip");
    let facts = public_client::facts(&lab, script.arg(directory.path()));
    let expected: Value =
        serde_json::from_str(include_str!("conformance/bigip_expected.json")).expect("JSON");
    assert_eq!(facts, expected);
}
