//! The control port: journal, faults, latency, clock, switches, reset.

mod common;

use common::{Answer, Lab};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn fault(matcher: Value, action: Value) -> Value {
    let mut fault = matcher;
    fault["action"] = action;
    fault
}

fn domain(name: &str) -> Value {
    json!({"name": name, "delegations": [{"orgId": 101, "certTypes": ["SSL"]}]})
}

#[tokio::test]
async fn the_ready_line_says_everything() {
    let lab = Lab::start();
    for pointer in [
        "/control",
        "/ca_file",
        "/issuing_root_file",
        "/scm/url",
        "/scm/private_url",
        "/scm/login",
        "/scm/password",
        "/scm/customer_uri",
        "/scm/client_cert_file",
        "/scm/client_key_file",
        "/oauth/url",
        "/oauth/token_url",
        "/oauth/client_id",
        "/oauth/client_secret",
        "/acme/DV",
        "/acme/OV",
        "/acme/EV",
        "/ari",
    ] {
        assert!(!lab.text(pointer).is_empty(), "{pointer}");
    }
    let roots = std::fs::read_to_string(lab.text("/issuing_root_file")).expect("a file");
    assert_eq!(common::acme::chain(&roots).len(), 3);
    assert_eq!(
        lab.ready["organizations"][0]["departments"][0]["name"],
        "IT"
    );
    assert_eq!(lab.ready["administrators"][0]["role"], "MRAO");
}

