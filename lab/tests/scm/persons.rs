//! Persons: made, found, changed and deleted by those who may.

use crate::common::{Lab, Scm};
use crate::names;
use serde_json::{Value, json};

const PASSWORD: &str = "a long enough password";

/// An administrator for S/MIME of the university, and a domain for its mail.
pub(crate) async fn mail_team<'a>(lab: &'a Lab, privileges: &[&str]) -> Scm<'a> {
    let master = lab.scm("mrao-admin");
    let domain = json!({"name": "staff.example.org",
                        "delegations": [{"orgId": 101, "certTypes": ["SMIME"]}]});
    assert_eq!(master.post("/domain/v1", &domain).await.status, 201);
    let wish = json!({
        "login": "mail-team", "email": "mail@example.org", "forename": "Mail", "surname": "Team",
        "password": PASSWORD, "privileges": privileges,
        "credentials": [{"role": "RAO_SMIME", "orgId": 101}],
    });
    let made = master.post("/admin/v1", &wish).await;
    assert_eq!(made.status, 201, "{}", made.text);
    lab.scm_as("mail-team", PASSWORD)
}

pub(crate) fn person(name: &str) -> Value {
    json!({
        "firstName": name, "lastName": "Tester", "validationType": "STANDARD",
        "email": format!("{}@staff.example.org", name.to_lowercase()), "organizationId": 101,
    })
}

#[tokio::test]
async fn bad_persons_are_refused() {
    let lab = Lab::start();
    let scm = mail_team(&lab, &["clientCertManage"]).await;
    assert_eq!(scm.post("/person/v1", &person("Ada")).await.status, 201);
    for (name, value, code) in [
        ("firstName", Value::Null, -1001),
        ("lastName", json!(" "), -1001),
        ("email", Value::Null, -1001),
        ("email", json!("nobody"), -1001),
        ("email", json!("ADA@staff.example.org"), -1601),
        ("email", json!("bob@example.net"), -1010),
        ("secondaryEmails", json!(["bob@elsewhere.example"]), -1010),
        ("secondaryEmails", json!("bob"), -1002),
        ("validationType", Value::Null, -1001),
        ("validationType", json!("SOME"), -1002),
        ("phone", json!("call me"), -1601),
        ("middleName", json!("x".repeat(65)), -1001),
        ("organizationId", json!(0), -1001),
        ("organizationId", json!(999), -1023),
        ("organizationId", json!(104), -3),
    ] {
        let mut wish = person("Bob");
        wish[name] = value;
        let answer = scm.post("/person/v1", &wish).await;
        answer.is_refused(400, code);
    }
    scm.put("/person/v1/151", &json!({"lastName": ""}))
        .await
        .is_refused(400, -1001);
    for path in ["/person/v1/999", "/person/v1/x"] {
        scm.get(path).await.is_refused(404, -105);
        scm.put(path, &json!({})).await.is_refused(404, -105);
        scm.delete(path, None).await.is_refused(404, -105);
    }
    lab.switch(json!({"scm.unknown_id": "400"})).await;
    scm.get("/person/v1/id/byEmail/nobody@staff.example.org")
        .await
        .is_refused(400, -105);
}

#[tokio::test]
async fn persons_belong_to_those_who_look_after_them() {
    let lab = Lab::start();
    let scm = mail_team(&lab, &[]).await;
    // Without the privilege they are only looked at.
    scm.post("/person/v1", &person("Ada"))
        .await
        .is_refused(400, -3);
    let master = lab.scm("mrao-admin");
    assert_eq!(master.post("/person/v1", &person("Ada")).await.status, 201);
    assert_eq!(scm.get("/person/v1/151").await.status, 200);
    scm.put("/person/v1/151", &json!({}))
        .await
        .is_refused(400, -3);
    scm.delete("/person/v1/151", None).await.is_refused(400, -3);
    // A role for SSL has nothing to do with persons.
    lab.scm("web-team")
        .get("/person/v1")
        .await
        .is_refused(400, -3);
    // Another organization's persons are not there.
    let away = json!({"credentials": [{"role": "RAO_SMIME", "orgId": 104}]});
    assert_eq!(master.put("/admin/v1/7", &away).await.status, 200);
    scm.get("/person/v1/151").await.is_refused(404, -105);
    assert_eq!(scm.get("/person/v1").await.body, json!([]));
}

#[tokio::test]
async fn persons_are_found_changed_and_deleted() {
    let lab = Lab::start();
    let scm = mail_team(&lab, &["clientCertManage"]).await;
    for name in ["Ada", "Bob", "Cy"] {
        let made = scm.post("/person/v1", &person(name)).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let page = scm.get("/person/v1?size=2&position=1").await;
    assert_eq!(names(&page.body, "firstName"), ["Bob", "Cy"]);
    assert_eq!(page.header("x-total-count"), Some("3"));
    for filter in ["name=bob", "email=bob@", "commonName=bob%20t"] {
        let found = scm.get(&format!("/person/v1?{filter}")).await.body;
        assert_eq!(names(&found, "firstName"), ["Bob"], "{filter}");
    }
    let change = json!({"firstName": "Robert", "lastName": null, "phone": "+44 (1) 2",
                        "secondaryEmails": ["rob@staff.example.org"]});
    assert_eq!(scm.put("/person/v1/152", &change).await.status, 200);
    let seen = scm.get("/person/v1/152").await.body;
    assert_eq!(
        (&seen["firstName"], &seen["lastName"], &seen["phone"]),
        (&json!("Robert"), &json!("Tester"), &json!("+44 (1) 2"))
    );
    let id = scm.get("/person/v1/id/byEmail/Rob@staff.example.org").await;
    assert_eq!(id.body, json!({"personId": 152}));
    assert_eq!(scm.delete("/person/v1/152", None).await.status, 200);
    scm.get("/person/v1/id/byEmail/rob@staff.example.org")
        .await
        .is_refused(404, -105);
}
