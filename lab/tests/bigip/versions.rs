//! What follows from the release.

use crate::common::Lab;
use crate::device::{Device, password_pair, refused};
use serde_json::json;

const PROFILE: &str = "tm/ltm/profile/client-ssl";

#[tokio::test]
async fn every_release_says_its_number() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for version in ["13.1", "14.1", "16.1", "17.1"] {
        lab.switch(json!({"bigip.version": version})).await;
        let told = device.get("tm/sys").await.body;
        let link = told["selfLink"].as_str().expect("a link");
        let start = format!("https://localhost/mgmt/tm/sys?ver={version}");
        assert!(link.starts_with(&start), "{link}");
    }
}

#[tokio::test]
async fn before_14_things_were_different() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    let new = device.get(&format!("{PROFILE}/clientssl")).await.body;
    assert_eq!(new["tmOptions"], "{ dont-insert-empty-fragments }");
    assert_eq!(new["certKeyChain"][0]["usage"], "SERVER");
    lab.switch(json!({"bigip.version": "13.1"})).await;
    let old = device.get(&format!("{PROFILE}/clientssl")).await.body;
    assert_eq!(old["tmOptions"], json!(["dont-insert-empty-fragments"]));
    assert!(old["certKeyChain"][0].get("usage").is_none());
    let cert = device.get("tm/sys/file/ssl-cert/a.crt").await.body;
    assert!(cert.get("fingerprint").is_none());

    let key = json!({"name": "made", "keyType": "ec-private"});
    assert_eq!(device.post("tm/sys/crypto/key", key).await.status, 200);
    let spelled = device.get("tm/sys/file/ssl-key/made.key").await;
    assert_eq!(spelled.status, 200, "{}", spelled.text);
    let install = json!({"command": "install", "name": "put", "from-local-file": "/var/config/rest/downloads/a.crt"});
    assert_eq!(device.post("tm/sys/crypto/cert", install).await.status, 200);
    assert_eq!(device.get("tm/sys/file/ssl-cert/put.crt").await.status, 200);
    let large = json!({"name": "large", "keySize": "3072"});
    refused(
        &device.post("tm/sys/crypto/key", large).await,
        400,
        "key-size",
    );
}
