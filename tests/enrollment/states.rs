//! Declined, rejected, revoked, replaced.

use super::*;

#[test]
fn what_has_ended_is_told_apart_and_not_ordered_again_unasked() {
    for (status, text) in [
        ("Declined", "declined by an administrator"),
        ("Rejected", "rejected by the CA"),
        ("Invalid", "is invalid"),
        ("Replaced", "has been replaced"),
    ] {
        let lab = Lab::with(json!({"scm.order_approval": "always"}));
        let options = options(&lab, &json!({}));
        let first = run(MODULE, options.clone()).ok();
        let path = format!("/state/ssl/{}", id(&first.result));
        lab.control("PUT", &path, &json!({"status": status}));
        run(MODULE, options.clone()).fails(text);
        check(MODULE, options.clone()).fails(text);
        assert_eq!(orders(&lab).len(), 1);
        let again = with(options, &json!({"reorder": true}));
        assert_eq!(
            check(MODULE, again.clone()).ok().result["actions"],
            json!(["enroll"])
        );
        run(MODULE, again.clone()).ok();
        assert!(
            !run(MODULE, again).ok().changed(),
            "the new order is followed"
        );
        assert_eq!(orders(&lab).len(), 2);
    }
}

#[test]
fn a_rejection_while_it_is_waited_for_is_told() {
    let lab = Lab::with(json!({"scm.ca_rejects": true, "scm.issue_seconds": 1}));
    let failed = run(MODULE, options(&lab, &json!({}))).fails("rejected by the CA");
    assert!(failed.changed(), "an order was placed");
}

#[test]
fn words_nobody_documents_mean_waiting() {
    let lab = Lab::with(json!({"scm.order_approval": "always"}));
    let options = options(&lab, &json!({"deadline": 10}));
    let first = run(MODULE, options.clone()).ok();
    let path = format!("/state/ssl/{}", id(&first.result));
    lab.control("PUT", &path, &json!({"status": "SA Approved"}));
    let waiting = run(MODULE, options).ok();
    assert!(
        waiting.result["waiting"]
            .as_str()
            .unwrap()
            .contains("SA_APPROVED")
    );
}

#[test]
fn revoked_once_by_id_and_by_serial() {
    for (twice, filter) in [("-159", "colons"), ("-102", "plain")] {
        let lab = Lab::with(json!({
            "scm.revoke_twice": twice, "scm.serial_filter": filter, "scm.reason_code_required": true,
        }));
        let options = options(&lab, &json!({}));
        let issued = run(MODULE, options.clone()).ok();
        let serial = issued.result["facts"]["serial"].as_str().unwrap();
        let revoke = json!({
            "scm": lab.scm(), "state": "revoked", "serial": serial, "reason": "key_compromise",
            "message": "broken into",
        });
        let foretold = check(MODULE, revoke.clone()).ok();
        let done = run(MODULE, revoke.clone()).ok();
        assert!(foretold.changed() && done.changed());
        assert_eq!(done.result["order"]["status"], "REVOKED");
        assert_eq!(done.result["order"]["reason_code"], 1);
        let by_id = with(revoke, &json!({"serial": null, "id": id(&issued.result)}));
        assert!(!run(MODULE, by_id).ok().changed());
        run(MODULE, options).fails("has been revoked");
    }
}

#[test]
fn revoked_by_two_at_once_is_no_error() {
    for twice in ["-159", "-102"] {
        let lab = Lab::with(json!({"scm.revoke_twice": twice}));
        let issued = run(MODULE, options(&lab, &json!({}))).ok();
        let revoke = json!({"scm": lab.scm(), "state": "revoked", "id": id(&issued.result)});
        // Somebody else revokes between the look and the call: SCM does not know the answer yet.
        lab.latency(200);
        let ran: Vec<_> = std::thread::scope(|scope| {
            let both = [(), ()].map(|()| {
                let revoke = revoke.clone();
                scope.spawn(move || run(MODULE, revoke).ok())
            });
            both.map(|it| it.join().unwrap()).into()
        });
        assert!(ran.iter().filter(|it| it.changed()).count() == 1, "{twice}");
    }
}

