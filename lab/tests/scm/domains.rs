//! Domains and their delegations.

use crate::common::Lab;
use crate::{delegated, names};
use serde_json::json;

#[tokio::test]
async fn bad_domains_are_refused() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let long = format!("{}.org", "a".repeat(260));
    for (body, code) in [
        (delegated("a.b", 101), -712),
        (delegated(&long, 101), -713),
        (delegated("localhost", 101), -714),
        (delegated("exa mple.org", 101), -732),
        (delegated("www.*.example.org", 101), -732),
        (delegated("example.org", 101), -700),
        // Hidden from the caller, taken all the same.
        (delegated("example.com", 101), -700),
        (delegated("new.example.org", 999), -1023),
        (delegated("new.example.org", 104), -3),
        (json!({"name": "new.example.org"}), -709),
        (json!({"name": "new.example.org", "delegations": []}), -709),
        (
            json!({"delegations": [{"orgId": 101, "certTypes": ["SSL"]}]}),
            -1001,
        ),
        (
            json!({"name": "new.example.org", "delegations": [{"certTypes": ["SSL"]}]}),
            -1001,
        ),
        (
            json!({"name": "new.example.org", "delegations": [{"orgId": 101}]}),
            -1001,
        ),
        (
            json!({"name": "new.example.org", "delegations": [{"orgId": 101, "certTypes": ["TLS"]}]}),
            -1002,
        ),
        (json!({"name": ["new.example.org"]}), -1002),
        (json!(["new.example.org"]), -1002),
    ] {
        let answer = scm.post("/domain/v1", &body).await;
        answer.is_refused(400, code);
    }
    let answer = scm.send("POST", "/domain/v1", Some("{".to_owned())).await;
    answer.is_refused(400, -1002);
    lab.scm("no-domains")
        .post("/domain/v1", &delegated("new.example.org", 101))
        .await
        .is_refused(400, -3);
    for (setting, status, code) in [("403", 403, -3), ("401", 401, -16)] {
        lab.switch(json!({"scm.permission_failure": setting})).await;
        lab.scm("no-domains")
            .post("/domain/v1", &delegated("new.example.org", 101))
            .await
            .is_refused(status, code);
    }
}

#[tokio::test]
async fn a_delegation_waits_for_somebody_who_may_approve() {
    let lab = Lab::start();
    let (limited, team) = (lab.scm("limited"), lab.scm("web-team"));
    let made = limited
        .post("/domain/v1", &delegated("new.example.org", 102))
        .await;
    assert_eq!((made.status, made.text.as_str()), (201, ""));
    let id = made.location_id();
    let path = format!("/domain/v1/{id}");
    let details = limited.get(&path).await.body;
    assert_eq!(details["delegationStatus"], "REQUESTED");
    assert_eq!(details["delegations"][0]["status"], "REQUESTED");
    assert_eq!(details["validationStatus"], "VALIDATED", "inherited");

    let approve = format!("{path}/delegation/approve");
    let wish = json!({"orgId": 102});
    limited.post(&approve, &wish).await.is_refused(400, -3);
    let answer = team.post(&approve, &json!({"orgId": 101})).await;
    answer.is_refused(400, -705);
    assert_eq!(team.post(&approve, &wish).await.status, 200);
    team.post(&approve, &wish).await.is_refused(400, -705);
    assert_eq!(team.get(&path).await.body["delegationStatus"], "ACTIVE");

    // Who may approve, approves by asking.
    let delegation = json!({"orgId": 101, "certTypes": ["SSL"],
        "domainCertificateRequestPrivileges": ["DOMAIN", "SUBDOMAIN"]});
    let delegations = format!("{path}/delegation");
    assert_eq!(team.post(&delegations, &delegation).await.status, 200);
    let details = team.get(&path).await.body;
    assert_eq!(details["delegations"][1]["status"], "ACTIVE");
    let removed = team.delete(&delegations, Some(&delegation)).await;
    assert_eq!(removed.status, 200);
    team.delete(&delegations, Some(&delegation))
        .await
        .is_refused(400, -738);

    lab.switch(json!({"scm.delegation_approval": "always"}))
        .await;
    let made = team
        .post("/domain/v1", &delegated("other.example.org", 101))
        .await;
    let details = team
        .get(&format!("/domain/v1/{}", made.location_id()))
        .await;
    assert_eq!(details.body["delegationStatus"], "REQUESTED");
    let many = json!({"domainIds": [id, made.location_id()], "orgId": 103, "certTypes": ["SSL"]});
    assert_eq!(team.post("/domain/v1/delegation", &many).await.status, 200);
    let none = json!({"domainIds": [], "orgId": 103, "certTypes": ["SSL"]});
    team.post("/domain/v1/delegation", &none)
        .await
        .is_refused(400, -1001);
}

