//! The public PAN-OS clients `pan-python` and `pan-os-python`, unmodified, against the lab.

mod common;

use common::{Lab, public_client};
use serde_json::Value;

#[tokio::test]
async fn pan_python_and_pan_os_python_work() {
    let lab = Lab::start();
    let mut script = public_client::script("panos_calls.py", "pan.xapi, panos.firewall");
    let facts = public_client::facts(&lab, &mut script);
    let expected: Value =
        serde_json::from_str(include_str!("conformance/panos_expected.json")).expect("JSON");
    assert_eq!(facts, expected);
}
