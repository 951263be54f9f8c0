//! The work of other administrators stays theirs.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::firewall::{Firewall, certificate, check, deploy};

const TAG: &str = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/tag/entry[@name='t']";
const PROFILE: &str = "/config/shared/ssl-tls-service-profile/entry[@name='web']";

#[test]
fn what_others_have_pending_is_neither_committed_nor_reverted() {
    let firewall = Firewall::start(json!({}));
    firewall.set("alice", TAG, "<color>color1</color>");
    let done = deploy(&firewall.options()).ok();
    assert_eq!(certificate(&done)["proven"], true);
    let state = firewall.state();
    assert!(
        !state["firewall"]["running"]
            .as_str()
            .unwrap()
            .contains("color1")
    );
    assert!(
        state["firewall"]["candidate"]
            .as_str()
            .unwrap()
            .contains("color1")
    );
    assert_eq!(state["firewall"]["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn what_the_same_administrator_has_pending_elsewhere_stops_the_commit() {
    let firewall = Firewall::start(json!({}));
    firewall.set("api-cert", TAG, "<color>color1</color>");
    let failed = deploy(&firewall.options()).fails("an administrator of its own");
    assert!(failed.msg().contains("/tag"), "{}", failed.msg());
    let state = firewall.state();
    assert!(
        !state["firewall"]["running"]
            .as_str()
            .unwrap()
            .contains("color1")
    );
    assert_eq!(state["firewall"]["locks"], json!([]));
}

#[test]
fn a_pending_change_of_our_profile_is_named() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    deploy(&options).ok();
    firewall.set(
        "alice",
        PROFILE,
        "<protocol-settings><min-version>tls1-1</min-version></protocol-settings>",
    );
    options["certificates"][0]["force"] = json!(true);
    deploy(&options).fails("'alice' has a pending change of");
    assert!(
        firewall.state()["firewall"]["candidate"]
            .as_str()
            .unwrap()
            .contains("tls1-1")
    );
}

#[test]
fn locks_are_waited_for_and_named() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["lock_timeout"] = json!(1);
    for (kind, text) in [("commit", "commit-lock"), ("config", "locked by alice")] {
        let add = format!("<request><{kind}-lock><add/></{kind}-lock></request>");
        assert!(firewall.op("alice", &add).contains("success"));
        let failed = deploy(&options).fails("alice");
        assert!(
            failed.msg().contains(text) || kind == "commit",
            "{}",
            failed.msg()
        );
        let remove = format!("<request><{kind}-lock><remove/></{kind}-lock></request>");
        assert!(firewall.op("alice", &remove).contains("success"));
        assert_eq!(firewall.state()["firewall"]["locks"], json!([]), "{kind}");
    }
    assert_eq!(certificate(&deploy(&options).ok())["proven"], true);
    assert!(firewall.is_clean());
}

#[test]
fn a_lock_that_is_given_back_in_time_is_waited_for() {
    for kind in ["config", "commit"] {
        let firewall = Firewall::start(json!({}));
        let options = firewall.options();
        let lock = |what: &str| {
            let command = format!("<request><{kind}-lock><{what}/></{kind}-lock></request>");
            assert!(firewall.op("alice", &command).contains("success"));
        };
        lock("add");
        thread::scope(|scope| {
            let run = scope.spawn(|| deploy(&options));
            thread::sleep(Duration::from_secs(3));
            assert_eq!(firewall.running(), Vec::<String>::new());
            lock("remove");
            let done = run.join().unwrap().ok();
            assert_eq!(certificate(&done)["proven"], true, "{kind}");
        });
    }
}

#[test]
fn a_site_of_another_task_may_wait_for_its_signature() {
    let firewall = Firewall::start(json!({}));
    let mut waiting = firewall.sites(&["waiting.example.org"]);
    waiting["certificates"][0]["issuer"] = json!({"type": "external"});
    let asked = deploy(&waiting).ok();
    assert_eq!(
        certificate(&deploy(&firewall.options()).ok())["proven"],
        true
    );
    let still = deploy(&waiting).ok();
    assert!(!still.changed());
    assert_eq!(certificate(&asked)["csr"], certificate(&still)["csr"]);
}

#[test]
fn a_lock_that_a_killed_run_left_is_no_obstacle() {
    let firewall = Firewall::start(json!({"panos.locks_released_by_commit": false}));
    for kind in ["config", "commit"] {
        let add = format!("<request><{kind}-lock><add/></{kind}-lock></request>");
        assert!(firewall.op("api-cert", &add).contains("success"));
    }
    deploy(&firewall.options()).ok();
    assert!(firewall.is_clean(), "{:#}", firewall.state());
}

#[test]
fn a_lock_that_stayed_after_the_commit_is_given_back() {
    let firewall = Firewall::start(json!({}));
    let options = firewall.options();
    deploy(&options).ok();
    let add = "<request><commit-lock><add/></commit-lock></request>";
    assert!(firewall.op("api-cert", add).contains("success"));
    assert!(check(&options).ok().changed());
    assert!(!firewall.is_clean());
    assert!(deploy(&options).ok().changed());
    assert!(firewall.is_clean());
    assert!(!deploy(&options).ok().changed());
    // That of another one is none of our business.
    assert!(firewall.op("alice", add).contains("success"));
    assert!(!deploy(&options).ok().changed());
    assert!(!firewall.is_clean());
}

#[test]
fn a_request_that_somebody_reverted_is_made_anew() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["certificates"][0]["issuer"] = json!({"type": "external"});
    let first = deploy(&options).ok();
    assert!(
        firewall
            .op("alice", "<revert><config/></revert>")
            .contains("success")
    );
    let foretold = check(&options).ok();
    assert_eq!(certificate(&foretold)["action"], "request");
    let second = deploy(&options).ok();
    assert_ne!(certificate(&first)["csr"], certificate(&second)["csr"]);
    assert_eq!(firewall.candidate().len(), 1);
}

#[test]
fn a_certificate_that_the_firewall_calls_revoked_is_renewed() {
    let firewall = Firewall::start(json!({}));
    let options = firewall.options();
    deploy(&options).ok();
    let name = firewall
        .running()
        .into_iter()
        .find(|it| it.starts_with("www"))
        .unwrap();
    let command = format!(
        "<request><certificate><revoke><certificate-name>{name}</certificate-name></revoke></certificate></request>"
    );
    assert!(firewall.op("api-cert", &command).contains("success"));
    thread::sleep(Duration::from_millis(1100));
    let done = deploy(&options).ok();
    assert!(
        certificate(&done)["reasons"]
            .as_array()
            .unwrap()
            .contains(&json!("revoked")),
        "{:#}",
        done.result
    );
    assert_eq!(certificate(&done)["proven"], true);
    assert!(!deploy(&options).ok().changed());
}
