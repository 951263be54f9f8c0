//! Domain control validation.

use crate::common::Lab;
use serde_json::json;

#[tokio::test]
async fn validation_runs_from_start_to_expiry() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    lab.switch(json!({"scm.dcv_days": 10})).await;
    let wish = json!({"domain": "example.edu"});
    let status = async || {
        let answer = scm.post("/dcv/v2/validation/status", &wish).await.body;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        (text("status"), text("orderStatus"))
    };
    let is = |pair: (&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    assert_eq!(status().await, is(("NOT_VALIDATED", "NOT_INITIATED")));
    lab.scm("limited")
        .post("/dcv/v2/validation/status", &wish)
        .await
        .is_refused(400, -3);
    let early = scm
        .post("/dcv/v1/validation/submit/domain/cname", &wish)
        .await;
    early.is_refused(400, -724);
    let low = json!({"domain": "library.example.org"});
    scm.post("/dcv/v1/validation/start/domain/cname", &low)
        .await
        .is_refused(400, -723);
    let unknown = json!({"domain": "unknown.example"});
    scm.post("/dcv/v1/validation/start/domain/cname", &unknown)
        .await
        .is_refused(400, -727);

    let start = "/dcv/v1/validation/start/domain/cname";
    let record = scm.post(start, &wish).await.body;
    assert_eq!(scm.post(start, &wish).await.body, record, "a stable pair");
    let host = record["host"].as_str().expect("a host");
    assert!(host.starts_with('_') && host.ends_with(".example.edu."));
    let file = scm
        .post("/dcv/v1/validation/start/domain/http", &wish)
        .await
        .body;
    let line = file["firstLine"].as_str().expect("a line");
    let point = record["point"].as_str().expect("a target").replace('.', "");
    assert!(point.starts_with(line), "one pair for all methods");
    scm.post(start, &wish).await;
    let submit = "/dcv/v1/validation/submit/domain/cname";
    let submitted = scm.post(submit, &wish).await.body;
    assert_eq!(submitted["orderStatus"], "SUBMITTED");
    assert_eq!(submitted["message"], "Submitted successfully");
    scm.post(submit, &wish).await.is_refused(400, -724);

    // Nothing published: the check fails and comes again two hours later.
    lab.advance(60).await;
    assert_eq!(status().await, is(("NOT_VALIDATED", "SUBMITTED")));
    let records = json!({"records": [{"name": host, "type": "CNAME", "value": record["point"]}]});
    lab.control("PUT", "/state/dns", &records).await;
    lab.advance(60).await;
    assert_eq!(status().await, is(("NOT_VALIDATED", "SUBMITTED")));
    let synced = scm.post("/dcv/v2/validation/sync?force=true", &wish).await;
    assert_eq!(synced.body["status"], "VALIDATED", "{}", synced.text);
    assert_eq!(status().await, is(("VALIDATED", "NOT_INITIATED")));
    // The wildcard twin inherits.
    let twin = scm.get("/domain/v1/506").await.body;
    assert_eq!(twin["validationStatus"], "VALIDATED");

    lab.advance(11 * 86_400).await;
    assert_eq!(status().await, is(("EXPIRED", "NOT_INITIATED")));

    let cleared = scm.post("/dcv/v1/validation/clear", &wish).await.body;
    assert_eq!(
        cleared["message"],
        "DCV status: Not validated; DCV order status: Not initiated"
    );
    assert_ne!(scm.post(start, &wish).await.body, record, "a new pair");
}

#[tokio::test]
async fn a_txt_validation_is_rejected_when_the_switch_says_so() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    lab.switch(json!({"scm.dcv_rejects": true, "scm.dcv_check_seconds": 0}))
        .await;
    let wish = json!({"domain": "example.edu"});
    let submitted = scm
        .post("/dcv/v1/validation/submit/domain/txt", &wish)
        .await
        .body;
    assert_eq!(submitted["host"], "_pki-validation.example.edu.");
    let status = scm.post("/dcv/v1/validation/status", &wish).await.body;
    assert_eq!(status["orderStatus"], "REJECTED");
    lab.switch(json!({"scm.dcv_enabled": false})).await;
    scm.post("/dcv/v1/validation/status", &wish)
        .await
        .is_refused(400, -1608);
    let details = scm.get("/domain/v1/501").await.body;
    assert!(details["validationStatus"].is_null());
}

/// A DNS server that answers every question with one CNAME record.
async fn dns_server(target: &str) -> u16 {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0")
        .await
        .expect("a socket");
    let port = socket.local_addr().expect("an address").port();
    let mut name = Vec::new();
    for label in target.trim_end_matches('.').split('.') {
        name.push(u8::try_from(label.len()).expect("a label"));
        name.extend(label.bytes());
    }
    name.push(0);
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            let mut answer = buffer[..length].to_vec();
            answer[2] |= 0x80;
            answer[7] = 1;
            // The owner is a pointer to the question; type CNAME, class IN.
            answer.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0]);
            answer.push(u8::try_from(name.len()).expect("a short name"));
            answer.extend(&name);
            let _ = socket.send_to(&answer, peer).await;
        }
    });
    port
}

#[tokio::test]
async fn a_real_dns_server_is_asked() {
    let lab = Lab::start();
    let scm = lab.scm("web-team");
    let wish = json!({"domain": "example.edu"});
    let record = scm
        .post("/dcv/v1/validation/start/domain/cname", &wish)
        .await
        .body;
    scm.post("/dcv/v1/validation/submit/domain/cname", &wish)
        .await;
    let sync = "/dcv/v1/validation/sync?force=true";
    let wrong = dns_server("elsewhere.invalid").await;
    lab.switch(json!({"dns.server": format!("127.0.0.1:{wrong}")}))
        .await;
    let answer = scm.post(sync, &wish).await.body;
    assert_eq!(answer["status"], "NOT_VALIDATED");
    let right = dns_server(record["point"].as_str().expect("a target")).await;
    lab.switch(json!({"dns.server": format!("127.0.0.1:{right}")}))
        .await;
    let answer = scm.post(sync, &wish).await.body;
    assert_eq!(answer["status"], "VALIDATED");
}
