//! Two units as a pair: synchronization and failover.

use crate::common::Lab;
use crate::device::{Device, VIRTUAL, password_pair, refused, served};
use serde_json::{Value, json};

const PROFILE: &str = "tm/ltm/profile/client-ssl";
const PUSH: &str = "config-sync to-group failover-group";

/// Status, colour and details of the group as a unit sees them.
async fn sync_status(unit: &Device<'_>) -> (String, String, String) {
    let page = unit.get("tm/cm/sync-status").await.body;
    let entries = page["entries"].as_object().expect("entries");
    assert_eq!(entries.len(), 1, "clients take the last of them");
    let entry = &page["entries"]["https://localhost/mgmt/tm/cm/sync-status/0"]["nestedStats"];
    let text = |name: &str| {
        let value = &entry["entries"][name]["description"];
        value.as_str().expect("a text").to_owned()
    };
    let details = "https://localhost/mgmt/tm/cm/syncStatus/0/details";
    let details = entry["entries"][details].to_string();
    (text("status"), text("color"), details)
}

async fn status(unit: &Device<'_>) -> String {
    sync_status(unit).await.0
}

async fn run_cm(unit: &Device<'_>, arguments: &str) {
    let body = json!({"command": "run", "utilCmdArgs": arguments});
    let ran = unit.post("tm/cm", body).await;
    assert_eq!(
        (ran.status, &ran.body["kind"]),
        (200, &json!("tm:cm:runstate"))
    );
}

async fn ha(lab: &Lab, change: Value) -> Value {
    lab.control("PUT", "/bigip/ha", &change).await
}

/// A profile `name` with the default pair of the device.
async fn profile(unit: &Device<'_>, name: &str) {
    let made = unit.post(PROFILE, json!({"name": name})).await;
    assert_eq!(made.status, 200, "{}", made.text);
}

async fn has_profile(unit: &Device<'_>, name: &str) -> bool {
    unit.get(&format!("{PROFILE}/{name}")).await.status == 200
}