#[tokio::test]
async fn the_journal_counts_writes_and_keeps_no_secrets() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    scm.get("/domain/v1?size=1").await;
    scm.post(
        "/dcv/v2/validation/status",
        &json!({"domain": "example.org"}),
    )
    .await;
    scm.post("/report/v1/domains", &json!({})).await;
    scm.post("/domain/v1", &domain("new.example.org")).await;
    let entries = lab.journal().await;
    let writes: Vec<&Value> = entries.iter().map(|entry| &entry["write"]).collect();
    assert_eq!(writes, [false, false, false, true]);
    assert_eq!(entries[0]["seq"], 1);
    assert_eq!(entries[0]["query"], "size=1");
    assert_eq!(entries[3]["status"], 201);
    assert_eq!(entries[3]["login"], "web-team");
    assert_eq!(entries[3]["service"], "scm");
    let since = lab.control("GET", "/journal?since=3", &Value::Null).await;
    assert_eq!(since["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(since["next"], 5);
    let text = lab
        .control("GET", "/journal", &Value::Null)
        .await
        .to_string();
    assert!(!text.contains(&lab.text("/scm/password")));
    lab.control("DELETE", "/journal", &Value::Null).await;
    assert!(lab.journal().await.is_empty());
}

#[tokio::test]
async fn acme_writes_are_told_from_reads() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    lab.control("DELETE", "/journal", &Value::Null).await;
    let mut client = common::acme::Acme::registered(&lab, "OV", &kid, &key).await;
    let kid_url = client.kid.take();
    client.register(&kid, &key).await;
    assert_eq!(client.kid, kid_url);
    client.issue(&["example.org"]).await;
    let entries = lab.journal().await;
    let writes: Vec<String> = entries
        .iter()
        .filter(|entry| entry["write"] == true)
        .map(|entry| {
            let path = entry["path"].as_str().expect("a path");
            path.rsplit('/').next().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(writes, ["newAccount", "newOrder", "finalize"]);
    assert!(entries.iter().all(|entry| entry["service"] == "acme"));
}

#[tokio::test]
async fn a_lost_reply_leaves_its_effect_and_a_refusal_none() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let find = async |name: &str| {
        let path = format!("/domain/v1?name={name}");
        scm.get(&path).await.body.as_array().map_or(0, Vec::len)
    };
    let post = json!({"service": "scm", "method": "POST", "path": "^/api/domain/v1$"});
    let attempt = async |name: &str| {
        let body = domain(name).to_string();
        scm.try_send("POST", "/domain/v1", Some(body)).await
    };

    let arm = fault(post.clone(), json!({"kind": "reset_before"}));
    assert_eq!(lab.control("POST", "/faults", &arm).await["id"], 1);
    assert!(attempt("a.example.org").await.is_err());
    assert_eq!(find("a.example.org").await, 0);

    let arm = fault(post.clone(), json!({"kind": "reset_after"}));
    lab.control("POST", "/faults", &arm).await;
    assert!(attempt("b.example.org").await.is_err());
    assert_eq!(find("b.example.org").await, 1);

    let arm = fault(post.clone(), json!({"kind": "refuse"}));
    lab.control("POST", "/faults", &arm).await;
    attempt("c.example.org")
        .await
        .expect("an answer")
        .is_refused(400, -3);
    assert_eq!(find("c.example.org").await, 0);
    assert_eq!(
        attempt("c.example.org").await.expect("an answer").status,
        201
    );

    let lists = json!({"path": "^/api/domain/v1$", "method": "GET"});
    let arm = fault(lists, json!({"kind": "truncate"}));
    lab.control("POST", "/faults", &arm).await;
    let answer = scm.try_send("GET", "/domain/v1", None).await;
    assert!(answer.is_err(), "half a body is no body");
}

#[tokio::test]
async fn the_effect_comes_although_the_client_gave_up() {
    let lab = Lab::start();
    let arm = fault(
        json!({"method": "POST"}),
        json!({"kind": "delay", "seconds": 0.5}),
    );
    lab.control("POST", "/faults", &arm).await;
    let scm = lab.scm("web-team");
    let body = domain("slow.example.org").to_string();
    let attempt = scm.try_send("POST", "/domain/v1", Some(body));
    let patience = Duration::from_millis(100);
    assert!(tokio::time::timeout(patience, attempt).await.is_err());
    tokio::time::sleep(Duration::from_millis(600)).await;
    let found = scm.get("/domain/v1?name=slow.example.org").await;
    assert_eq!(found.body.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn every_service_refuses_in_its_own_words() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let client = common::acme::Acme::registered(&lab, "OV", &kid, &key).await;
    let orders = json!({"service": "acme", "path": "/newOrder$"});
    let arm = fault(orders, json!({"kind": "refuse"}));
    lab.control("POST", "/faults", &arm).await;
    client
        .order(&["example.org"])
        .await
        .is_problem(403, "unauthorized");
    let arm = fault(json!({"service": "oauth"}), json!({"kind": "refuse"}));
    lab.control("POST", "/faults", &arm).await;
    let request = lab.http.post(lab.text("/oauth/token_url"));
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    assert_eq!(
        (answer.status, &answer.body["error"]),
        (401, &json!("invalid_client"))
    );
}

#[tokio::test]
async fn replies_can_be_replaced() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let arm = async |action: Value| {
        lab.control("POST", "/faults", &fault(json!({}), action))
            .await;
        scm.get("/organization/v1").await
    };
    let answer = arm(
        json!({"kind": "status", "status": 503, "body": "upstream connect error",
        "headers": {"Retry-After": "1"}}),
    )
    .await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (503, "upstream connect error")
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
    let answer = arm(json!({"kind": "html", "status": 200})).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html"))
    );
    let answer = arm(json!({"kind": "empty"})).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let answer = arm(json!({"kind": "redirect", "location": "https://elsewhere.invalid/"})).await;
    assert_eq!(
        answer.header("location"),
        Some("https://elsewhere.invalid/")
    );
    assert_eq!(scm.get("/organization/v1").await.status, 200);

    // For ever, until the faults are taken away.
    let arm = fault(
        json!({"times": 0, "after": 1}),
        json!({"kind": "status", "status": 429}),
    );
    lab.control("POST", "/faults", &arm).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(scm.get("/organization/v1").await.status);
    }
    assert_eq!(seen, [200, 429, 429, 429]);
    let list = lab.control("GET", "/faults", &Value::Null).await;
    let newest = list["faults"]
        .as_array()
        .and_then(|faults| faults.last())
        .expect("a fault");
    assert_eq!(newest["struck"], 3);
    lab.control("DELETE", "/faults", &Value::Null).await;
    assert_eq!(scm.get("/organization/v1").await.status, 200);

    // By number in the journal.
    lab.control("DELETE", "/journal", &Value::Null).await;
    let arm = fault(json!({"call": 2}), json!({"kind": "status", "status": 500}));
    lab.control("POST", "/faults", &arm).await;
    assert_eq!(scm.get("/organization/v1").await.status, 200);
    assert_eq!(scm.get("/organization/v1").await.status, 500);
}

#[tokio::test]
async fn bad_controls_are_refused() {
    let lab = Lab::start();
    for (method, path, body, status) in [
        ("PUT", "/switches", json!({"acme.no_such": true}), 400),
        ("PUT", "/switches", json!({"scm.total_count": "yes"}), 400),
        ("PUT", "/clock", json!({"set": "tomorrow"}), 400),
        ("PUT", "/latency", json!({"ms": -1}), 400),
        (
            "POST",
            "/faults",
            json!({"action": {"kind": "explode"}}),
            400,
        ),
        (
            "POST",
            "/faults",
            fault(json!({"path": "("}), json!({"kind": "truncate"})),
            400,
        ),
        (
            "POST",
            "/faults",
            fault(json!({}), json!({"kind": "status", "status": 99})),
            400,
        ),
        ("PUT", "/state/domain", json!({"name": "no name"}), 400),
        ("PUT", "/state/account/1", json!({"suspended": true}), 404),
        (
            "PUT",
            "/state/certificate/00",
            json!({"revoked": true}),
            404,
        ),
        ("GET", "/nothing", Value::Null, 404),
    ] {
        let answer = lab.try_control(method, path, &body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {body}: {}",
            answer.text
        );
        assert!(answer.body["error"].is_string());
    }
}

