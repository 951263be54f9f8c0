//! SSL certificates: enrolled, collected, renewed, replaced, revoked.

use crate::common::acme::{chain, csr_for};
use crate::common::{Answer, Lab, Scm};
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};

fn wish(name: &str, alt: &str) -> Value {
    json!({"orgId": 101, "csr": csr_for(name), "subjAltNames": alt, "certType": 300,
        "term": 199, "numberServers": 1, "serverType": -1, "comments": "test"})
}

async fn enroll(scm: &Scm<'_>, body: &Value) -> u64 {
    let answer = scm.post("/ssl/v1/enroll", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let renew_id = answer.body["renewId"].as_str().expect("a renew id");
    assert_eq!(renew_id.len(), 20);
    answer.body["sslId"].as_u64().expect("an id")
}

fn subjects(answer: &Answer) -> Vec<String> {
    chain(&answer.text)
        .iter()
        .map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).expect("a certificate");
            certificate.subject().to_string()
        })
        .collect()
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let good = wish("www.example.org", "api.example.org");
    let spoil = |member: &str, value: Value| {
        let mut wish = good.clone();
        wish[member] = value;
        wish
    };
    let no_such_field = json!([{"name": "No such", "value": "1"}]);
    for (body, code) in [
        (spoil("orgId", json!(999)), -1023),
        (spoil("orgId", json!(104)), -3),
        (spoil("certType", json!(1)), -111),
        (spoil("term", json!(365)), -36),
        (spoil("csr", json!("AAAA")), -10),
        (spoil("csr", json!("?")), -9),
        (spoil("csr", Value::Null), -1001),
        (spoil("subjAltNames", json!(["api.example.org"])), -1002),
        (spoil("subjAltNames", json!("api.example.com")), -1010),
        (spoil("customFields", no_such_field), -64),
        (wish("www.example.edu", ""), -107),
    ] {
        let answer = scm.post("/ssl/v1/enroll", &body).await;
        answer.is_refused(400, code);
    }
    let field = json!({"mandatory": true});
    lab.control("PUT", "/state/custom-field/1", &field).await;
    scm.post("/ssl/v1/enroll", &good).await.is_refused(400, -62);
    let organization = json!({"validated": false});
    lab.control("PUT", "/state/organization/101", &organization)
        .await;
    let filled = spoil("customFields", json!([{"name": "Ticket", "value": "T-1"}]));
    scm.post("/ssl/v1/enroll", &filled)
        .await
        .is_refused(400, -843);
}

#[tokio::test]
async fn certificates_are_collected_when_they_are_ready() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    lab.switch(json!({"scm.issue_seconds": 60})).await;
    let wish = wish("www.example.org", "api.example.org, www.example.org");
    let id = enroll(&scm, &wish).await;
    let collect = format!("/ssl/v1/collect/{id}");
    for (setting, code) in [("0", 0), ("-1400", -1400), ("-183", -183)] {
        lab.switch(json!({"scm.collect_pending": setting})).await;
        scm.get(&collect).await.is_refused(400, code);
    }
    lab.switch(json!({"scm.collect_pending": "empty"})).await;
    let empty = scm.get(&collect).await;
    assert_eq!((empty.status, empty.text.as_str()), (200, ""));
    let details = scm.get(&format!("/ssl/v1/{id}")).await.body;
    assert_eq!(details["status"], "Applied");
    assert!(details["serialNumber"].is_null());
    lab.advance(60).await;

    let root_first = subjects(&scm.get(&format!("{collect}/x509")).await);
    assert_eq!(root_first.len(), 3);
    assert!(root_first[0].contains("Root") && root_first[2].contains("www.example.org"));
    let leaf_first = subjects(&scm.get(&format!("{collect}?format=pemia")).await);
    assert!(leaf_first.len() == 2 && leaf_first[0].contains("www.example.org"));
    let pkcs7 = scm.get(&collect).await;
    assert!(pkcs7.text.starts_with("-----BEGIN PKCS7-----"));
    assert!(pkcs7.header("content-disposition").is_some());
    scm.get(&format!("{collect}/pdf"))
        .await
        .is_refused(400, -126);

    let details = scm.get(&format!("/ssl/v1/{id}?dateFormat=ISO")).await.body;
    assert_eq!(details["status"], "Issued");
    assert_eq!(details["issued"].as_str().expect("a date").len(), 10);
    assert_eq!(details["keyType"], "EC - P-256");
    let alt = details["subjectAlternativeNames"].clone();
    assert_eq!(alt, json!(["www.example.org", "api.example.org"]));
    // A bare name alone gets its twin.
    let wish = self::wish("example.org", "");
    let twin = enroll(&scm, &wish).await;
    let details = scm.get(&format!("/ssl/v1/{twin}")).await.body;
    let alt = details["subjectAlternativeNames"].clone();
    assert_eq!(alt, json!(["example.org", "www.example.org"]));
}

