//! Partitions, folders, requests, validation, and what is in use.

use crate::common::Lab;
use crate::device::{Device, VIRTUAL, password_pair, refused};
use serde_json::{Value, json};

const PROFILE: &str = "tm/ltm/profile/client-ssl";

async fn created(device: &Device<'_>, path: &str, body: Value) -> Value {
    let made = device.post(path, body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.body
}

#[tokio::test]
async fn partitions_and_folders_come_and_go() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    created(
        &device,
        "tm/auth/partition",
        json!({"name": "Shop", "description": "of the shop"}),
    )
    .await;
    refused(
        &device
            .post("tm/auth/partition", json!({"name": "Shop"}))
            .await,
        409,
        "01020066:3",
    );
    refused(
        &device
            .post("tm/sys/folder", json!({"name": "/Nowhere/inner"}))
            .await,
        404,
        "01020036:3: The requested folder (/Nowhere) was not found.",
    );
    let folder = created(
        &device,
        "tm/sys/folder",
        json!({"name": "inner", "partition": "Shop"}),
    )
    .await;
    assert_eq!(
        (&folder["fullPath"], &folder["partition"]),
        (&json!("/Shop/inner"), &json!("Shop"))
    );
    let rule = json!({"name": "r", "partition": "Shop", "subPath": "inner", "apiAnonymous": "when HTTP_REQUEST { }"});
    let rule = created(&device, "tm/ltm/rule", rule).await;
    assert_eq!(
        (&rule["fullPath"], &rule["subPath"]),
        (&json!("/Shop/inner/r"), &json!("inner"))
    );
    refused(
        &device.delete("tm/auth/partition/Shop").await,
        400,
        "All objects must be removed",
    );
    refused(
        &device.delete("tm/sys/folder/~Shop~inner").await,
        400,
        "010713f9:3: The folder /Shop/inner cannot be deleted",
    );
    assert_eq!(device.delete("tm/ltm/rule/~Shop~inner~r").await.status, 200);
    assert_eq!(device.delete("tm/sys/folder/~Shop~inner").await.status, 200);
    assert_eq!(device.delete("tm/auth/partition/Shop").await.status, 200);
    refused(
        &device.get("tm/auth/partition/Shop").await,
        404,
        "01020036:3",
    );
    let names = device.get("tm/auth/partition?$select=name").await.body;
    assert_eq!(names["items"], json!([{"name": "Common"}, {"name": "Web"}]));
}

#[tokio::test]
async fn partitions_do_not_see_each_other() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    created(&device, "tm/auth/partition", json!({"name": "Shop"})).await;
    created(
        &device,
        PROFILE,
        json!({"name": "theirs", "partition": "Shop"}),
    )
    .await;
    let rule = json!({"name": "theirs", "partition": "Shop", "apiAnonymous": ""});
    created(&device, "tm/ltm/rule", rule).await;
    let child = json!({"name": "child", "partition": "Web", "defaultsFrom": "/Shop/theirs"});
    refused(
        &device.post(PROFILE, child).await,
        404,
        "(/Shop/theirs) was not found",
    );
    let attach = json!({"name": "/Shop/theirs", "context": "clientside"});
    let server = "tm/ltm/virtual/~Web~shop_https";
    refused(
        &device.post(&format!("{server}/profiles"), attach).await,
        404,
        "(/Shop/theirs)",
    );
    refused(
        &device
            .patch(server, json!({"rules": ["/Shop/theirs"]}))
            .await,
        404,
        "iRule (/Shop/theirs)",
    );
}

