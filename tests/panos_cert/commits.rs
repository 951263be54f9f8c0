//! One commit, followed to its end, or everything as it was.

use serde_json::{Value, json};

use crate::firewall::{Firewall, certificate, check, deploy};

#[test]
fn twenty_certificates_come_with_one_commit() {
    let firewall = Firewall::start(json!({}));
    let names: Vec<String> = (0..20).map(|n| format!("site{n:02}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let options = firewall.sites(&names);
    let done = deploy(&options).ok();
    assert_eq!(done.result["commits"], 1);
    assert_eq!(done.result["certificates"].as_array().unwrap().len(), 20);
    let commits = |calls: Vec<String>| {
        calls
            .iter()
            .filter(|it| it.ends_with("/api/commit"))
            .count()
    };
    assert_eq!(commits(firewall.lab.writes()), 1);
    assert!(firewall.is_clean());

    firewall.lab.forget();
    assert!(!deploy(&options).ok().changed());
    let calls = firewall.lab.calls();
    let to_the_firewall = calls
        .iter()
        .filter(|it| it.contains("/api/"))
        .filter(|it| !it.contains("/api/domain"));
    let kinds: Vec<&String> = to_the_firewall
        .filter(|it| it.contains("keygen") || it.contains("config") || it.contains("/op"))
        .collect();
    assert_eq!(kinds.len(), 4, "{calls:?}");
    assert_eq!(firewall.lab.writes(), Vec::<String>::new());
}

#[test]
fn one_that_fails_does_not_hold_up_the_others() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.sites(&["good.example.org", "bad.nowhere.invalid"]);
    let done = deploy(&options).fails("bad.nowhere.invalid");
    assert_eq!(done.result["certificates"][0]["failed"], false);
    assert_eq!(done.result["commits"], 1);
    assert!(
        firewall
            .running()
            .iter()
            .any(|it| it.starts_with("good.example.org"))
    );
    options["certificates"].as_array_mut().unwrap().pop();
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn a_commit_that_fails_leaves_everything_as_it_was() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    let first = deploy(&options).ok();
    firewall
        .lab
        .switch(json!({"panos.commit_fails": "something else is wrong"}));
    options["certificates"][0]["names"] = json!(["www.example.org", "example.org"]);
    deploy(&options).fails("something else is wrong");
    let state = firewall.state();
    let candidate = state["firewall"]["candidate"].as_str().unwrap();
    let serving = firewall.running();
    let bound = serving.iter().find(|it| it.starts_with("www")).unwrap();
    assert!(
        candidate.contains(&format!("<certificate>{bound}</certificate>")),
        "{candidate}"
    );
    assert_eq!(state["firewall"]["locks"], json!([]));

    // The key and its certificate are there already.
    firewall.lab.switch(json!({"panos.commit_fails": ""}));
    firewall.lab.forget();
    let second = deploy(&options).ok();
    assert_eq!(certificate(&second)["action"], "activate");
    assert!(
        !firewall
            .lab
            .calls()
            .iter()
            .any(|it| it.contains("generate"))
    );
    assert_ne!(
        certificate(&first)["serial"],
        certificate(&second)["serial"]
    );
    assert!(firewall.is_clean());
}

#[test]
fn what_a_stopped_run_has_removed_is_committed_by_the_next() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    deploy(&options).ok();
    let switch = |text: &str| firewall.lab.switch(json!({"panos.commit_fails": text}));
    switch("something else is wrong");
    options["certificates"][0]["state"] = json!("absent");
    deploy(&options).fails("something else is wrong");
    switch("");
    assert!(check(&options).ok().changed());
    let done = deploy(&options).ok();
    assert_eq!(done.result["commits"], 1);
    assert_eq!(certificate(&done)["action"], "remove");
    assert_eq!(firewall.running(), Vec::<String>::new());
    assert!(firewall.is_clean());
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn what_is_committed_stays_so_although_the_lock_is_not_given_back() {
    let firewall = Firewall::start(json!({"panos.locks_released_by_commit": false}));
    let refused = "<response status=\"error\"><msg><line>not today</line></msg></response>";
    let action = json!({"kind": "status", "status": 200, "body": refused, "headers": {"Content-Type": "application/xml"}});
    let path = "/api/op/request/commit-lock/remove";
    firewall
        .lab
        .fault(json!({"path": path, "times": 0, "action": action}));
    let done = deploy(&firewall.options()).ok();
    assert_eq!(certificate(&done)["proven"], true);
    let warnings = done.result["warnings"].to_string();
    assert!(warnings.contains("not today"), "{warnings}");
    firewall.lab.control("DELETE", "/faults", &Value::Null);
    assert!(deploy(&firewall.options()).ok().changed());
    assert!(firewall.is_clean());
}

#[test]
fn a_wrong_answer_takes_the_switch_back() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    deploy(&options).ok();
    let serving = firewall.running();
    let bound = serving
        .iter()
        .find(|it| it.starts_with("www"))
        .unwrap()
        .clone();
    // Nobody shows the new certificate there.
    let gateway = &firewall.lab.ready["panos"]["services"][1];
    options["certificates"][0]["verify"]["port"] = gateway["port"].clone();
    options["certificates"][0]["verify"]["timeout"] = json!(1);
    options["certificates"][0]["names"] = json!(["www.example.org", "example.org"]);
    deploy(&options).fails("The switch was taken back");
    let state = firewall.state();
    let running = state["firewall"]["running"].as_str().unwrap();
    assert!(
        running.contains(&format!("<certificate>{bound}</certificate>")),
        "{running}"
    );
    assert!(firewall.is_clean());
}

#[test]
fn the_answer_to_a_commit_may_be_lost() {
    for kind in ["reset_after", "truncate"] {
        let firewall = Firewall::start(json!({}));
        firewall
            .lab
            .fault(json!({"path": "^/api/commit$", "action": {"kind": kind}}));
        let done = deploy(&firewall.options()).ok();
        assert_eq!(certificate(&done)["proven"], true, "{kind}");
        assert!(firewall.is_clean());
    }
}

#[test]
fn without_a_commit_everything_stays_in_the_candidate() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["commit"] = json!(false);
    let done = deploy(&options).ok();
    assert_eq!(done.result["commits"], 0);
    assert_eq!(firewall.running(), Vec::<String>::new());
    assert!(
        firewall
            .candidate()
            .iter()
            .any(|it| it.starts_with("www.example.org_"))
    );
    assert!(!deploy(&options).ok().changed());
    options["commit"] = json!(true);
    let done = deploy(&options).ok();
    assert_eq!(certificate(&done)["action"], "bind");
    assert_eq!(certificate(&done)["proven"], true);
}

#[test]
fn a_job_that_takes_longer_than_the_task_is_told() {
    let firewall = Firewall::start(json!({"panos.commit_seconds": 3600.0}));
    let mut options = firewall.options();
    options["deadline"] = json!(20);
    let failed = deploy(&options).fails("has not ended in time");
    assert!(failed.msg().contains("job 1"), "{}", failed.msg());
}