#[tokio::test]
async fn units_that_stand_alone_share_nothing() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    let b = a.peer();
    assert_eq!(status(&a).await, "Standalone");
    profile(&a, "only-a").await;
    assert!(!has_profile(&b, "only-a").await);
    let devices = b.get("tm/cm/device").await.body;
    assert_eq!(devices["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(devices["items"][0]["hostname"], "bigip-b.example.org");
    refused(
        &a.post("tm/cm", json!({"command": "run", "utilCmdArgs": PUSH}))
            .await,
        404,
        "01020036:3: The requested device group (/Common/failover-group) was not found.",
    );
    let own = served(&lab, "/bigip_peer/virtual_servers/0", "x.example.org").await;
    let others = served(&lab, "/bigip/virtual_servers/0", "x.example.org").await;
    assert!(own.is_some() && own != others);
}

#[tokio::test]
async fn a_push_brings_keys_and_passphrases_and_the_standby_can_take_over() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    let b = a.peer();
    let formed = ha(&lab, json!({"mode": "pair"})).await;
    assert_eq!(
        (&formed["status"], &formed["active"]),
        (&json!("In Sync"), &json!("bigip-a.example.org"))
    );

    password_pair(&a).await;
    let chain =
        json!([{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a", "passphrase": "s3cret"}]);
    let made = a
        .post(
            PROFILE,
            json!({"name": "a", "sniDefault": true, "certKeyChain": chain}),
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let attach = json!({"name": "/Common/a", "context": "clientside"});
    assert_eq!(
        a.post(&format!("{VIRTUAL}/profiles"), attach).await.status,
        200
    );

    let (state, color, details) = sync_status(&b).await;
    assert_eq!(
        (state.as_str(), color.as_str()),
        ("Changes Pending", "yellow")
    );
    assert!(
        details.contains(
            "Recommended action: Synchronize bigip-a.example.org to group failover-group"
        )
    );
    assert!(!has_profile(&b, "a").await);
    run_cm(&a, &format!("{PUSH}  ")).await;
    assert_eq!(
        (status(&a).await, status(&b).await),
        ("In Sync".to_owned(), "In Sync".to_owned())
    );
    let state = lab.state().await;
    assert_eq!(state["bigip_peer"]["saved"], true);
    assert_eq!(
        state["bigip_peer"]["files"],
        json!([]),
        "uploads stay where they are"
    );

    let before = served(&lab, "/bigip/virtual_servers/0", "a.example.org").await;
    ha(&lab, json!({"active": "b"})).await;
    let selected = b.get("tm/cm/device?$select=name,failoverState").await.body;
    assert_eq!(
        selected["items"][0],
        json!({"name": "bigip-a.example.org", "failoverState": "standby"})
    );
    let page = a.get("tm/cm/failover-status").await.body;
    let entry = &page["entries"]["https://localhost/mgmt/tm/cm/failover-status/0"]["nestedStats"];
    assert_eq!(entry["entries"]["status"]["description"], "STANDBY");
    let after = served(&lab, "/bigip/virtual_servers/0", "a.example.org").await;
    assert!(before.is_some() && before == after);
}

#[tokio::test]
async fn only_the_active_unit_serves() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    ha(&lab, json!({"mode": "pair", "active": "b"})).await;
    let off = a.patch(VIRTUAL, json!({"disabled": true})).await;
    assert_eq!(off.status, 200, "{}", off.text);
    let www = "/bigip/virtual_servers/0";
    assert!(served(&lab, www, "x").await.is_some());
    run_cm(&a, PUSH).await;
    assert!(served(&lab, www, "x").await.is_none());
}

#[tokio::test]
async fn auto_sync_takes_its_time() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    let b = a.peer();
    ha(
        &lab,
        json!({"mode": "pair", "auto_sync": true, "sync_seconds": 600}),
    )
    .await;
    lab.advance(601).await;
    let group = a
        .get("tm/cm/device-group/~Common~failover-group")
        .await
        .body;
    assert_eq!(
        (&group["autoSync"], &group["type"]),
        (&json!("enabled"), &json!("sync-failover"))
    );
    let members = a
        .get("tm/cm/device-group/failover-group/devices")
        .await
        .body;
    assert_eq!(members["items"].as_array().map(Vec::len), Some(2));
    profile(&a, "new").await;
    assert_eq!(status(&b).await, "Not All Devices Synced");
    lab.switch(json!({"bigip.sync_underway": "syncing"})).await;
    assert_eq!(status(&b).await, "Syncing");
    assert!(!has_profile(&b, "new").await);
    lab.advance(601).await;
    assert_eq!(status(&b).await, "In Sync");
    assert!(has_profile(&b, "new").await);
    assert_eq!(lab.state().await["bigip_peer"]["saved"], false);
}

#[tokio::test]
async fn changes_on_both_units_are_a_conflict() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    let b = a.peer();
    ha(
        &lab,
        json!({"mode": "pair", "auto_sync": true, "connected": false}),
    )
    .await;
    assert_eq!(status(&a).await, "Disconnected");
    profile(&a, "on-a").await;
    profile(&b, "on-b").await;
    ha(&lab, json!({"connected": true})).await;
    let (state, color, details) = sync_status(&a).await;
    assert_eq!((state.as_str(), color.as_str()), ("Changes Pending", "red"));
    assert!(details.contains("possible change conflict between bigip-a.example.org and bigip-b"));
    lab.switch(json!({"bigip.sync_conflict": "kept"})).await;
    run_cm(&a, PUSH).await;
    assert_eq!(status(&a).await, "Changes Pending");
    run_cm(
        &a,
        "config-sync from-group failover-group force-full-load-push",
    )
    .await;
    assert_eq!(status(&a).await, "In Sync");
    assert!(has_profile(&a, "on-b").await && !has_profile(&a, "on-a").await);
}

#[tokio::test]
async fn a_synchronization_can_fail() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    ha(&lab, json!({"mode": "pair"})).await;
    profile(&a, "new").await;
    lab.switch(json!({"bigip.sync_outcome": "failure"})).await;
    run_cm(&a, PUSH).await;
    let (state, color, _) = sync_status(&a).await;
    assert_eq!((state.as_str(), color.as_str()), ("Sync Failure", "red"));
    assert!(!has_profile(&a.peer(), "new").await);
    lab.switch(json!({"bigip.sync_outcome": "ok"})).await;
    run_cm(&a, PUSH).await;
    assert_eq!(status(&a).await, "In Sync");
}

#[tokio::test]
async fn a_new_group_waits_for_its_first_synchronization() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    profile(&a, "mine").await;
    ha(&lab, json!({"mode": "pair", "initial_sync": false})).await;
    assert_eq!(status(&a).await, "Awaiting Initial Sync");
    assert!(!has_profile(&a.peer(), "mine").await);
    run_cm(&a, PUSH).await;
    assert_eq!(status(&a).await, "In Sync");
    assert!(has_profile(&a.peer(), "mine").await);
    let stats = a
        .get("tm/cm/traffic-group/~Common~traffic-group-1/stats")
        .await
        .body;
    assert_eq!(
        stats["entries"].as_object().map(serde_json::Map::len),
        Some(2)
    );
}

#[tokio::test]
async fn other_administrators_change_things_unseen() {
    let lab = Lab::start();
    let a = Device::of(&lab, "certs");
    ha(&lab, json!({"mode": "pair"})).await;
    lab.control("DELETE", "/journal", &Value::Null).await;
    let change =
        json!({"unit": "b", "path": "/mgmt/tm/ltm/profile/client-ssl", "body": {"name": "theirs"}});
    lab.control("PUT", "/bigip/object", &change).await;
    assert_eq!(lab.journal().await, Vec::<Value>::new());
    assert_eq!(status(&a).await, "Changes Pending");
    assert!(has_profile(&a.peer(), "theirs").await);
    let again = lab.try_control("PUT", "/bigip/object", &change).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let services: Vec<Value> = lab
        .journal()
        .await
        .iter()
        .map(|entry| entry["service"].clone())
        .collect();
    assert_eq!(services, [json!("bigip"), json!("bigip_peer")]);
    let gone = json!({"unit": "b", "path": "/mgmt/tm/ltm/profile/client-ssl/theirs"});
    lab.control("DELETE", "/bigip/object", &gone).await;
    assert!(!has_profile(&a.peer(), "theirs").await);
}