#[tokio::test]
async fn certificates_are_renewed_and_replaced() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let id = enroll(&scm, &wish("www.example.org", "")).await;
    let path = format!("/ssl/v1/{id}?dateFormat=ISO");
    let before = scm.get(&path).await.body;
    let renew = format!("/ssl/v1/renewById/{id}");
    let answer = scm.send("POST", &renew, Some("\"\"".to_owned())).await;
    answer.is_refused(400, -1002);
    let renewed = scm.post(&renew, &json!({})).await;
    let new = renewed.body["sslId"].as_u64().expect("an id");
    assert_ne!(new, id);
    assert_eq!(scm.get(&path).await.body["renewed"], true);

    let replace = json!({"csr": csr_for("www.example.org"), "reason": "new key",
        "commonName": "www.example.org", "subjectAlternativeNames": ["www.example.org"]});
    let answer = scm.post(&format!("/ssl/v1/replace/{id}"), &replace).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let after = scm.get(&path).await.body;
    assert_eq!(after["expires"], before["expires"]);
    assert_ne!(after["serialNumber"], before["serialNumber"]);
    let old = before["serialNumber"].as_str().expect("a serial");
    scm.post(
        &format!("/ssl/v1/revoke/serial/{old}"),
        &json!({"reason": "gone"}),
    )
    .await
    .is_refused(400, -5101);
    let serial = after["serialNumber"].as_str().expect("a serial");
    let answer = scm
        .post(
            &format!("/ssl/v1/revoke/serial/{serial}"),
            &json!({"reason": "gone"}),
        )
        .await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    scm.post(&renew, &json!({})).await.is_refused(400, -130);
}

#[tokio::test]
async fn certificates_are_revoked_once_and_reported() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let id = enroll(&scm, &wish("www.example.org", "")).await;
    let revoke = format!("/ssl/v1/revoke/{id}");
    let reason = json!({"reason": "x"});
    let full = json!({"reason": "x", "reasonCode": 4});
    scm.post(&revoke, &json!({"reasonCode": 4}))
        .await
        .is_refused(400, -1001);
    scm.post(&revoke, &json!({"reason": "x", "reasonCode": 2}))
        .await
        .is_refused(400, -1601);
    lab.switch(json!({"scm.reason_code_required": true})).await;
    scm.post(&revoke, &reason).await.is_refused(400, -1001);
    lab.scm("limited")
        .post(&revoke, &full)
        .await
        .is_refused(404, -124);
    lab.scm("no-domains")
        .post(&revoke, &full)
        .await
        .is_refused(400, -3);
    assert_eq!(scm.post(&revoke, &full).await.status, 204);
    scm.post(&revoke, &full).await.is_refused(400, -159);
    lab.switch(json!({"scm.revoke_twice": "-102", "scm.reason_code": "string"}))
        .await;
    scm.post(&revoke, &full).await.is_refused(400, -102);
    let details = scm.get(&format!("/ssl/v1/{id}")).await.body;
    assert_eq!(details["reasonCode"], "4");
    scm.get(&format!("/ssl/v1/collect/{id}/x509CO"))
        .await
        .is_refused(400, -110);

    let report = "/report/v1/ssl-certificates";
    let revoked = scm.post(report, &json!({"certificateStatus": 3})).await;
    assert_eq!(revoked.body["reports"][0]["id"], id);
    scm.post(report, &json!({})).await.is_refused(400, -1001);
    let head = scm.send("HEAD", "/ssl/v1?status=Revoked", None).await;
    assert_eq!(head.header("x-total-count"), Some("1"));
}

#[tokio::test]
async fn approval_is_needed_without_the_privilege() {
    let lab = Lab::start();
    let (team, limited) = (lab.scm("web-team"), lab.scm("limited"));
    let wish =
        json!({"orgId": 102, "csr": csr_for("www.example.org"), "certType": 300, "term": 90});
    let id = enroll(&limited, &wish).await;
    let collect = format!("/ssl/v1/collect/{id}");
    team.get(&collect).await.is_refused(400, -23);
    let approve = format!("/ssl/v1/approve/{id}");
    let message = json!({"message": "fine"});
    limited.post(&approve, &message).await.is_refused(400, -3);
    team.post(&approve, &json!({})).await.is_refused(400, -1001);
    assert_eq!(team.post(&approve, &message).await.status, 204);
    team.post(&approve, &message).await.is_refused(400, -1112);
    assert_eq!(team.get(&collect).await.status, 200);
    // Nobody approves an EV certificate of their own.
    let mut ev = self::wish("www.example.org", "");
    ev["certType"] = json!(302);
    let id = enroll(&team, &ev).await;
    team.post(&format!("/ssl/v1/approve/{id}"), &message)
        .await
        .is_refused(400, -1140);
    let change = json!({"ssl_api_enabled": false});
    lab.control("PUT", "/state/organization/102", &change).await;
    limited
        .post("/ssl/v1/enroll", &wish)
        .await
        .is_refused(400, -37);
}
