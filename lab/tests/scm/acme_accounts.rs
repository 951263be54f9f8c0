//! ACME accounts and the domains mapped to them.

use crate::common::Lab;
use crate::names;
use base64::Engine;
use serde_json::{Value, json};

#[tokio::test]
async fn acme_accounts_are_found_and_refused() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let list = scm.get("/acme/v2/account?size=200").await;
    list.is_refused(400, -1001);
    assert_eq!(
        list.body["description"],
        "Value of 'organizationId' must not be null."
    );
    let url = lab.text("/acme/OV");
    for (body, code) in [
        (json!({"acmeServer": url, "organizationId": 101}), -1001),
        (
            json!({"name": " ", "acmeServer": url, "organizationId": 101}),
            -1001,
        ),
        (
            json!({"name": "x".repeat(129), "acmeServer": url, "organizationId": 101}),
            -1001,
        ),
        (json!({"name": "a", "organizationId": 101}), -1001),
        (
            json!({"name": "a", "acmeServer": "https://elsewhere.invalid", "organizationId": 101}),
            -1601,
        ),
        (
            json!({"name": "a", "acmeServer": url, "organizationId": 999}),
            -1023,
        ),
        (
            json!({"name": "a", "acmeServer": url, "organizationId": 104}),
            -3,
        ),
        (
            json!({"name": "a", "acmeServer": url, "organizationId": {"id": 1}}),
            -1002,
        ),
        (
            json!({"name": "a", "acmeServer": url, "organizationId": 0}),
            -1001,
        ),
    ] {
        let answer = scm.post("/acme/v2/account", &body).await;
        answer.is_refused(400, code);
    }
    // By name of the server, with the id as text, for a department.
    let body = json!({"name": "it", "acmeServer": "OV ACME Server", "organizationId": "102",
        "evDetails": {}});
    let made = scm.post("/acme/v1/account", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let location = made.header("location").expect("a location");
    assert!(location.contains("/api/acme/v1/account/"), "{location}");
    let path = format!("/acme/v2/account/{}", made.location_id());
    let account = scm.get(&path).await.body;
    assert_eq!(account["macId"], account["accountId"]);
    assert_eq!(account["acmeServer"], "OV ACME Server");
    assert_eq!(account["status"], "pending");
    assert!(account["domains"].is_null());
    let key = account["macKey"].as_str().expect("a key");
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(key);
    assert_eq!(key.expect("base64url").len(), 64);
    lab.switch(json!({"scm.acme_server_form": "url", "scm.account_status_spelling": "capital"}))
        .await;
    let account = scm.get(&path).await.body;
    assert_eq!(account["acmeServer"], url);
    assert_eq!(account["status"], "Pending");

    let count = async |query: &str| {
        let answer = scm.get(&format!("/acme/v2/account?size=200&{query}")).await;
        answer.header("x-total-count").expect("a total").to_owned()
    };
    assert_eq!(count("organizationId=101").await, "2");
    assert_eq!(count("organizationId=101%2C-2").await, "1");
    assert_eq!(count("organizationId=101&name=it").await, "1");
    assert_eq!(count("organizationId=101&certValidationType=DV").await, "0");
    assert_eq!(count("organizationId=104").await, "0");
    let again = scm.post("/acme/v2/account", &body).await;
    assert_eq!(again.status, 201, "names repeat");
    lab.switch(json!({"scm.account_names": "unique"})).await;
    let again = scm.post("/acme/v2/account", &body).await;
    again.is_refused(400, -1601);
    lab.scm("institute").get(&path).await.is_refused(404, -1);

    let renamed = scm.put(&path, &json!({"name": "new"})).await;
    assert_eq!((renamed.status, renamed.text.as_str()), (200, ""));
    lab.switch(json!({"scm.pending_account_delete": "refused"}))
        .await;
    assert_eq!(scm.delete(&path, None).await.status, 400);
    lab.switch(json!({"scm.pending_account_delete": "accepted"}))
        .await;
    assert_eq!(scm.delete(&path, None).await.status, 204);
    scm.get(&path).await.is_refused(404, -1);
}

