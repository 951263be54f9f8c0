//! Logins, rights, and what lists show.

use crate::common::{Answer, Lab};
use crate::{delegated, names};
use serde_json::json;

async fn probe(
    lab: &Lab,
    login: Option<&str>,
    password: Option<&str>,
    customer: Option<&str>,
) -> Answer {
    let url = format!("{}/organization/v1", lab.text("/scm/url"));
    let mut request = lab.http.get(url);
    for (name, value) in [
        ("login", login),
        ("password", password),
        ("customerUri", customer),
    ] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    Answer::of(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn only_good_credentials_open_the_api() {
    let lab = Lab::start();
    let good = lab.scm("web-team").get("/organization/v1").await;
    assert_eq!(good.status, 200);
    let password = lab.text("/scm/password");
    for (login, password, customer) in [
        (None, None, None),
        (Some("web-team"), None, Some("university")),
        (Some("web-team"), Some("wrong"), Some("university")),
        (Some("nobody"), Some(password.as_str()), Some("university")),
        (Some("web-team"), Some(password.as_str()), Some("elsewhere")),
        (Some("web-team"), Some(password.as_str()), None),
    ] {
        let answer = probe(&lab, login, password, customer).await;
        answer.is_refused(401, -16);
        assert_eq!(answer.body["description"], "Unknown user");
    }
    // A password that expired.
    lab.scm("lapsed")
        .get("/organization/v1")
        .await
        .is_refused(401, -16);
    lab.advance(3651 * 86_400).await;
    lab.scm("web-team")
        .get("/organization/v1")
        .await
        .is_refused(401, -16);
}

#[tokio::test]
async fn a_client_certificate_replaces_the_password() {
    let lab = Lab::start();
    let read = |pointer: &str| std::fs::read(lab.text(pointer)).expect("a file");
    let mut pem = read("/scm/client_cert_file");
    pem.extend(read("/scm/client_key_file"));
    let ca = reqwest::Certificate::from_pem(&read("/ca_file")).expect("a CA");
    let with = reqwest::Client::builder()
        .tls_certs_only([ca])
        .identity(reqwest::Identity::from_pem(&pem).expect("an identity"))
        .build()
        .expect("a client");
    let get = async |client: &reqwest::Client, base: &str, login: &str| {
        let url = format!("{}/organization/v1", lab.text(base));
        let request = client
            .get(url)
            .header("login", login)
            .header("customerUri", "university");
        Answer::of(request.send().await.expect("an answer")).await
    };
    let answer = get(&with, "/scm/private_url", "web-team").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // Somebody else's login, no certificate, and the place for passwords.
    get(&with, "/scm/private_url", "mrao-admin")
        .await
        .is_refused(401, -16);
    get(&lab.http, "/scm/private_url", "web-team")
        .await
        .is_refused(401, -16);
    get(&with, "/scm/url", "web-team")
        .await
        .is_refused(401, -16);
}

#[tokio::test]
async fn tokens_open_the_other_base_until_they_expire() {
    let lab = Lab::start();
    let token_url = lab.text("/oauth/token_url");
    let ask = async |secret: &str, grant: &str| {
        let form = [
            ("grant_type", grant.to_owned()),
            ("client_id", lab.text("/oauth/client_id")),
            ("client_secret", secret.to_owned()),
        ];
        let request = lab.http.post(&token_url).form(&form);
        Answer::of(request.send().await.expect("an answer")).await
    };
    let get = async |base: &str, token: &str| {
        let url = format!("{}/organization/v1", lab.text(base));
        let request = lab.http.get(url).bearer_auth(token);
        Answer::of(request.send().await.expect("an answer")).await
    };
    let wrong = ask("wrong", "client_credentials").await;
    assert_eq!(
        (wrong.status, &wrong.body["error"]),
        (401, &json!("invalid_client"))
    );
    let secret = lab.text("/oauth/client_secret");
    let wrong = ask(&secret, "password").await;
    assert_eq!(wrong.status, 400);
    let granted = ask(&secret, "client_credentials").await.body;
    assert_eq!(granted["expires_in"], 300);
    assert_eq!(granted["token_type"], "Bearer");
    let token = granted["access_token"].as_str().expect("a token");
    assert_eq!(get("/oauth/url", token).await.status, 200);
    get("/oauth/url", "made-up").await.is_refused(401, -16);
    get("/scm/url", token).await.is_refused(401, -16);
    lab.advance(301).await;
    get("/oauth/url", token).await.is_refused(401, -16);
    lab.switch(json!({"oauth.expires_in": false})).await;
    let granted = ask(&secret, "client_credentials").await.body;
    assert!(granted["expires_in"].is_null());
}

#[tokio::test]
async fn lists_show_what_the_caller_may_see() {
    let lab = Lab::start();
    let organizations = async |login: &str| {
        let list = lab.scm(login).get("/organization/v1").await.body;
        names(&list, "name")
    };
    assert_eq!(
        organizations("mrao-admin").await,
        ["Example University", "Example Institute"]
    );
    assert_eq!(organizations("web-team").await, ["Example University"]);
    // A department's administrator finds it below its parent.
    let list = lab.scm("limited").get("/organization/v1").await.body;
    assert_eq!(names(&list[0]["departments"], "name"), ["IT"]);

    let domains = async |login: &str| {
        let answer = lab.scm(login).get("/domain/v1?size=200").await;
        let total = answer.header("x-total-count").expect("a total").to_owned();
        let names = names(&answer.body, "name");
        assert_eq!(total, names.len().to_string());
        names
    };
    assert!(
        domains("mrao-admin")
            .await
            .contains(&"example.com".to_owned())
    );
    assert!(
        !domains("web-team")
            .await
            .contains(&"example.com".to_owned())
    );
    assert_eq!(domains("limited").await, ["example.org", "*.example.org"]);
    let details = lab.scm("limited").get("/domain/v1/501").await.body;
    let delegations = details["delegations"].as_array().expect("a list");
    assert_eq!(delegations.len(), 1, "only its own delegation");
    lab.scm("limited")
        .get("/domain/v1/503")
        .await
        .is_refused(404, -727);
    lab.switch(json!({"scm.unknown_id": "400"})).await;
    lab.scm("limited")
        .get("/domain/v1/503")
        .await
        .is_refused(400, -727);
}

#[tokio::test]
async fn pages_have_limits_and_totals() {
    let lab = Lab::start();
    let scm = lab.scm("mrao-admin");
    for number in 0..25 {
        let body = delegated(&format!("page{number}.example.org"), 101);
        assert_eq!(scm.post("/domain/v1", &body).await.status, 201);
    }
    let ids = |answer: &Answer| -> Vec<u64> {
        let items = answer.body.as_array().expect("a list");
        items
            .iter()
            .filter_map(|item| item["id"].as_u64())
            .collect()
    };
    let first = scm.get("/domain/v1").await;
    assert_eq!(ids(&first).len(), 20, "the default size");
    assert_eq!(first.header("x-total-count"), Some("34"));
    let second = scm.get("/domain/v1?size=20&position=20").await;
    assert_eq!(ids(&second).len(), 14);
    let mut all = ids(&first);
    all.extend(ids(&second));
    assert!(all.is_sorted(), "rising ids");
    for bad in ["size=201", "size=-1", "size=x", "position=-1"] {
        let answer = scm.get(&format!("/domain/v1?{bad}")).await;
        answer.is_refused(400, -1001);
    }
    assert_eq!(
        ids(&scm.get("/domain/v1?size=5&position=99").await).len(),
        0
    );

    lab.switch(json!({"scm.page_duplicates": true, "scm.total_count": false}))
        .await;
    let shifted = scm.get("/domain/v1?size=20&position=20").await;
    assert_eq!(ids(&shifted)[0], *ids(&first).last().expect("an id"));
    assert_eq!(shifted.header("x-total-count"), None);
    lab.switch(
        json!({"scm.page_duplicates": false, "scm.page_shrinks": true, "scm.total_count": true}),
    )
    .await;
    let shrunk = scm.get("/domain/v1?size=20&position=20").await;
    assert_eq!(ids(&shrunk), ids(&second)[1..]);
    assert_eq!(shrunk.header("x-total-count"), Some("33"));
    lab.switch(json!({"scm.page_default_size": 12})).await;
    assert_eq!(ids(&scm.get("/domain/v1").await).len(), 12);
    let servers = scm.get("/acme/v1/server?size=200").await;
    assert_eq!(servers.header("x-total-count"), None);
}

#[tokio::test]
async fn the_name_filter_has_three_meanings() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let find = async |filter: &str| {
        let path = format!("/domain/v1?size=200&name={filter}");
        names(&scm.get(&path).await.body, "name")
    };
    assert_eq!(
        find("example.org").await,
        ["example.org", "*.example.org", "library.example.org"]
    );
    assert_eq!(find("*.example.org").await, ["*.example.org"]);
    lab.switch(json!({"scm.domain_name_filter": "exact"})).await;
    assert_eq!(find("example.org").await, ["example.org"]);
    lab.switch(json!({"scm.domain_name_filter": "star"})).await;
    assert_eq!(find("example.org").await, ["example.org"]);
    assert_eq!(
        find("*.example.org").await,
        ["*.example.org", "library.example.org"]
    );
    let short = scm.get("/domain/v1?name=x").await;
    short.is_refused(400, -1001);
}
