//! What the device refuses.

use crate::common::Lab;
use crate::device::{Device, password_pair, refused};
use serde_json::{Value, json};

#[tokio::test]
async fn tokens_are_limited_and_end() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let body = json!({"username": "certs", "password": lab.text("/bigip/password"), "loginProviderName": "tmos"});
    let first = device.post("shared/authn/login", body.clone()).await;
    let token = first.body["token"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    for _ in 1..100 {
        assert_eq!(
            device.post("shared/authn/login", body.clone()).await.status,
            200
        );
    }
    let more = device.post("shared/authn/login", body).await;
    refused(&more, 400, "has reached maximum active login tokens");

    let header = [("X-F5-Auth-Token", token.as_str())];
    let path = format!("shared/authz/tokens/{token}");
    let longer = device
        .send("PATCH", &path, &header, json!({"timeout": 36001}))
        .await;
    refused(&longer, 406, "36000");
    let journal = lab.journal().await;
    assert!(!json!(journal).to_string().contains(&token));
    lab.advance(1201).await;
    let late = device.send("GET", "tm/sys", &header, Value::Null).await;
    refused(&late, 401, "\"message\":\"X-F5-Auth-Token has expired.\"");
    let unknown = device
        .send("GET", "tm/sys", &[("X-F5-Auth-Token", "X")], Value::Null)
        .await;
    refused(&unknown, 401, "X-F5-Auth-Token does not exist.");
    let wrong = json!({"username": "certs", "password": "no", "loginProviderName": "tmos"});
    refused(
        &device.post("shared/authn/login", wrong).await,
        401,
        "Authentication failed.",
    );
}

#[tokio::test]
async fn roles_are_kept() {
    let lab = Lab::start();
    let range = [("Content-Range", "0-0/1")];
    let manager = Device::of(&lab, "certmgr");
    let upload = manager
        .send("POST", "shared/file-transfer/uploads/x", &range, json!("x"))
        .await;
    refused(&upload, 401, "Authorization failed: user=");
    let guest = Device::of(&lab, "guest");
    assert_eq!(guest.get("tm/ltm/virtual").await.status, 200);
    refused(
        &guest.post("tm/sys/crypto/key", json!({"name": "x"})).await,
        401,
        "Authorization failed",
    );
    let short = Device::of(&lab, "certs");
    let range = [("Content-Range", "0-9/10")];
    let upload = short
        .send("POST", "shared/file-transfer/uploads/x", &range, json!("x"))
        .await;
    refused(
        &upload,
        400,
        "Chunk byte count 10 different from received buffer length 1",
    );
}

#[tokio::test]
async fn a_password_key_needs_its_passphrase_and_switches_in_a_transaction() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    let profile = |passphrase: &str| {
        json!({"name": "a", "serverName": "a.example.org", "certKeyChain":
            [{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a", "passphrase": passphrase}]})
    };
    refused(
        &device
            .post("tm/ltm/profile/client-ssl", profile("wrong"))
            .await,
        400,
        "01070313:3",
    );
    lab.switch(json!({"bigip.version": "13.1"})).await;
    refused(
        &device
            .post("tm/ltm/profile/client-ssl", profile("s3cret"))
            .await,
        400,
        "010717e3:3",
    );
    lab.switch(json!({"bigip.version": "16.1"})).await;

    let opened = device.post("tm/transaction", json!({})).await;
    let id = opened.body["transId"].to_string();
    let header = [("X-F5-REST-Coordination-Id", id.as_str())];
    let commit = format!("tm/transaction/{id}");
    let validating = json!({"state": "VALIDATING"});
    let empty = device.patch(&commit, validating.clone()).await;
    refused(
        &empty,
        404,
        "there is no command to commit in the transaction",
    );
    let queued = device
        .send(
            "POST",
            "tm/ltm/profile/client-ssl",
            &header,
            profile("s3cret"),
        )
        .await;
    assert_eq!((queued.status, &queued.body["evalOrder"]), (200, &json!(1)));
    let attach = json!({"name": "/Common/a", "context": "clientside"});
    let virtual_profiles = "tm/ltm/virtual/~Web~shop_https/profiles";
    device.send("POST", virtual_profiles, &header, attach).await;
    let held = device
        .send("PATCH", &commit, &header, validating.clone())
        .await;
    refused(&held, 400, "is not allowed to be added to transaction");
    // Two profiles, and none of them the default.
    let failed = device.patch(&commit, validating).await;
    refused(&failed, 400, "transaction failed:0107149c:3");
    assert_eq!(failed.body["apiError"], 2);
    let gone = device.get("tm/ltm/profile/client-ssl/a").await;
    refused(&gone, 404, "01020036:3");

    let made = device
        .post("tm/ltm/profile/client-ssl", profile("s3cret"))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(!made.text.contains("s3cret"), "{}", made.text);
    let lost =
        json!({"certKeyChain": [{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a"}]});
    let lost = device.patch("tm/ltm/profile/client-ssl/a", lost).await;
    refused(&lost, 400, "01070313:3");
    let used = device.delete("tm/sys/file/ssl-key/a").await;
    refused(&used, 400, "01071349:3");
    let state = lab.state().await;
    assert_eq!(state["bigip"]["saved"], false);
}

#[tokio::test]
async fn names_are_checked() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let star = json!({"name": "*.example.org", "keyType": "ec-private"});
    refused(
        &device.post("tm/sys/crypto/key", star).await,
        400,
        "wildcard configuration identifiers",
    );
    refused(
        &device
            .post(
                "tm/sys/crypto/key",
                json!({"name": "/No/x", "keyType": "ec-private"}),
            )
            .await,
        404,
        "01020036:3",
    );
}