#[tokio::test]
async fn account_domains_are_added_in_part() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let url = lab.text("/acme/OV");
    let body = json!({"name": "a", "acmeServer": url, "organizationId": 101});
    let id = scm.post("/acme/v2/account", &body).await.location_id();
    let path = format!("/acme/v2/account/{id}/domain");
    let wish = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"domains": list})
    };
    let answer = scm
        .post(
            &path,
            &wish(&["example.org", "example.com", "no name", "www.example.net"]),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({"notAddedDomains": ["example.com", "no name"]})
    );
    assert_eq!(
        scm.post(&path, &wish(&["example.org"])).await.body,
        json!({})
    );
    lab.switch(json!({"scm.already_mapped": "reported"})).await;
    let again = scm.post(&path, &wish(&["example.org"])).await.body;
    assert_eq!(again, json!({"notAddedDomains": ["example.org"]}));

    let listed = scm.get(&format!("{path}?size=200")).await;
    assert_eq!(
        names(&listed.body, "name"),
        ["example.org", "www.example.net"]
    );
    assert!(listed.body[0]["validUntil"].is_string());
    let filtered = scm.get(&format!("{path}?name=%5Ewww%5C.")).await;
    assert_eq!(names(&filtered.body, "name"), ["www.example.net"]);
    let soon = scm.get(&format!("{path}?expiresWithinNextDays=30")).await;
    assert_eq!(soon.body, json!([]));
    scm.get(&format!("{path}?name=%28"))
        .await
        .is_refused(400, -1601);
    let v1 = scm.get(&format!("/acme/v1/account/{id}")).await.body;
    assert_eq!(
        names(&v1["domains"], "name"),
        ["example.org", "www.example.net"]
    );

    scm.post(&path, &json!({"domains": []}))
        .await
        .is_refused(400, -1001);
    scm.post(&path, &json!({})).await.is_refused(400, -1001);
    scm.post(&path, &json!({"domains": ["example.org"]}))
        .await
        .is_refused(400, -1002);
    // The plural belongs to version 1.
    let plural = format!("/acme/v2/account/{id}/domains");
    assert_eq!(scm.post(&plural, &wish(&["example.org"])).await.status, 404);
    let removed = scm
        .delete(&path, Some(&wish(&["example.org", "absent.org"])))
        .await;
    assert_eq!(removed.body, json!({"notRemovedDomains": ["absent.org"]}));
    lab.switch(json!({"scm.orders_restricted": true})).await;
    scm.post(&path, &wish(&["example.org"]))
        .await
        .is_refused(400, -993);
}

#[tokio::test]
async fn privileges_of_a_delegation_decide_what_it_covers() {
    let lab = Lab::start();
    let scm = lab.scm("mrao-admin");
    let body = json!({"name": "a", "acmeServer": lab.text("/acme/OV"), "organizationId": 104});
    let id = scm.post("/acme/v2/account", &body).await.location_id();
    let path = format!("/acme/v2/account/{id}/domain");
    let left = async |name: &str| {
        let wish = json!({"domains": [{"name": name}]});
        scm.post(&path, &wish).await.body != json!({})
    };
    // example.com is delegated without a privileges list.
    assert!(!left("example.com").await);
    assert!(left("www.example.com").await);
    assert!(left("*.example.com").await);
    let domains = scm.get("/domain/v1?size=200&name=example.com").await.body;
    let domain = domains[0]["id"].as_u64().expect("an id");
    let delegation = json!({"orgId": 104, "certTypes": ["SSL"],
        "domainCertificateRequestPrivileges": ["SUBDOMAIN", "WILDCARD_1ST_LEVEL"]});
    let delegations = format!("/domain/v1/{domain}/delegation");
    assert_eq!(scm.post(&delegations, &delegation).await.status, 200);
    assert!(!left("www.example.com").await);
    assert!(!left("*.example.com").await);
    assert!(left("*.deep.example.com").await);
    assert!(left("example.com").await, "DOMAIN is no longer among them");
}
