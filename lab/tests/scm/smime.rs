//! S/MIME certificates: orders, and what must be refused.

use crate::common::acme::csr_for;
use crate::common::{Answer, Lab};
use crate::persons::{mail_team, person};
use serde_json::{Value, json};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

const RIGHTS: &[&str] = &["clientCertManage", "clientCertRequest", "clientCertRevoke"];

fn wish() -> Value {
    json!({
        "orgId": 101, "csr": csr_for("anything.example"), "certType": 400, "term": 365,
        "email": "ada@staff.example.org", "firstName": "Ada", "lastName": "Lovelace",
        "secondaryEmails": ["a.lovelace@staff.example.org"],
    })
}

fn order(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let id = answer.body["backendCertId"].as_str().expect("an id");
    assert_eq!(answer.body["orderNumber"].to_string(), id);
    id.to_owned()
}

#[tokio::test]
async fn certificates_are_real() {
    let lab = Lab::start();
    let scm = mail_team(&lab, RIGHTS).await;
    let id = order(&scm.post("/smime/v1/enroll", &wish()).await);
    let chain = scm
        .get(&format!("/smime/v1/collect/{id}?format=x509R"))
        .await;
    let ders: Vec<Vec<u8>> = x509_parser::pem::Pem::iter_from_buffer(chain.text.as_bytes())
        .map(|pem| pem.expect("PEM").contents)
        .collect();
    let [leaf, intermediate, root] = [0, 1, 2].map(|index| {
        let (_, certificate) = X509Certificate::from_der(&ders[index]).expect("a certificate");
        certificate
    });
    for (below, above) in [
        (&leaf, &intermediate),
        (&intermediate, &root),
        (&root, &root),
    ] {
        below
            .verify_signature(Some(above.public_key()))
            .expect("a good signature");
    }
    assert!(leaf.subject().to_string().ends_with("CN=Ada Lovelace"));
    let names = leaf
        .subject_alternative_name()
        .expect("readable")
        .expect("there");
    assert_eq!(
        names.value.general_names,
        ["ada@staff.example.org", "a.lovelace@staff.example.org"].map(GeneralName::RFC822Name)
    );
    let usage = leaf.extended_key_usage().expect("readable").expect("there");
    assert!(usage.value.email_protection && !usage.value.server_auth);
    let days = leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp();
    assert_eq!(days, 365 * 86_400 - 1);

    // The order made the person, and the record is in the lists.
    let people = scm.get("/person/v1").await.body;
    assert_eq!(people[0]["commonName"], "Ada Lovelace");
    let mails = scm
        .get("/smime/v2/byPersonEmail/ada@staff.example.org")
        .await
        .body;
    assert_eq!(mails[0]["state"], "issued");
    let own = mails[0]["id"].as_u64().expect("an id");
    let details = scm
        .get(&format!("/smime/v1/{own}?dateFormat=ISO"))
        .await
        .body;
    assert_eq!(details["keyType"], "EC - P-256");
    assert_eq!(details["certType"]["id"], 400);
    let person = people[0]["id"].as_u64().expect("an id");
    let by_id = scm
        .get(&format!("/smime/v2/byPersonId/{person}"))
        .await
        .body;
    assert_eq!(by_id, mails);
    let count = scm.send("HEAD", "/smime/v2?state=issued", None).await;
    assert_eq!(count.header("x-total-count"), Some("1"));
    scm.get("/smime/v2?state=happy")
        .await
        .is_refused(400, -1601);

    // Gone with the person.
    assert_eq!(
        scm.delete(&format!("/person/v1/{person}"), None)
            .await
            .status,
        200
    );
    scm.get(&format!("/smime/v1/collect/{id}"))
        .await
        .is_refused(400, -192);
}

#[tokio::test]
async fn bad_orders_are_refused() {
    let lab = Lab::start();
    let scm = mail_team(&lab, RIGHTS).await;
    for (name, value, code) in [
        ("orgId", Value::Null, -1001),
        ("orgId", json!(999), -1023),
        ("orgId", json!(104), -3),
        ("csr", Value::Null, -1001),
        ("csr", json!("***"), -9),
        ("csr", json!("AAAA"), -10),
        ("certType", json!(300), -172),
        ("certType", json!(401), -172),
        ("term", json!(199), -36),
        ("email", json!(""), -1001),
        ("email", json!("nobody"), -1001),
        ("email", json!("ada@example.org"), -1010),
        ("lastName", json!(" "), -1001),
        ("firstName", json!("x".repeat(60)), -1001),
        (
            "customFields",
            json!([{"name": "Ticket", "value": "T-1"}]),
            -64,
        ),
    ] {
        let mut body = wish();
        body[name] = value.clone();
        let answer = scm.post("/smime/v1/enroll", &body).await;
        assert_eq!(answer.body["code"], code, "{name} {value}: {}", answer.text);
        answer.is_refused(400, code);
    }
    assert_eq!(scm.get("/smime/v1").await.body, json!([]));
    assert_eq!(
        scm.get("/person/v1").await.body,
        json!([]),
        "nobody was made"
    );

    lab.control(
        "PUT",
        "/state/organization/101",
        &json!({"client_api_enabled": false}),
    )
    .await;
    let answer = scm.post("/smime/v1/enroll", &wish()).await;
    answer.is_refused(400, -37);
    lab.control(
        "PUT",
        "/state/organization/101",
        &json!({"client_api_enabled": true}),
    )
    .await;
    lab.advance(200 * 86_400).await;
    scm.post("/smime/v1/enroll", &wish())
        .await
        .is_refused(401, -16);
    let master = lab.scm("mrao-admin");
    let answer = master.post("/smime/v1/enroll", &wish()).await;
    answer.is_refused(400, -107);
}