#[tokio::test]
async fn issuers_and_validators_stay() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    created(
        &device,
        "tm/sys/file/ssl-cert",
        json!({"name": "ca", "sourcePath": "file:/var/config/rest/downloads/a.crt"}),
    )
    .await;
    let issuer = json!({"name": "other", "sourcePath": "file:/var/config/rest/downloads/a.crt", "issuerCert": "/Common/ca"});
    refused(
        &device.post("tm/sys/file/ssl-cert", issuer).await,
        400,
        "\\\"issuerCert\\\" unknown property",
    );
    let validator = json!({"name": "v", "dnsResolver": "/Common/f5-aws-dns"});
    created(&device, "tm/sys/crypto/cert-validator/ocsp", validator).await;
    let validation = json!({"issuerCert": "/Common/ca", "certValidationOptions": ["ocsp"], "certValidators": [{"name": "/Common/v"}]});
    let patched = device.patch("tm/sys/file/ssl-cert/a.crt", validation).await;
    assert_eq!(
        (patched.status, &patched.body["issuerCert"]),
        (200, &json!("/Common/ca"))
    );
    let expanded = device
        .get("tm/sys/file/ssl-cert/a.crt?expandSubcollections=true")
        .await
        .body;
    assert_eq!(
        expanded["certValidatorsReference"]["items"][0]["fullPath"],
        "/Common/v"
    );
    refused(
        &device.delete("tm/sys/file/ssl-cert/ca").await,
        400,
        "01071349:3",
    );
    refused(
        &device.delete("tm/sys/crypto/cert-validator/ocsp/v").await,
        400,
        "01070265:3",
    );
    refused(
        &device
            .patch(
                "tm/sys/file/ssl-cert/a.crt",
                json!({"issuerCert": "/Common/none-such"}),
            )
            .await,
        400,
        "0107134a:3",
    );
    let freed = json!({"issuerCert": "none", "certValidationOptions": [], "certValidators": []});
    assert_eq!(
        device
            .patch("tm/sys/file/ssl-cert/a.crt", freed)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn authorities_and_parents_stay() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    let ca = json!({"name": "ca", "sourcePath": "file:/var/config/rest/downloads/a.crt"});
    created(&device, "tm/sys/file/ssl-cert", ca).await;
    created(
        &device,
        PROFILE,
        json!({"name": "clients", "caFile": "/Common/ca", "description": "asks clients"}),
    )
    .await;
    refused(
        &device.delete("tm/sys/file/ssl-cert/ca").await,
        400,
        "01071349:3",
    );
    created(
        &device,
        PROFILE,
        json!({"name": "child", "defaultsFrom": "/Common/clients"}),
    )
    .await;
    refused(
        &device.delete(&format!("{PROFILE}/clients")).await,
        400,
        "01070265:3",
    );
}

#[tokio::test]
async fn rules_and_their_data_groups_stay() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let group =
        json!({"name": "tokens", "type": "string", "records": [{"name": "t", "data": "a"}]});
    created(&device, "tm/ltm/data-group/internal", group).await;
    let code = "when HTTP_REQUEST { set v [class match -value x equals tokens] }";
    created(
        &device,
        "tm/ltm/rule",
        json!({"name": "acme", "apiAnonymous": code}),
    )
    .await;
    assert_eq!(
        device.patch(VIRTUAL, json!({"rules": ["acme"]})).await.body["rules"],
        json!(["/Common/acme"])
    );
    refused(
        &device.delete("tm/ltm/rule/acme").await,
        400,
        "01070265:3: The rule (/Common/acme)",
    );
    refused(
        &device.delete("tm/ltm/data-group/internal/tokens").await,
        400,
        "01070265:3: The class",
    );
    assert_eq!(
        device.patch(VIRTUAL, json!({"rules": []})).await.status,
        200
    );
    assert_eq!(device.delete("tm/ltm/rule/acme").await.status, 200);
    assert_eq!(
        device
            .delete("tm/ltm/data-group/internal/tokens")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_application_service_keeps_its_objects() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let lone = json!({"name": "x", "appService": "/Common/site.app/site"});
    refused(
        &device.post(PROFILE, lone).await,
        404,
        "application service (/Common/site.app/site)",
    );
    let service = created(
        &device,
        "tm/sys/application/service",
        json!({"name": "site"}),
    )
    .await;
    assert_eq!(service["fullPath"], "/Common/site.app/site");
    let profile = json!({"name": "/Common/site.app/tls", "appService": "/Common/site.app/site"});
    lab.control(
        "PUT",
        "/bigip/object",
        &json!({"path": "/mgmt/tm/ltm/profile/client-ssl", "body": profile}),
    )
    .await;
    let path = format!("{PROFILE}/~Common~site.app~tls");
    assert_eq!(
        device.get(&path).await.body["appService"],
        "/Common/site.app/site"
    );
    let change = json!({"serverName": "x.example.org"});
    refused(
        &device.patch(&path, change.clone()).await,
        400,
        "strict updates",
    );
    refused(&device.delete(&path).await, 400, "strict updates");
    let loose = json!({"strictUpdates": "disabled"});
    device
        .patch("tm/sys/application/service/~Common~site.app~site", loose)
        .await;
    refused(
        &device.patch(&path, change.clone()).await,
        400,
        "ownership cannot be changed",
    );
    let named = json!({"serverName": "x.example.org", "appService": "/Common/site.app/site"});
    assert_eq!(device.patch(&path, named).await.status, 200);
    lab.switch(json!({"bigip.app_service_edits": "accepted"}))
        .await;
    assert_eq!(device.patch(&path, change).await.status, 200);
}

