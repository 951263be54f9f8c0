//! Credentials, rights, and the two configurations.

use crate::common::Lab;
use crate::device::{Device, P256, SETTINGS, SHARED, password, send};
use serde_json::json;

const PROFILES: &str = "/config/shared/ssl-tls-service-profile";

#[tokio::test]
async fn keys_and_roles() {
    let lab = Lab::start();
    let wrong = [("type", "keygen"), ("user", "api-cert"), ("password", "no")];
    let refused = send(&lab, "panos", "", &wrong).await;
    assert_eq!(refused.status, 403);
    refused.refused(Some(403), "Invalid Credential");
    let right = password(&lab, "panos", "api-cert");
    let keygen = [
        ("type", "keygen"),
        ("user", "api-cert"),
        ("password", right.as_str()),
    ];
    let first = send(&lab, "panos", "", &keygen).await;
    assert!(
        first.text.starts_with("<response status = 'success'>"),
        "{}",
        first.text
    );
    assert_eq!(first.text, send(&lab, "panos", "", &keygen).await.text);
    lab.switch(json!({"panos.key_minutes": 10})).await;
    let limited = send(&lab, "panos", "", &keygen).await;
    assert_ne!(first.text, limited.text);
    let key = limited.between("<key>", "</key>");
    let version = [("type", "version")];
    send(&lab, "panos", key, &version).await.good();
    lab.advance(601).await;
    assert_eq!(send(&lab, "panos", key, &version).await.status, 403);
    let journal = json!(lab.journal().await).to_string();
    assert!(!journal.contains(&right) && !journal.contains(key));

    let reader = Device::login(&lab, "panos", "reader").await;
    reader.config("get", SHARED).await;
    let refused = reader
        .send(&[("type", "commit"), ("cmd", "<commit/>")])
        .await;
    assert_eq!(refused.status, 403);
    refused.refused(Some(403), "Type [commit] not authorized for user role");
    let vsys = Device::login(&lab, "panos", "vsys-admin").await;
    vsys.generate("site", P256)
        .await
        .refused(Some(403), "not authorized");
    let nobody = send(&lab, "panos", "", &version).await;
    assert_eq!(nobody.status, 403);
}

#[tokio::test]
async fn candidate_and_running_differ_until_a_commit() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let entry = format!("{PROFILES}/entry[@name='p']");
    let missing = device.config("get", &entry).await;
    assert!(
        missing.good().text.contains("code=\"7\""),
        "{}",
        missing.text
    );
    device.generate("site", P256).await.good();
    device
        .set(&entry, "<certificate>site</certificate>")
        .await
        .good();
    let shown = device.config("get", &format!("{PROFILES}/entry")).await;
    assert!(
        shown.text.contains("total-count=\"1\" count=\"1\""),
        "{}",
        shown.text
    );
    let names = device
        .config("get", &format!("{PROFILES}/entry/@name"))
        .await;
    assert!(names.text.contains("<entry name=\"p\"/>"), "{}", names.text);

    let job = device.commit("<commit/>").await;
    assert!(job.text.contains("<result>FAIL</result>"), "{}", job.text);
    for line in [
        "Validation Error:",
        "ssl-tls-service-profile -> p  is missing 'protocol-settings'",
        "site",
    ] {
        assert!(job.text.contains(line), "{line} in {}", job.text);
    }
    device
        .config("show", &entry)
        .await
        .refused(None, "No such node");
    let nodes = "/config/shared/certificate/entry[@name='site']";
    device
        .config("delete", nodes)
        .await
        .refused(Some(10), "cannot be deleted because of references from");
    device.config("delete", &entry).await.good();
    let gone = device.config("delete", &entry).await;
    assert!(gone.good().text.contains("code=\"7\""), "{}", gone.text);
    device.config("delete", nodes).await.good();
}

#[tokio::test]
async fn bad_requests_change_nothing() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let entry = format!("{PROFILES}/entry[@name='p']");
    device
        .set(&entry, "<certificate>")
        .await
        .refused(Some(18), "");
    device
        .set("/config/shared/x[", "<a/>")
        .await
        .refused(Some(6), "");
    device
        .set(&entry, "<!DOCTYPE a><certificate>x</certificate>")
        .await
        .refused(Some(18), "");
    device
        .set(&entry, "<cert>x</cert>")
        .await
        .refused(Some(12), "unexpected here");
    let bad = SETTINGS.replace("tls1-2", "tls1-9");
    device.set(&entry, &bad).await.refused(Some(12), "tls1-9");
    let long = format!("{PROFILES}/entry[@name='{}']", "x".repeat(64));
    device.set(&long, SETTINGS).await.refused(
        Some(12),
        "can be at most 63 characters, but current length: 64",
    );
    device
        .op("<show><nothing/></show>")
        .await
        .refused(Some(17), "");
    let odd = device.send(&[("type", "unknown")]).await;
    assert_eq!(odd.status, 400);
    odd.refused(Some(400), "Illegal value for parameter \"type\" [unknown].");
    let pending = device.op("<check><pending-changes/></check>").await;
    assert!(
        pending.text.contains("<result>no</result>"),
        "{}",
        pending.text
    );
}

#[tokio::test]
async fn a_renamed_certificate_keeps_its_users() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    device.generate("old", P256).await.good();
    let entry = format!("{PROFILES}/entry[@name='p']");
    device
        .set(&entry, "<certificate>old</certificate>")
        .await
        .good();
    let path = format!("{SHARED}/entry[@name='old']");
    let rename = [
        ("type", "config"),
        ("action", "rename"),
        ("xpath", path.as_str()),
        ("newname", "new"),
    ];
    device.send(&rename).await.good();
    let shown = device.config("get", &entry).await;
    assert!(shown.text.contains(">new</certificate>"), "{}", shown.text);
    device.send(&rename).await.refused(Some(7), "No such node");
}

#[tokio::test]
async fn several_changes_in_one_request() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let profile = |id: u8, name: &str, element: &str| {
        format!("<set id=\"{id}\" xpath=\"{PROFILES}/entry[@name='{name}']\">{element}</set>")
    };
    let send = async |strict: &str, commands: String| {
        let element = format!("<multi-config>{commands}</multi-config>");
        let parameters = [
            ("type", "config"),
            ("action", "multi-config"),
            ("strict-transactional", strict),
            ("element", element.as_str()),
        ];
        device.send(&parameters).await
    };
    let mixed = [
        profile(1, "a", SETTINGS),
        profile(2, "b", "<bad/>"),
        profile(3, "c", SETTINGS),
    ]
    .concat();
    send("yes", mixed.clone())
        .await
        .refused(Some(12), "id=\"2\"");
    let names = device
        .config("get", &format!("{PROFILES}/entry/@name"))
        .await;
    assert!(names.text.contains("code=\"7\""), "{}", names.text);
    let partly = send("no", mixed).await;
    assert!(!partly.text.contains("id=\"3\""), "{}", partly.text);
    let names = device
        .config("get", &format!("{PROFILES}/entry/@name"))
        .await;
    assert!(
        names.text.contains("name=\"a\"") && !names.text.contains("name=\"c\""),
        "{}",
        names.text
    );
}