#[tokio::test]
async fn domains_are_suspended_and_deleted_by_those_who_may() {
    let lab = Lab::start();
    let (team, mrao) = (lab.scm("web-team"), lab.scm("mrao-admin"));
    let none = json!({});
    team.put("/domain/v1/503/suspend", &none)
        .await
        .is_refused(400, -3);
    let done = mrao.put("/domain/v1/503/suspend", &none).await;
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    assert_eq!(team.get("/domain/v1/503").await.body["state"], "SUSPENDED");
    team.post(
        "/dcv/v2/validation/status",
        &json!({"domain": "example.net"}),
    )
    .await
    .is_refused(400, -715);
    assert_eq!(mrao.put("/domain/v1/503/activate", &none).await.status, 200);
    lab.switch(json!({"scm.suspend_by": "manager"})).await;
    assert_eq!(team.put("/domain/v1/503/suspend", &none).await.status, 200);

    // Delegated to the university alone, so its administrator may delete it.
    assert_eq!(team.delete("/domain/v1/506", None).await.status, 204);
    lab.switch(json!({"scm.domain_delete_by": "mrao"})).await;
    team.delete("/domain/v1/505", None)
        .await
        .is_refused(400, -3);
    lab.switch(json!({"scm.delete_status": 200})).await;
    assert_eq!(mrao.delete("/domain/v1/505", None).await.status, 200);
    team.get("/domain/v1/505").await.is_refused(404, -727);

    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let client = crate::common::acme::Acme::registered(&lab, "OV", &kid, &key).await;
    client.issue(&["example.org"]).await;
    mrao.delete("/domain/v1/501", None)
        .await
        .is_refused(400, -740);
}

#[tokio::test]
async fn new_objects_can_stay_out_of_sight_for_a_while() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    lab.switch(json!({"scm.invisible_reads": 2})).await;
    let made = scm
        .post("/domain/v1", &delegated("late.example.org", 101))
        .await;
    let path = format!("/domain/v1/{}", made.location_id());
    scm.get(&path).await.is_refused(404, -727);
    let list = scm.get("/domain/v1?name=late.example.org").await;
    assert_eq!(list.body, json!([]));
    assert_eq!(scm.get(&path).await.status, 200);
    // It is there all the same.
    scm.post("/domain/v1", &delegated("late.example.org", 101))
        .await
        .is_refused(400, -700);
}

#[tokio::test]
async fn enums_come_in_two_spellings_and_objects_with_strange_members() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    lab.switch(json!({"scm.enum_spelling": "label", "scm.extra_fields": true}))
        .await;
    let details = scm.get("/domain/v1/501").await.body;
    assert_eq!(details["validationStatus"], "Validated");
    assert!(details["futureField"].is_object());
    let expired = scm.get("/dcv/v1/validation?domain=expired.example").await;
    assert_eq!(expired.body[0]["dcvStatus"], "Expired");
    let none = scm
        .get("/dcv/v2/validation?dcvStatus=Not%20validated")
        .await;
    assert_eq!(
        names(&none.body, "domain"),
        ["example.edu", "*.example.edu"]
    );
    lab.switch(json!({"scm.unknown_enum": true})).await;
    let strange = scm.get("/domain/v1/505").await.body;
    assert_eq!(strange["validationStatus"], "Under review");
    lab.switch(json!({"scm.dcv_method_spelling": "long"})).await;
    let item = scm.get("/dcv/v1/validation?domain=example.org").await.body;
    assert_eq!(item[0]["dcvMethod"], "CNAME_CSR_HASH");
}
