//! Roles, tokens, transactions, a full disk, and the shell.

use crate::common::Lab;
use crate::device::{Device, password_pair, refused};
use serde_json::{Value, json};

const PROFILE: &str = "tm/ltm/profile/client-ssl";

#[tokio::test]
async fn a_token_can_end_in_the_middle() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    lab.switch(json!({"bigip.token_requests": 2})).await;
    let body = json!({"username": "certs", "password": lab.text("/bigip/password"), "loginProviderName": "tmos"});
    let login = device.post("shared/authn/login", body).await.body;
    let token = login["token"]["token"].as_str().expect("a token");
    let header = [("X-F5-Auth-Token", token)];
    for status in [200, 200, 401] {
        let answer = device.send("GET", "tm/sys", &header, Value::Null).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn resource_administrators_have_no_shell() {
    let lab = Lab::start();
    let device = Device::of(&lab, "resources");
    let profile = device.post(PROFILE, json!({"name": "mine"})).await;
    assert_eq!(profile.status, 200, "{}", profile.text);
    let shell = json!({"command": "run", "utilCmdArgs": "-c 'cat /VERSION'"});
    refused(
        &device.post("tm/util/bash", shell).await,
        401,
        "Authorization failed",
    );
    let range = [("Content-Range", "0-0/1")];
    let upload = device
        .send("POST", "shared/file-transfer/uploads/x", &range, json!("x"))
        .await;
    refused(&upload, 401, "Authorization failed");
}

#[tokio::test]
async fn a_full_disk_takes_no_files() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    lab.switch(json!({"bigip.disk_full": true})).await;
    let range = [("Content-Range", "0-0/1")];
    let upload = device
        .send("POST", "shared/file-transfer/uploads/x", &range, json!("x"))
        .await;
    refused(&upload, 500, "No space left on device");
    let file = json!({"name": "b.crt", "sourcePath": "file:/var/config/rest/downloads/a.crt"});
    refused(
        &device.post("tm/sys/file/ssl-cert", file).await,
        400,
        "01070712:3",
    );
}

#[tokio::test]
async fn a_file_must_have_come_before_it_is_imported() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let file = json!({"name": "b.crt", "sourcePath": "file:/var/config/rest/downloads/none-such"});
    let missing = device.post("tm/sys/file/ssl-cert", file.clone()).await;
    refused(&missing, 400, "Failed! exit_code (37).");
    assert_eq!(missing.body["apiError"], 26_214_401);
    lab.switch(json!({"bigip.missing_source": "01070712"}))
        .await;
    refused(
        &device.post("tm/sys/file/ssl-cert", file).await,
        400,
        "01070712:3",
    );
}

#[tokio::test]
async fn a_missing_file_is_told_in_one_of_three_ways() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for (setting, status) in [("404", 404), ("400", 400), ("500", 500)] {
        lab.switch(json!({"bigip.missing_file": setting})).await;
        let answer = device.get("shared/file-transfer/bulk/none-such").await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_look_ends_a_transaction_or_not() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for (setting, status, made) in [
        ("gone", 404, false),
        ("completed", 200, false),
        ("open", 200, true),
    ] {
        lab.switch(json!({"bigip.validated_transaction": setting}))
            .await;
        let id = device.post("tm/transaction", json!({})).await.body["transId"].to_string();
        let header = [("X-F5-REST-Coordination-Id", id.as_str())];
        device
            .send("POST", PROFILE, &header, json!({"name": "looked-at"}))
            .await;
        let path = format!("tm/transaction/{id}");
        let look = json!({"state": "VALIDATING", "validateOnly": true});
        assert_eq!(device.patch(&path, look).await.status, 200);
        let commit = json!({"state": "VALIDATING", "validateOnly": false});
        let commit = device.patch(&path, commit).await;
        assert_eq!(commit.status, status, "{}", commit.text);
        assert_eq!(
            commit.body["validateOnly"] == json!(true),
            setting == "completed"
        );
        let found = device.get(&format!("{PROFILE}/looked-at")).await;
        assert_eq!(found.status == 200, made, "{setting}");
    }
}

