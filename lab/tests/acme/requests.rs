//! Directories, signatures, nonces.

use crate::common::acme::Acme;
use crate::common::{Answer, Lab};
use crate::ov;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[tokio::test]
async fn directories_are_served_at_both_addresses_and_not_at_their_parent() {
    let lab = Lab::start();
    let url = lab.text("/acme/OV");
    let get =
        async |url: String| Answer::of(lab.http.get(url).send().await.expect("an answer")).await;
    let plain = get(url.clone()).await;
    assert_eq!(plain.body["newOrder"], format!("{url}/newOrder"));
    assert_eq!(plain.body["meta"]["externalAccountRequired"], true);
    assert!(plain.body["newAuthz"].is_null());
    assert_eq!(plain.body["renewalInfo"], lab.text("/ari"));
    assert_eq!(get(format!("{url}/directory")).await.body, plain.body);
    let parent = url.strip_suffix("/OV").expect("the parent");
    let refused = get(format!("{parent}/directory")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["detail"], "Invalid ACME server URL");
    lab.switch(json!({"acme.ari": false})).await;
    assert!(get(url).await.body["renewalInfo"].is_null());
}

#[tokio::test]
async fn a_nonce_is_needed_and_good_once() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let url = client.url("newOrder");
    let wish = json!({"identifiers": [{"type": "dns", "value": "www.example.org"}]});
    let header = client.header(&url).await;
    let body = client.sign(&header, Some(&wish));
    assert_eq!(client.send(&url, &body).await.status, 201);
    client.send(&url, &body).await.is_problem(400, "badNonce");
    let mut header = client.header(&url).await;
    header["nonce"] = json!("made-up");
    let body = client.sign(&header, Some(&wish));
    client.send(&url, &body).await.is_problem(400, "badNonce");
    lab.switch(json!({"acme.nonce_reject_percent": 100})).await;
    client
        .order(&["www.example.org"])
        .await
        .is_problem(400, "badNonce");
}

#[tokio::test]
async fn spoiled_requests_are_refused() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let url = client.url("newOrder");
    let wish = json!({"identifiers": [{"type": "dns", "value": "www.example.org"}]});

    let good = client.sign(&client.header(&url).await, Some(&wish));
    let answer = client.send_as(&url, "application/json", &good).await;
    answer.is_problem(415, "malformed");

    let mut spoiled = good.clone();
    spoiled["payload"] = json!(URL_SAFE_NO_PAD.encode(r#"{"identifiers":[]}"#));
    client
        .send(&url, &spoiled)
        .await
        .is_problem(400, "malformed");

    // Signed by somebody else.
    let stranger = Acme::new(&lab, "OV").await;
    let body = stranger.sign(&client.header(&url).await, Some(&wish));
    client.send(&url, &body).await.is_problem(400, "malformed");

    for (member, value, status, kind) in [
        ("url", json!(client.url("newAccount")), 401, "unauthorized"),
        ("alg", json!("none"), 400, "badSignatureAlgorithm"),
        ("alg", json!("ES384"), 400, "badSignatureAlgorithm"),
        ("alg", json!("HS256"), 400, "badSignatureAlgorithm"),
        (
            "kid",
            json!(format!("{}/account/nobody", lab.text("/acme/OV"))),
            400,
            "accountDoesNotExist",
        ),
        ("kid", Value::Null, 400, "malformed"),
        ("jwk", client.jwk(), 400, "malformed"),
        ("crit", json!(["exp"]), 400, "malformed"),
    ] {
        let mut header = client.header(&url).await;
        header[member] = value;
        let body = client.sign(&header, Some(&wish));
        client.send(&url, &body).await.is_problem(status, kind);
    }
    // A key where an account is needed.
    let mut header = client.header(&url).await;
    header.as_object_mut().expect("an object").remove("kid");
    header["jwk"] = client.jwk();
    let body = client.sign(&header, Some(&wish));
    client.send(&url, &body).await.is_problem(400, "malformed");
    // An account of another server.
    let other = lab.text("/acme/DV");
    let mut header = client.header(&format!("{other}/newOrder")).await;
    header["kid"] = json!(client.kid);
    let body = client.sign(&header, Some(&wish));
    let answer = client.send(&format!("{other}/newOrder"), &body).await;
    answer.is_problem(400, "accountDoesNotExist");
}