#[tokio::test]
async fn a_key_brings_its_request_or_certificate() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let key = json!({"name": "one", "keyType": "ec-private", "securityType": "password", "passphrase": "s3cret",
        "options": [{"gen-csr": "one.example.org"}], "organization": "Example", "subjectAlternativeName": "DNS:one.example.org"});
    lab.switch(json!({"bigip.gen_csr_password_key": "refused"}))
        .await;
    refused(
        &device.post("tm/sys/crypto/key", key.clone()).await,
        400,
        "gen-csr",
    );
    refused(
        &device.get("tm/sys/crypto/key/one").await,
        404,
        "01020036:3",
    );
    lab.switch(json!({"bigip.gen_csr_password_key": "accepted"}))
        .await;
    created(&device, "tm/sys/crypto/key", key).await;
    let file = device.get("tm/sys/file/ssl-csr/one").await.body;
    assert_eq!(file["subject"], "CN=one.example.org,O=Example");
    assert_eq!(
        (&file["keyType"], &file["keyCurveName"]),
        (&json!("ec-public"), &json!("prime256v1"))
    );
    let csr = device.csr("one").await;
    let end = csr.find("sys crypto csr").expect("the properties");
    let request = rcgen::CertificateSigningRequestParams::from_pem(&csr[..end]);
    assert_eq!(
        request.expect("a request").params.subject_alt_names.len(),
        1
    );
    assert_eq!(device.delete("tm/sys/crypto/csr/one").await.status, 200);
    assert_eq!(lab.state().await["bigip"]["files"], json!([]));

    let key = json!({"name": "self", "keyType": "ec-private", "options": [{"gen-certificate": "self.example.org"}], "lifetime": 30});
    created(&device, "tm/sys/crypto/key", key).await;
    let cert = device.get("tm/sys/file/ssl-cert/self").await.body;
    assert_eq!(
        (&cert["subject"], &cert["issuer"]),
        (&json!("CN=self.example.org"), &json!("CN=self.example.org"))
    );
    let hsm = json!({"name": "hard", "keyType": "ec-private", "securityType": "fips"});
    refused(
        &device.post("tm/sys/crypto/key", hsm.clone()).await,
        400,
        "hardware security module",
    );
    lab.switch(json!({"bigip.hsm": true})).await;
    created(&device, "tm/sys/crypto/key", hsm).await;
}

#[tokio::test]
async fn requests_of_two_partitions_do_not_mix() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    password_pair(&device).await;
    let other = json!({"name": "a", "partition": "Web", "key": "/Common/a", "commonName": "web.example.org"});
    created(&device, "tm/sys/crypto/csr", other).await;
    assert_eq!(device.delete("tm/sys/crypto/csr/~Web~a").await.status, 200);
    let files = lab.state().await["bigip"]["files"].to_string();
    assert!(files.contains("/config/ssl/ssl.csr/a"), "{files}");

    let moved =
        json!({"command": "run", "utilCmdArgs": "/config/ssl/ssl.csr/a /var/config/rest/bulk/a"});
    device.post("tm/util/unix-mv", moved).await;
    assert_eq!(device.get("tm/sys/crypto/csr/a").await.status, 200);
    lab.switch(json!({"bigip.csr_after_move": "gone", "bigip.csr_partition": "ignored"}))
        .await;
    assert_eq!(device.delete("tm/sys/crypto/csr/a").await.status, 200);
    let other = json!({"name": "a", "partition": "Web", "key": "/Common/a", "commonName": "web.example.org"});
    created(&device, "tm/sys/crypto/csr", other).await;
    let removed = json!({"command": "run", "utilCmdArgs": "/config/ssl/ssl.csr/a"});
    device.post("tm/util/unix-rm", removed).await;
    refused(&device.get("tm/sys/crypto/csr/a").await, 404, "01020036:3");
}

