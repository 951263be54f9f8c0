//! Orders, authorizations, challenges.

use crate::common::Lab;
use crate::common::acme::Acme;
use crate::ov;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[tokio::test]
async fn names_must_be_mapped_and_delegated() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let client = Acme::registered(&lab, "OV", &kid, &key).await;
    assert_eq!(client.order(&["example.org"]).await.status, 201);
    for name in ["www.example.org", "example.net", "example.com"] {
        let refused = client.order(&[name]).await;
        refused.is_problem(403, "unauthorized");
        assert_eq!(
            refused.body["detail"],
            "A requested identifier has not been delegated"
        );
    }
    lab.switch(json!({"acme.account_covers": "base"})).await;
    assert_eq!(client.order(&["www.example.org"]).await.status, 201);
    for (wish, kind) in [
        (json!({"identifiers": []}), "malformed"),
        (
            json!({"identifiers": [{"type": "ip", "value": "192.0.2.1"}]}),
            "unsupportedIdentifier",
        ),
        (
            json!({"identifiers": [{"type": "dns", "value": "no name"}]}),
            "rejectedIdentifier",
        ),
        (
            json!({"identifiers": [{"type": "dns", "value": "example.org"},
            {"type": "dns", "value": "EXAMPLE.org"}]}),
            "malformed",
        ),
    ] {
        let answer = client.post(&client.url("newOrder"), Some(&wish)).await;
        answer.is_problem(400, kind);
    }
    // The delegation goes: so do orders.
    let change = json!({"name": "example.org", "requested": true});
    lab.control("PUT", "/state/domain", &change).await;
    client
        .order(&["example.org"])
        .await
        .is_problem(403, "unauthorized");
}

#[tokio::test]
async fn names_that_are_not_validated_get_challenges() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("DV", 101, &["example.edu", "*.example.edu"]).await;
    let client = Acme::registered(&lab, "DV", &kid, &key).await;
    let kinds = |authorization: &Value| -> Vec<String> {
        authorization["challenges"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|challenge| challenge["type"].as_str().expect("a type").to_owned())
            .collect()
    };
    let order = client.order(&["www.example.edu", "*.example.edu"]).await;
    assert_eq!(order.body["status"], "pending");
    let mut authorizations = Vec::new();
    for url in order.body["authorizations"].as_array().expect("a list") {
        authorizations.push(client.post(url.as_str().expect("a URL"), None).await.body);
    }
    assert_eq!(kinds(&authorizations[0]), ["http-01", "dns-01"]);
    assert_eq!(kinds(&authorizations[1]), ["dns-01"]);
    assert_eq!(authorizations[1]["wildcard"], true);
    let early = client
        .finalize(&order, &["www.example.edu", "*.example.edu"])
        .await;
    early.is_problem(403, "orderNotReady");

    // dns-01 through the table, for both names.
    let mut records = serde_json::Map::new();
    for (authorization, owner) in authorizations
        .iter()
        .zip(["www.example.edu", "example.edu"])
    {
        let challenge = authorization["challenges"]
            .as_array()
            .and_then(|challenges| challenges.last())
            .expect("a challenge");
        let proof = client.proof(challenge["token"].as_str().expect("a token"));
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, proof.as_bytes());
        let owner = format!("_acme-challenge.{owner}");
        records.insert(owner, json!([URL_SAFE_NO_PAD.encode(digest)]));
    }
    lab.switch(json!({"acme.dns01": records})).await;
    for authorization in &authorizations {
        let challenge = authorization["challenges"]
            .as_array()
            .and_then(|challenges| challenges.last())
            .expect("a challenge");
        let url = challenge["url"].as_str().expect("a URL");
        let answer = client.post(url, Some(&json!({}))).await;
        assert_eq!(answer.body["status"], "processing", "{}", answer.text);
        assert!(answer.header("retry-after").is_some());
        assert!(
            answer
                .headers("link")
                .iter()
                .any(|link| link.ends_with("rel=\"up\""))
        );
    }
    let url = order.header("location").expect("a URL");
    let mut status = Value::Null;
    for _ in 0..50 {
        status = client.post(url, None).await.body["status"].clone();
        if status != "pending" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, "ready");
}

#[tokio::test]
async fn a_wrong_proof_fails_the_order() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("DV", 101, &["example.edu"]).await;
    let client = Acme::registered(&lab, "DV", &kid, &key).await;
    lab.switch(json!({
        "acme.dns01": {"example.edu": ["something else"]},
        "acme.challenge_error_inside": true,
    }))
    .await;
    let order = client.order(&["example.edu"]).await;
    let url = order.body["authorizations"][0].as_str().expect("a URL");
    let authorization = client.post(url, None).await.body;
    let challenge = authorization["challenges"][1]["url"]
        .as_str()
        .expect("a URL");
    let started = client.post(challenge, Some(&json!({}))).await.body;
    assert_eq!(started["status"], "processing");
    assert!(started["error"].is_object(), "an error while it still runs");
    let order_url = order.header("location").expect("a URL");
    for _ in 0..50 {
        let now = client.post(order_url, None).await.body;
        if now["status"] == "invalid" {
            assert!(now["error"].is_object());
            let challenge = client.post(challenge, None).await.body;
            assert_eq!(
                challenge["error"]["type"],
                "urn:ietf:params:acme:error:unauthorized"
            );
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the order never became invalid");
}

#[tokio::test]
async fn persistent_dcv_brings_challenges_back() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    lab.switch(json!({"acme.persistent_dcv": true})).await;
    let order = client.order(&["www.example.org"]).await;
    let url = order.body["authorizations"][0].as_str().expect("a URL");
    let authorization = client.post(url, None).await.body;
    assert_eq!(authorization["status"], "pending");
    assert_eq!(authorization["challenges"][0]["type"], "dns-01");
}

#[tokio::test]
async fn an_expired_validation_no_longer_counts() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    lab.advance(199 * 86_400).await;
    let order = client.order(&["www.example.org"]).await;
    assert_eq!(order.body["status"], "pending", "{}", order.text);
}

#[tokio::test]
async fn ov_needs_a_validated_organization() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let change = json!({"validated": false});
    lab.control("PUT", "/state/organization/101", &change).await;
    client
        .order(&["www.example.org"])
        .await
        .is_problem(403, "unauthorized");
}
