//! From finalize to revocation and renewal information.

use crate::common::acme::{chain, csr};
use crate::common::{Answer, Lab};
use crate::ov;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use x509_parser::prelude::{FromDer, X509Certificate};

#[tokio::test]
async fn prevalidated_names_need_no_challenge() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let order = client.order(&["www.example.org"]).await;
    assert_eq!(order.body["status"], "ready", "{}", order.text);
    let authorization = order.body["authorizations"][0].as_str().expect("a URL");
    let authorization = client.post(authorization, None).await;
    assert_eq!(authorization.body["status"], "valid");
    assert_eq!(authorization.header("retry-after"), Some("300"));
    let challenges = authorization.body["challenges"].as_array().expect("a list");
    assert_eq!(challenges.len(), 1);
    assert_eq!(challenges[0]["type"], "sectigo-email-01");
    assert!(challenges[0]["token"].is_null());
    assert!(challenges[0]["validated"].is_string());

    let finalized = client.finalize(&order, &["www.example.org"]).await;
    assert_eq!(finalized.body["status"], "processing");
    assert_eq!(finalized.header("retry-after"), Some("1"));
    let done = client.wait(&order).await;
    let url = done.body["certificate"].as_str().expect("a certificate");
    let certificate = client.post(url, None).await;
    assert_eq!(
        certificate.header("content-type"),
        Some("application/pem-certificate-chain")
    );
    let ders = chain(&certificate.text);
    assert_eq!(ders.len(), 2, "leaf and intermediate");
    let (_, leaf) = X509Certificate::from_der(&ders[0]).expect("a leaf");
    let (_, intermediate) = X509Certificate::from_der(&ders[1]).expect("an intermediate");
    leaf.verify_signature(Some(intermediate.public_key()))
        .expect("the chain holds");
    assert_eq!(
        leaf.subject().to_string(),
        "C=GB, ST=Oxfordshire, O=Example University, CN=www.example.org"
    );
    let validity = leaf.validity();
    assert_eq!(
        validity.not_after.timestamp() - validity.not_before.timestamp() + 1,
        199 * 86_400
    );

    let alternate = certificate
        .headers("link")
        .into_iter()
        .find_map(|link| link.strip_suffix(">;rel=\"alternate\""))
        .expect("an alternate chain")
        .trim_start_matches('<')
        .to_owned();
    let longer = chain(&client.post(&alternate, None).await.text);
    assert_eq!(longer.len(), 3);
    let (_, cross) = X509Certificate::from_der(&longer[2]).expect("a cross-certificate");
    assert!(cross.issuer().to_string().contains("Legacy Root"));
}

#[tokio::test]
async fn finalize_takes_only_the_right_request() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let names = ["example.org", "www.example.org"];
    let order = client.order(&names).await;
    for wrong in [&["example.org"][..], &["example.org", "ftp.example.org"]] {
        client
            .finalize(&order, wrong)
            .await
            .is_problem(400, "badCSR");
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut broken = csr(&key, &names);
    *broken.last_mut().expect("a byte") ^= 1;
    let answer = client.finalize_with(&order, &broken).await;
    answer.is_problem(400, "badCSR");
    let answer = client.finalize_with(&order, b"junk").await;
    answer.is_problem(400, "badCSR");
    let p521 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).expect("a key");
    lab.switch(json!({"acme.p521": "refused"})).await;
    let answer = client.finalize_with(&order, &csr(&p521, &names)).await;
    answer.is_problem(400, "badCSR");
    lab.switch(json!({"acme.p521": "accepted"})).await;
    let answer = client.finalize_with(&order, &csr(&p521, &names)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let again = client.finalize(&order, &names).await;
    again.is_problem(403, "orderNotReady");
    // Somebody else's order does not exist.
    let other = ov(&lab).await;
    let url = order.header("location").expect("an order URL");
    other.post(url, None).await.is_problem(404, "malformed");
}

#[tokio::test]
async fn the_issuer_follows_the_key() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    for (algorithm, family) in [
        (&rcgen::PKCS_RSA_SHA256, "RSA"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "ECC"),
    ] {
        let key = rcgen::KeyPair::generate_for(algorithm).expect("a key");
        let order = client.order(&["www.example.org"]).await;
        let answer = client
            .finalize_with(&order, &csr(&key, &["www.example.org"]))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let done = client.wait(&order).await;
        let url = done.body["certificate"].as_str().expect("a certificate");
        let ders = chain(&client.post(url, None).await.text);
        let (_, leaf) = X509Certificate::from_der(&ders[0]).expect("a leaf");
        assert!(
            leaf.issuer().to_string().contains(family),
            "{}",
            leaf.issuer()
        );
    }
}