#[tokio::test]
async fn a_refused_commit_leaves_a_failed_transaction_or_none() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for (setting, status) in [("failed", 200), ("gone", 404)] {
        lab.switch(json!({"bigip.failed_transaction": setting}))
            .await;
        let id = device.post("tm/transaction", json!({})).await.body["transId"].to_string();
        let header = [("X-F5-REST-Coordination-Id", id.as_str())];
        device
            .send("DELETE", "tm/ltm/rule/none-such", &header, Value::Null)
            .await;
        let path = format!("tm/transaction/{id}");
        let check = json!({"state": "VALIDATING", "validateOnly": true});
        refused(
            &device.patch(&path, check).await,
            400,
            "transaction failed:01020036:3",
        );
        assert_eq!(device.get(&path).await.body["state"], "STARTED");
        refused(
            &device.patch(&path, json!({"state": "VALIDATING"})).await,
            400,
            "transaction failed:",
        );
        assert_eq!(device.get(&path).await.status, status);
    }
}

#[tokio::test]
async fn ciphertext_is_no_passphrase_unless_so_switched() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    lab.switch(json!({"bigip.shows_passphrase": true})).await;
    let chain =
        json!([{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a", "passphrase": "s3cret"}]);
    let made = device
        .post(PROFILE, json!({"name": "a", "certKeyChain": chain}))
        .await;
    let shown = made.body["certKeyChain"][0]["passphrase"]
        .as_str()
        .expect("a ciphertext")
        .to_owned();
    assert!(shown.starts_with("$M$"));
    let back = json!({"certKeyChain": [{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a", "passphrase": shown}]});
    let path = format!("{PROFILE}/a");
    refused(&device.patch(&path, back.clone()).await, 400, "01070313:3");
    lab.switch(json!({"bigip.writes_ciphertext": true})).await;
    assert_eq!(device.patch(&path, back).await.status, 200);
}

#[tokio::test]
async fn the_shell_knows_a_closed_list() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    let group = json!({"name": "tokens", "type": "string"});
    device.post("tm/ltm/data-group/internal", group).await;
    let run = async |line: &str| {
        let body = json!({"command": "run", "utilCmdArgs": format!("-c {line}")});
        let ran = device.post("tm/util/bash", body).await;
        assert_eq!(ran.status, 200, "{}", ran.text);
        ran.body["commandResult"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let add = r#"'tmsh modify ltm data-group internal tokens records add { "t" { data "v" } }'"#;
    assert_eq!(run(add).await, "");
    assert!(run(add).await.starts_with("01020066:3"));
    let shown = device.get("tm/ltm/data-group/internal/tokens").await.body;
    assert_eq!(shown["records"], json!([{"name": "t", "data": "v"}]));
    assert_eq!(
        run(r#"'tmsh modify ltm data-group internal tokens records delete { "t" }'"#).await,
        ""
    );
    assert!(
        run("\"cat /config/filestore/files_d/Common_d/certificate_d/:Common:a.crt_*\"")
            .await
            .starts_with("-----BEGIN CERTIFICATE")
    );
    assert!(
        run("'tmsh -c \"list sys crypto cert a.crt\"'")
            .await
            .contains("cache-path /config/filestore")
    );
    assert!(
        run("'tmsh delete sys crypto key none-such'")
            .await
            .starts_with("01020036:3")
    );
    assert_eq!(run("'tmsh delete sys crypto csr a'").await, "");
    assert!(run("'rm -rf /'").await.starts_with("Syntax Error"));
    lab.switch(json!({"bigip.bash": false})).await;
    let body = json!({"command": "run", "utilCmdArgs": "-c 'cat /VERSION'"});
    refused(
        &device.post("tm/util/bash", body).await,
        404,
        "unexpected URI",
    );
}