#[tokio::test]
async fn rights_count() {
    let lab = Lab::start();
    let scm = mail_team(&lab, &["clientCertManage"]).await;
    let master = lab.scm("mrao-admin");
    scm.post("/smime/v1/enroll", &wish())
        .await
        .is_refused(400, -3);
    let id = order(&master.post("/smime/v1/enroll", &wish()).await);
    let reason = json!({"reason": "test"});
    for (path, body) in [
        (format!("/smime/v2/renew/order/{id}"), json!({})),
        (format!("/smime/v1/revoke/order/{id}"), reason.clone()),
        (
            "/smime/v1/revoke".to_owned(),
            json!({"email": "ada@staff.example.org"}),
        ),
        (
            format!("/smime/v2/replace/order/{id}"),
            json!({"csr": csr_for("x.example"), "reason": ""}),
        ),
    ] {
        scm.post(&path, &body).await.is_refused(400, -3);
    }
    for path in ["/smime/v1", "/smime/v1/types", "/smime/v2/byPersonId/151"] {
        lab.scm("web-team").get(path).await.is_refused(400, -3);
    }
    assert_eq!(
        scm.get(&format!("/smime/v1/collect/{id}")).await.status,
        200
    );
}

#[tokio::test]
async fn orders_are_renewed_replaced_and_revoked() {
    let lab = Lab::start();
    let scm = mail_team(&lab, RIGHTS).await;
    lab.switch(json!({"scm.issue_seconds": 60})).await;
    let first = order(&scm.post("/smime/v1/enroll", &wish()).await);
    let collect = format!("/smime/v1/collect/{first}");
    scm.get(&collect).await.is_refused(400, -183);
    let renew = format!("/smime/v2/renew/order/{first}");
    scm.send("POST", &renew, None).await.is_refused(400, -169);
    lab.advance(61).await;
    lab.switch(json!({"scm.issue_seconds": 0})).await;
    scm.get(&format!("{collect}?format=gif"))
        .await
        .is_refused(400, -126);

    let second = order(&scm.send("POST", &renew, None).await);
    let keep = json!({"csr": csr_for("x.example"), "reason": "", "revoke": false});
    let replace = format!("/smime/v2/replace/order/{second}");
    let third = order(&scm.post(&replace, &keep).await);
    let bad = json!({"csr": "***", "reason": ""});
    scm.post(&replace, &bad).await.is_refused(400, -9);
    let no_reason = json!({"csr": csr_for("x.example")});
    scm.post(&replace, &no_reason).await.is_refused(400, -1001);

    let revoke = format!("/smime/v1/revoke/order/{third}");
    let wrong = json!({"reason": "x", "reasonCode": 2});
    scm.post(&revoke, &wrong).await.is_refused(400, -1601);
    let long = json!({"reason": "x".repeat(513)});
    scm.post(&revoke, &long).await.is_refused(400, -1001);
    let fine = json!({"reason": "x", "reasonCode": 1});
    assert_eq!(scm.post(&revoke, &fine).await.status, 204);
    scm.post(&revoke, &fine).await.is_refused(400, -159);
    for path in ["collect/1", "collect/x"] {
        scm.get(&format!("/smime/v1/{path}"))
            .await
            .is_refused(404, -1104);
    }
    scm.get("/smime/v1/999").await.is_refused(404, -5101);
    scm.get("/smime/v2/byPersonId/999")
        .await
        .is_refused(404, -105);
    let serial = "/smime/v1/revoke/serial/00:11";
    scm.post(serial, &fine).await.is_refused(404, -5101);
    let all = json!({"email": "A.Lovelace@staff.example.org", "reason": "x"});
    assert_eq!(scm.post("/smime/v1/revoke", &all).await.status, 204);
    scm.post("/smime/v1/revoke", &all)
        .await
        .is_refused(400, -1108);
    scm.post("/smime/v1/revoke", &json!({}))
        .await
        .is_refused(400, -1001);
}

#[tokio::test]
async fn the_report_has_certificates_and_persons_without() {
    let lab = Lab::start();
    let scm = mail_team(&lab, RIGHTS).await;
    let first = order(&scm.post("/smime/v1/enroll", &wish()).await);
    assert_eq!(scm.post("/person/v1", &person("Bob")).await.status, 201);
    let count = async |status: u64| {
        let body = json!({"certificateStatus": status});
        let report = scm.post("/report/v1/client-certificates", &body).await.body;
        report["reports"].as_array().expect("rows").len()
    };
    assert_eq!([count(0).await, count(2).await, count(6).await], [2, 1, 1]);
    assert_eq!(count(5).await, 1);
    assert_eq!(
        scm.get(&format!("/smime/v1/collect/{first}")).await.status,
        200
    );
    assert_eq!(count(5).await, 0, "downloaded");
    let bad = json!({"certificateStatus": 1});
    let answer = scm.post("/report/v1/client-certificates", &bad).await;
    answer.is_refused(400, -1601);
    lab.scm("web-team")
        .get("/smime/v1")
        .await
        .is_refused(400, -3);
    let others = lab
        .scm("web-team")
        .post("/report/v1/client-certificates", &json!({}))
        .await;
    assert_eq!(others.body["reports"], json!([]));
}