#[tokio::test]
async fn defects_of_certificates_can_be_chosen() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let names = ["example.org", "www.example.org"];
    lab.switch(json!({"acme.certificate": "missing_chain"}))
        .await;
    assert_eq!(chain(&client.issue(&names).await.text).len(), 1);
    lab.switch(json!({"acme.certificate": "missing_name"}))
        .await;
    let ders = chain(&client.issue(&names).await.text);
    let (_, leaf) = X509Certificate::from_der(&ders[0]).expect("a leaf");
    let alt = leaf
        .subject_alternative_name()
        .expect("readable")
        .expect("present");
    assert_eq!(alt.value.general_names.len(), 1);

    lab.switch(json!({"acme.certificate": "wrong_key"})).await;
    let key = rcgen::KeyPair::generate().expect("a key");
    let order = client.order(&names).await;
    client.finalize_with(&order, &csr(&key, &names)).await;
    let done = client.wait(&order).await;
    let url = done.body["certificate"].as_str().expect("a certificate");
    let ders = chain(&client.post(url, None).await.text);
    let (_, leaf) = X509Certificate::from_der(&ders[0]).expect("a leaf");
    let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
    assert_ne!(leaf.public_key().raw, spki);
}

#[tokio::test]
async fn slow_and_broken_polling() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    lab.switch(json!({
        "acme.processing_seconds": 3600,
        "acme.finalize_hold_seconds": 0.3,
        "acme.retry_after": 15,
        "acme.html_500_polls": 1,
    }))
    .await;
    let order = client.order(&["www.example.org"]).await;
    let begun = std::time::Instant::now();
    let finalized = client.finalize(&order, &["www.example.org"]).await;
    assert!(begun.elapsed() >= std::time::Duration::from_millis(300));
    assert_eq!(finalized.header("retry-after"), Some("15"));
    let url = order.header("location").expect("a URL");
    let page = client.post(url, None).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (500, Some("text/html"))
    );
    assert_eq!(client.post(url, None).await.body["status"], "processing");
    lab.advance(3600).await;
    assert_eq!(client.post(url, None).await.body["status"], "valid");
}

#[tokio::test]
async fn revocation_and_renewal_information() {
    let lab = Lab::start();
    let client = ov(&lab).await;
    let ders = chain(&client.issue(&["www.example.org"]).await.text);
    let (_, leaf) = X509Certificate::from_der(&ders[0]).expect("a leaf");
    let (_, issuer) = X509Certificate::from_der(&ders[1]).expect("an intermediate");
    let key_id = issuer
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
            _ => None,
        })
        .expect("a key identifier");
    let id = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(key_id),
        URL_SAFE_NO_PAD.encode(leaf.raw_serial())
    );
    let info = async |id: &str| {
        let url = format!("{}/{id}", lab.text("/ari"));
        Answer::of(lab.http.get(url).send().await.expect("an answer")).await
    };
    let early = info(&id).await;
    assert_eq!(early.status, 200);
    assert!(early.header("retry-after").is_some());
    let start = early.body["suggestedWindow"]["start"].clone();
    let state = lab.state().await;
    assert!(start.as_str() > state["now"].as_str(), "{start}");
    assert_eq!(info("AAAA.BBBB").await.status, 404);

    let again = json!({
        "identifiers": [{"type": "dns", "value": "www.example.org"}],
        "replaces": id,
    });
    let url = client.url("newOrder");
    let order = client.post(&url, Some(&again)).await;
    assert_eq!((order.status, &order.body["replaces"]), (201, &json!(id)));
    client
        .post(&url, Some(&again))
        .await
        .is_problem(409, "alreadyReplaced");
    lab.switch(json!({"acme.replaces": "malformed"})).await;
    let refused = client.post(&url, Some(&again)).await;
    refused.is_problem(400, "malformed");
    assert_eq!(refused.body["detail"], "");
    assert!(refused.body["status"].is_null(), "as seen in the field");
    lab.switch(json!({"acme.replaces": "ignored"})).await;
    assert!(client.post(&url, Some(&again)).await.body["replaces"].is_null());

    // In the SSL list, as ordered through ACME.
    let scm = lab.scm("web-team");
    let listed = scm.get("/ssl/v1?size=10&requestedVia=ACME").await;
    let ssl_id = listed.body[0]["sslId"].as_u64().expect("an id");
    let details = scm.get(&format!("/ssl/v1/{ssl_id}")).await.body;
    assert_eq!(details["requestedVia"], "ACME");
    assert_eq!(details["status"], "Issued");

    let revoke = client.url("revokeCert");
    let certificate = URL_SAFE_NO_PAD.encode(&ders[0]);
    let wish = json!({"certificate": certificate, "reason": 2});
    let answer = client.post(&revoke, Some(&wish)).await;
    answer.is_problem(400, "badRevocationReason");
    let wish = json!({"certificate": certificate, "reason": 4});
    let stranger = ov(&lab).await;
    let answer = stranger.post(&revoke, Some(&wish)).await;
    answer.is_problem(403, "unauthorized");
    assert_eq!(client.post(&revoke, Some(&wish)).await.status, 200);
    let answer = client.post(&revoke, Some(&wish)).await;
    answer.is_problem(400, "alreadyRevoked");
    let details = scm.get(&format!("/ssl/v1/{ssl_id}")).await.body;
    assert_eq!(details["status"], "Revoked");
    assert_eq!(details["reasonCode"], 4);
    let late = info(&id).await.body["suggestedWindow"]["end"].clone();
    assert!(
        late.as_str() < state["now"].as_str(),
        "a revoked certificate wants renewal now"
    );
}