#[tokio::test]
async fn lists_are_paged_filtered_and_selected() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for name in ["a", "b", "c"] {
        created(
            &device,
            "tm/ltm/rule",
            json!({"name": name, "partition": "Web", "apiAnonymous": ""}),
        )
        .await;
    }
    created(
        &device,
        "tm/ltm/rule",
        json!({"name": "d", "apiAnonymous": ""}),
    )
    .await;
    let page = device
        .get("tm/ltm/rule?$filter=partition+eq+Web&$top=2&$select=name")
        .await
        .body;
    assert_eq!(page["items"], json!([{"name": "a"}, {"name": "b"}]));
    assert_eq!(
        (&page["totalItems"], &page["totalPages"]),
        (&json!(3), &json!(2))
    );
    let next = page["nextLink"].as_str().expect("a next page");
    let (_, next) = next.split_once("/mgmt/").expect("a path");
    let last = device.get(next).await.body;
    assert_eq!(last["items"], json!([{"name": "c"}]));
    assert!(last.get("nextLink").is_none());
    let past = device.get("tm/ltm/rule?$top=2&$skip=8").await.body;
    assert!(past.get("items").is_none());

    let query = "tm/ltm/virtual?expandSubcollections=true&$select=name,profilesReference";
    let both = device.get(query).await.body;
    assert!(
        both["items"][0]["profilesReference"]["items"].is_array(),
        "{both}"
    );
    assert!(both["items"][0].get("destination").is_none());
    let inner = "tm/ltm/virtual/~Common~passthrough?expandSubcollections=true&$select=name,profilesReference/items/fullPath";
    let inner = device.get(inner).await.body;
    let expected = json!({"name": "passthrough", "profilesReference": {"items": [{"fullPath": "/Common/fastL4"}]}});
    assert_eq!(inner, expected);
    lab.switch(json!({"bigip.select_expanded": "unexpanded"}))
        .await;
    let plain = device.get(query).await.body;
    assert!(
        plain["items"][0]["profilesReference"]
            .get("items")
            .is_none(),
        "{plain}"
    );
    lab.switch(json!({"bigip.select_expanded": "refused"}))
        .await;
    refused(&device.get(query).await, 400, "$select");
}

#[tokio::test]
async fn virtual_servers_have_rules_of_their_own() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    let profiles =
        |names: &[&str]| -> Value { names.iter().map(|name| json!({"name": name})).collect() };
    let server = |name: &str, destination: &str, list: &[&str]| json!({"name": name, "destination": destination, "profiles": profiles(list)});
    refused(
        &device
            .post(
                "tm/ltm/virtual",
                server("u", "192.0.2.1:443", &["udp", "clientssl"]),
            )
            .await,
        400,
        "Less than the required minimum number of profiles found on /Common/u",
    );
    refused(
        &device
            .post(
                "tm/ltm/virtual",
                server("f", "192.0.2.1:443", &["fastL4", "clientssl"]),
            )
            .await,
        400,
        "Found disallowed profile on /Common/f: Not Any Of (FastL4 Profile",
    );
    let six = created(
        &device,
        "tm/ltm/virtual",
        server("six", "2001:db8::1%2.443", &["tcp"]),
    )
    .await;
    assert_eq!(six["destination"], "/Common/2001:db8::1%2.443");
    assert_eq!(
        (&six["mask"], &six["source"]),
        (
            &json!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            &json!("::/0")
        )
    );
    let twin = server("twin", "2001:db8::1%2.443", &["tcp"]);
    refused(
        &device.post("tm/ltm/virtual", twin).await,
        400,
        "with Virtual Server /Common/six.",
    );
    created(
        &device,
        "tm/ltm/virtual",
        server("seven", "2001:db8::1%3.443", &["tcp"]),
    )
    .await;
    let pool = json!({"pool": "/Common/p"});
    refused(
        &device.patch(VIRTUAL, pool.clone()).await,
        404,
        "Pool (/Common/p)",
    );
    created(&device, "tm/ltm/pool", json!({"name": "p"})).await;
    assert_eq!(device.patch(VIRTUAL, pool).await.body["pool"], "/Common/p");
    refused(
        &device.delete("tm/ltm/pool/p").await,
        400,
        "in use by a virtual server",
    );
    let told = device
        .patch(VIRTUAL, json!({"description": "the web"}))
        .await;
    assert_eq!(told.body["description"], "the web");
}