#[tokio::test]
async fn time_latency_and_delays() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let set = json!({"set": "2027-01-31T12:00:00Z"});
    let clock = lab.control("PUT", "/clock", &set).await;
    assert_eq!(clock["now"], "2027-01-31T12:00:00Z");
    let clock = lab
        .control("PUT", "/clock", &json!({"advance_seconds": 3600}))
        .await;
    assert!(
        clock["now"]
            .as_str()
            .expect("a moment")
            .starts_with("2027-01-31T13:00:0")
    );
    lab.control("PUT", "/clock", &json!({"reset": true})).await;

    let latency = json!({"ms": 200, "jitter_ms": 10});
    lab.control("PUT", "/latency", &latency).await;
    let begun = Instant::now();
    scm.get("/organization/v1").await;
    assert!(begun.elapsed() >= Duration::from_millis(200));
    lab.control("PUT", "/latency", &json!({"ms": 0})).await;
    let arm = fault(json!({}), json!({"kind": "delay", "seconds": 0.2}));
    lab.control("POST", "/faults", &arm).await;
    let begun = Instant::now();
    assert_eq!(scm.get("/organization/v1").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn certificates_follow_the_lab_clock() {
    let lab = Lab::start();
    let set = json!({"set": "2027-01-31T12:00:00Z"});
    lab.control("PUT", "/clock", &set).await;
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let client = common::acme::Acme::registered(&lab, "OV", &kid, &key).await;
    client.issue(&["example.org"]).await;
    let state = lab.state().await;
    let certificates = state["scm"]["certificates"]
        .as_object()
        .expect("certificates");
    let issued = &certificates.values().next().expect("one")["issued"];
    assert_eq!(issued["not_before"], "2027-01-31T00:00:00Z");
    assert_eq!(issued["not_after"], "2027-08-17T23:59:59Z");
    let serial = issued["serial"].as_str().expect("a serial");
    let path = format!("/state/certificate/{serial}");
    lab.control("PUT", &path, &json!({"revoked": true})).await;
    let listed = lab.scm("web-team").get("/ssl/v1?status=Revoked").await;
    assert_eq!(listed.body.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_reset_puts_the_seed_back() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let before = lab.state().await;
    scm.post("/domain/v1", &domain("new.example.org")).await;
    let seeded = json!({"name": "seeded.example", "validated": true, "orgs": [101]});
    lab.control("PUT", "/state/domain", &seeded).await;
    let listed = scm.get("/dcv/v1/validation?domain=seeded.example").await;
    assert_eq!(listed.body[0]["dcvStatus"], "VALIDATED");
    lab.switch(json!({"scm.total_count": false})).await;
    lab.advance(86_400).await;
    lab.control(
        "POST",
        "/faults",
        &fault(json!({}), json!({"kind": "empty"})),
    )
    .await;
    lab.control("POST", "/reset", &Value::Null).await;
    assert!(lab.journal().await.is_empty());
    let after = lab.state().await;
    assert_eq!(after["scm"], before["scm"]);
    assert_eq!(after["acme"], before["acme"]);
    // Credentials of the ready line still work.
    let answer = scm.get("/domain/v1").await;
    assert_eq!(
        (answer.status, answer.header("x-total-count")),
        (200, Some("8"))
    );
}

#[tokio::test]
async fn bad_tls_on_purpose() {
    let lab = Lab::start();
    for setting in ["expired", "wrong_host"] {
        lab.switch(json!({"tls.certificate": setting})).await;
        let error = lab
            .http
            .get(format!("{}/organization/v1", lab.text("/scm/url")))
            .send()
            .await
            .expect_err("a client that checks must refuse");
        assert!(error.is_connect(), "{error:?}");
    }
    lab.switch(json!({"tls.certificate": "valid"})).await;
    assert_eq!(
        lab.scm("web-team").get("/organization/v1").await.status,
        200
    );
}

#[tokio::test]
async fn issuers_can_be_fetched_from_the_certificates() {
    let lab = Lab::start();
    let get = async |file: &str| {
        let url = format!("{}/ca/{file}", lab.text("/control"));
        Answer::of(lab.http.get(url).send().await.expect("an answer")).await
    };
    let answer = get("ECC-OV.crt").await;
    assert_eq!(answer.header("content-type"), Some("application/pkix-cert"));
    assert_eq!(get("ECC-XX.crt").await.status, 404);
}

#[test]
fn the_lab_ends_when_its_standard_input_closes() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright-lab"))
        .args(["serve", "--port-base", "0", "--exit-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the lab starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("its stdout"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("the ready line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let ca = ready["ca_file"].as_str().expect("a file").to_owned();
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    assert!(!std::path::Path::new(&ca).exists(), "it leaves no files");
}
