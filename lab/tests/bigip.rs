//! The BIG-IP: what it refuses, and what it serves.

mod common;

use common::{Answer, Lab};
use rcgen::{CertificateParams, KeyPair};
use reqwest::Method;
use serde_json::{Value, json};

/// One user of the device.
struct Device<'a> {
    lab: &'a Lab,
    user: &'static str,
}

impl Device<'_> {
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let users = self.lab.ready["bigip"]["users"].as_array().expect("users");
        let user = users.iter().find(|user| user["user"] == self.user);
        let password = user.and_then(|user| user["password"].as_str());
        let url = format!("{}/mgmt/{path}", self.lab.text("/bigip/url"));
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.lab.http.request(method, url);
        if headers.iter().all(|(name, _)| *name != "X-F5-Auth-Token") {
            request = request.basic_auth(self.user, password);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Value::Null => request,
            Value::String(text) => request.body(text),
            body => request.json(&body),
        };
        Answer::of(request.send().await.expect("an answer")).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], body).await
    }

    async fn upload(&self, name: &str, text: &str) {
        let range = format!("0-{}/{}", text.len() - 1, text.len());
        let path = format!("shared/file-transfer/uploads/{name}");
        let sent = self
            .send("POST", &path, &[("Content-Range", &range)], json!(text))
            .await;
        assert_eq!(sent.status, 200, "{}", sent.text);
    }

    async fn csr(&self, name: &str) -> String {
        let arguments = format!("-c 'tmsh list sys crypto csr {name}'");
        let told = self
            .post(
                "tm/util/bash",
                json!({"command": "run", "utilCmdArgs": arguments}),
            )
            .await;
        told.body["commandResult"]
            .as_str()
            .expect("a request")
            .to_owned()
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.body["code"], status, "{}", answer.text);
    assert!(answer.text.contains(text), "{}", answer.text);
}

#[tokio::test]
async fn tokens_are_limited_and_end() {
    let lab = Lab::start();
    let device = Device {
        lab: &lab,
        user: "certs",
    };
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
    let manager = Device {
        lab: &lab,
        user: "certmgr",
    };
    let upload = manager
        .send("POST", "shared/file-transfer/uploads/x", &range, json!("x"))
        .await;
    refused(&upload, 401, "Authorization failed: user=");
    let guest = Device {
        lab: &lab,
        user: "guest",
    };
    assert_eq!(
        guest
            .send("GET", "tm/ltm/virtual", &[], Value::Null)
            .await
            .status,
        200
    );
    refused(
        &guest.post("tm/sys/crypto/key", json!({"name": "x"})).await,
        401,
        "Authorization failed",
    );
    let short = Device {
        lab: &lab,
        user: "certs",
    };
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

/// A password key `a` with the certificate `a.crt`, by way of a request.
async fn password_pair(device: &Device<'_>) {
    let key = json!({"name": "/Common/a", "keyType": "ec-private", "securityType": "password", "passphrase": "s3cret"});
    let made = device.post("tm/sys/crypto/key", key.clone()).await;
    assert_eq!(
        (made.status, &made.body["securityType"]),
        (200, &json!("password"))
    );
    refused(
        &device.post("tm/sys/crypto/key", key).await,
        409,
        "01020066:3",
    );
    let wish = json!({"name": "a", "key": "a", "commonName": "a.example.org", "subjectAlternativeName": "DNS:a.example.org, IP:192.0.2.1"});
    assert_eq!(device.post("tm/sys/crypto/csr", wish).await.status, 200);
    let csr = device.csr("a").await;
    let csr = &csr[..csr.find("sys crypto csr").expect("the properties")];
    let issuer_key = KeyPair::generate().expect("a key");
    let issuer = rcgen::Issuer::new(CertificateParams::default(), issuer_key);
    let request = rcgen::CertificateSigningRequestParams::from_pem(csr).expect("a request");
    let certificate = request.signed_by(&issuer).expect("a certificate").pem();
    device.upload("a.crt", &certificate).await;
    let file = json!({"name": "a.crt", "sourcePath": "file:/var/config/rest/downloads/a.crt"});
    let stored = device.post("tm/sys/file/ssl-cert", file).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
}

#[tokio::test]
async fn a_password_key_needs_its_passphrase_and_switches_in_a_transaction() {
    let lab = Lab::start();
    let device = Device {
        lab: &lab,
        user: "certs",
    };
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
    let empty = device.send("PATCH", &commit, &[], validating.clone()).await;
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
    let failed = device.send("PATCH", &commit, &[], validating).await;
    refused(&failed, 400, "transaction failed:0107149c:3");
    assert_eq!(failed.body["apiError"], 2);
    let gone = device
        .send("GET", "tm/ltm/profile/client-ssl/a", &[], Value::Null)
        .await;
    refused(&gone, 404, "01020036:3");

    let made = device
        .post("tm/ltm/profile/client-ssl", profile("s3cret"))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(!made.text.contains("s3cret"), "{}", made.text);
    let lost =
        json!({"certKeyChain": [{"name": "a", "cert": "/Common/a.crt", "key": "/Common/a"}]});
    let lost = device
        .send("PATCH", "tm/ltm/profile/client-ssl/a", &[], lost)
        .await;
    refused(&lost, 400, "01070313:3");
    let used = device
        .send("DELETE", "tm/sys/file/ssl-key/a", &[], Value::Null)
        .await;
    refused(&used, 400, "01071349:3");
    let state = lab.state().await;
    assert_eq!(state["bigip"]["saved"], false);
}

#[tokio::test]
async fn names_are_checked() {
    let lab = Lab::start();
    let device = Device {
        lab: &lab,
        user: "certs",
    };
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