#[test]
fn a_right_that_is_missing_is_told_by_its_name() {
    let lab = Lab::start();
    let issued = run(MODULE, options(&lab, &json!({}))).ok();
    let of = |state: &str| json!({"scm": lab.scm_as("no-domains"), "state": state, "id": id(&issued.result), "csr": csr(&[NAME])});
    for (state, right) in [("revoked", "sslRevoke"), ("replaced", "sslReplace")] {
        let denied = run(MODULE, of(state)).fails("-3");
        assert_eq!(denied.result["manual_actions"][0]["right"], right);
        assert!(!denied.changed());
    }
}

#[test]
fn a_request_is_not_revoked_but_declined() {
    let lab = Lab::with(json!({"scm.order_approval": "always"}));
    let asked = run(MODULE, options(&lab, &json!({}))).ok();
    let of = |state: &str, login: &str| json!({"scm": lab.scm_as(login), "state": state, "id": id(&asked.result)});
    run(MODULE, of("revoked", "web-team")).fails("decline the request");
    let denied = run(MODULE, of("approved", "no-domains"));
    assert_eq!(
        denied.fails("-3").result["manual_actions"][0]["right"],
        "sslApprove"
    );
    assert!(check(MODULE, of("declined", "mrao-admin")).ok().changed());
    assert!(run(MODULE, of("declined", "mrao-admin")).ok().changed());
    assert!(!run(MODULE, of("declined", "mrao-admin")).ok().changed());
    run(MODULE, of("approved", "mrao-admin")).fails("is DECLINED");
}

#[test]
fn replaced_by_another_key_under_the_same_number() {
    let lab = Lab::start();
    let options = options(&lab, &json!({}));
    let old = run(MODULE, options).ok();
    let replace = json!({
        "scm": lab.scm(), "state": "replaced", "id": id(&old.result),
        "csr": csr(&[NAME, "new.example.org"]), "message": "new key",
    });
    assert!(check(MODULE, replace.clone()).ok().changed());
    let new = run(MODULE, replace.clone()).ok();
    assert!(new.changed());
    assert_eq!(id(&new.result), id(&old.result));
    assert_eq!(
        new.result["facts"]["not_after"],
        old.result["facts"]["not_after"]
    );
    assert_eq!(
        new.result["facts"]["names"],
        json!(["new.example.org", NAME])
    );
    let again = run(MODULE, replace).ok();
    assert!(!again.changed());
    assert_eq!(again.result["certificate"], new.result["certificate"]);
}

#[test]
fn a_replacement_that_takes_its_time_is_collected_by_a_later_run_and_asked_for_once() {
    for lost in [false, true] {
        let lab = Lab::start();
        go_back(&lab, DAY);
        let old = run(MODULE, options(&lab, &json!({}))).ok();
        lab.switch(json!({"scm.issue_seconds": 3600}));
        let replace = json!({
            "scm": lab.scm(), "state": "replaced", "id": id(&old.result), "csr": csr(&[NAME]), "deadline": 15,
        });
        if lost {
            lab.fault(json!({"path": "/replace/", "action": {"kind": "reset_after"}}));
        }
        lab.forget();
        let first = run(MODULE, replace.clone()).ok();
        assert!(
            first.changed() && first.result["waiting"].is_string(),
            "{lost}"
        );
        for ran in [check(MODULE, replace.clone()), run(MODULE, replace.clone())] {
            let ran = ran.ok();
            assert!(
                !ran.changed() && ran.result["waiting"].is_string(),
                "{lost}"
            );
        }
        lab.advance(3600);
        let last = run(MODULE, replace).ok();
        assert!(last.result["certificate"].is_string() && !last.changed());
        assert_eq!(
            last.result["facts"]["not_after"],
            old.result["facts"]["not_after"]
        );
        let asked = lab
            .calls()
            .iter()
            .filter(|it| it.contains("/replace/"))
            .count();
        assert_eq!(asked, 1, "{lost}");
    }
}
