//! Accounts and their binding to SCM.

use crate::common::Lab;
use crate::common::acme::Acme;
use crate::{NAMES, ov};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

#[tokio::test]
async fn the_account_binding_is_checked() {
    let lab = Lab::start();
    let (id, kid, key) = lab.eab("OV", 101, &NAMES).await;
    let mut client = Acme::new(&lab, "OV").await;
    let url = client.url("newAccount");

    let without = json!({"termsOfServiceAgreed": true});
    let answer = client.post(&url, Some(&without)).await;
    answer.is_problem(400, "externalAccountRequired");
    let unseen = json!({"onlyReturnExisting": true});
    let answer = client.post(&url, Some(&unseen)).await;
    answer.is_problem(400, "accountDoesNotExist");

    let wrong_key = URL_SAFE_NO_PAD.encode([7; 64]);
    client
        .register(&kid, &wrong_key)
        .await
        .is_problem(400, "malformed");
    client
        .register("nobody", &key)
        .await
        .is_problem(400, "malformed");
    // The pair of an OV account at the DV server.
    let mut dv = Acme::new(&lab, "DV").await;
    dv.register(&kid, &key).await.is_problem(400, "malformed");
    // Bound to somebody else's key.
    let stranger = Acme::new(&lab, "OV").await;
    let binding = stranger.binding(&kid, &key);
    let wish = json!({"termsOfServiceAgreed": true, "externalAccountBinding": binding});
    client
        .post(&url, Some(&wish))
        .await
        .is_problem(400, "malformed");
    let wish = json!({"externalAccountBinding": client.binding(&kid, &key)});
    let answer = client.post(&url, Some(&wish)).await;
    answer.is_problem(403, "userActionRequired");

    let status = async || {
        let path = format!("/acme/v2/account/{id}");
        lab.scm("web-team").get(&path).await.body["status"].clone()
    };
    assert_eq!(status().await, "pending");
    assert_eq!(client.register(&kid, &key).await.status, 201);
    assert_eq!(status().await, "valid");
    // The same key comes again, as a client without memory does.
    let first = client.kid.take();
    assert_eq!(client.register(&kid, &key).await.status, 200);
    assert_eq!(client.kid, first);

    let mut second = Acme::new(&lab, "OV").await;
    let refused = second.register(&kid, &key).await;
    refused.is_problem(400, "malformed");
    assert_eq!(
        refused.body["detail"],
        "[External Account Binding] The account is not awaiting external account binding"
    );
    lab.switch(json!({"acme.eab_policy": "multi_client"})).await;
    assert_eq!(second.register(&kid, &key).await.status, 201);

    let clients = format!("/acme/v2/account/{id}/client");
    let clients = lab.scm("web-team").get(&clients).await;
    assert_eq!(clients.header("x-total-count"), Some("2"));
}

#[tokio::test]
async fn suspended_deleted_and_deactivated_accounts_are_turned_away() {
    let lab = Lab::start();
    let (id, kid, key) = lab.eab("OV", 101, &NAMES).await;
    let client = Acme::registered(&lab, "OV", &kid, &key).await;
    let path = format!("/state/account/{id}");
    lab.control("PUT", &path, &json!({"suspended": true})).await;
    let refused = client.order(&["www.example.org"]).await;
    refused.is_problem(401, "unauthorized");
    assert!(
        refused.body["detail"]
            .as_str()
            .expect("a text")
            .contains("suspended")
    );
    lab.control("PUT", &path, &json!({"suspended": false}))
        .await;
    assert_eq!(client.order(&["www.example.org"]).await.status, 201);

    let scm = lab.scm("web-team");
    let clients = format!("/acme/v2/account/{id}/client");
    let listed = scm.get(&clients).await.body;
    let client_id = listed[0]["accountId"].as_str().expect("an id");
    let deactivated = scm.put(&format!("{clients}/{client_id}"), &json!({})).await;
    assert_eq!(deactivated.status, 204);
    client
        .order(&["www.example.org"])
        .await
        .is_problem(401, "unauthorized");

    let (id, kid, key) = lab.eab("OV", 101, &NAMES).await;
    let client = Acme::registered(&lab, "OV", &kid, &key).await;
    let deleted = scm.delete(&format!("/acme/v2/account/{id}"), None).await;
    assert_eq!(deleted.status, 204);
    client
        .order(&["www.example.org"])
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn accounts_change_their_key_and_contacts() {
    let lab = Lab::start();
    let mut client = ov(&lab).await;
    let kid = client.kid.clone().expect("an account");
    let wish = json!({"contact": ["mailto:ops@example.org"]});
    let answer = client.post(&kid, Some(&wish)).await;
    assert_eq!(answer.body["contact"][0], "mailto:ops@example.org");
    let wish = json!({"contact": ["tel:+44"]});
    let answer = client.post(&kid, Some(&wish)).await;
    answer.is_problem(400, "unsupportedContact");

    let mut new = Acme::new(&lab, "OV").await;
    let url = client.url("keyChange");
    let payload = json!({"account": kid, "oldKey": client.jwk()});
    let inner = new.sign(
        &json!({"alg": "ES256", "jwk": new.jwk(), "url": url}),
        Some(&payload),
    );
    // With another old key it is not ours to change.
    let wrong = json!({"account": kid, "oldKey": new.jwk()});
    let forged = new.sign(
        &json!({"alg": "ES256", "jwk": new.jwk(), "url": url}),
        Some(&wrong),
    );
    client
        .post(&url, Some(&forged))
        .await
        .is_problem(400, "malformed");
    assert_eq!(client.post(&url, Some(&inner)).await.status, 200);
    client.post(&kid, None).await.is_problem(400, "malformed");
    new.kid = Some(kid.clone());
    assert_eq!(new.post(&kid, None).await.status, 200);

    let gone = json!({"status": "deactivated"});
    assert_eq!(
        new.post(&kid, Some(&gone)).await.body["status"],
        "deactivated"
    );
    client.kid = None;
    new.order(&["www.example.org"])
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn new_account_can_fail_in_other_ways() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("OV", 101, &NAMES).await;
    let mut client = Acme::new(&lab, "OV").await;
    for (setting, status, kind) in [
        ("eab_refused", 400, "malformed"),
        ("suspended", 401, "unauthorized"),
        ("rate_limited", 429, "rateLimited"),
        ("server_error", 500, "serverInternal"),
        ("terms_required", 403, "userActionRequired"),
    ] {
        lab.switch(json!({"acme.new_account": setting})).await;
        client.register(&kid, &key).await.is_problem(status, kind);
    }
    lab.switch(json!({"acme.new_account": "normal"})).await;
    lab.switch(json!({"acme.contact_required": true})).await;
    client
        .register(&kid, &key)
        .await
        .is_problem(400, "externalAccountRequired");
    lab.switch(json!({"acme.contact_required": false})).await;
    assert_eq!(client.register(&kid, &key).await.status, 201);
}
