//! Others at work at the same time.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bigip::{Bigip, DEPLOY, SITE};
use crate::common::{Lab, run, with};
use crate::prober::Prober;

fn quiet(more: Value) -> Value {
    with(json!({"renew": {"ari": false}}), &more)
}

fn prober(lab: &Lab) -> Prober {
    let roots = lab.ready["issuing_root_file"].as_str();
    Prober::start(Bigip(lab).address("/Common/www_https"), SITE, roots)
}

/// Holds the first call to `path` back, and tells when it is there.
fn hold(lab: &Lab, path: &str, seconds: f64) {
    lab.forget();
    lab.fault(json!({"path": path, "action": {"kind": "delay", "seconds": seconds}}));
}

fn wait_for(lab: &Lab, path: &str) {
    let started = Instant::now();
    while !lab.calls().iter().any(|it| it.ends_with(path)) {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{path} is not called"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn two_runs_at_once_for_one_site() {
    for security in ["password", "normal"] {
        let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
        let bigip = Bigip(&lab);
        run(
            DEPLOY,
            bigip.options(quiet(json!({"key_security": security}))),
        )
        .ok();
        let prober = prober(&lab);
        let options = bigip.options(quiet(
            json!({"key_security": security, "names": [SITE, "example.org"]}),
        ));
        thread::scope(|scope| {
            let first = scope.spawn(|| run(DEPLOY, options.clone()));
            let second = scope.spawn(|| run(DEPLOY, options.clone()));
            let done = [first.join().unwrap(), second.join().unwrap()];
            for it in done.iter().filter(|it| it.failed()) {
                println!("one of two runs: {}", it.msg());
            }
        });
        let last = run(DEPLOY, options.clone()).ok();
        let idle = run(DEPLOY, options).ok();
        assert!(!idle.changed(), "{:#}\n{:#}", idle.result, bigip.state());
        assert_eq!(
            last.result["certificates"][0]["serial"],
            bigip.serial("/Common/www_https", SITE, &[])
        );
        let state = bigip.state();
        let keys = state["keys"].as_array().unwrap().len();
        assert_eq!(keys, 2, "the device's own and ours: {state:#}");
        assert_eq!(state["requests"], json!([]));
        prober.stop().unwrap();
    }
}

#[test]
fn two_runs_at_once_for_two_sites_of_one_device() {
    let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
    let bigip = Bigip(&lab);
    let options = |name: &str, server: &str, partition: &str| {
        bigip.options(quiet(
            json!({"names": [name], "virtual_servers": [server], "partition": partition}),
        ))
    };
    let sites = [
        options(SITE, "/Common/www_https", "Common"),
        options("example.org", "/Web/shop_https", "Web"),
    ];
    thread::scope(|scope| {
        let runs: Vec<_> = sites
            .iter()
            .map(|it| scope.spawn(|| run(DEPLOY, it.clone())))
            .collect();
        for it in runs {
            it.join().unwrap().ok();
        }
    });
    for it in &sites {
        assert!(!run(DEPLOY, it.clone()).ok().changed());
    }
    assert_eq!(bigip.state()["files"], json!([]));
    assert_eq!(bigip.state()["saved"], true);
}

#[test]
fn two_runs_at_once_for_two_sites_of_a_pair() {
    let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
    let bigip = Bigip(&lab);
    let pair = json!({"mode": "pair", "auto_sync": false, "active": "a", "sync_seconds": 0.1});
    lab.control("PUT", "/bigip/ha", &pair);
    let other = json!({"names": ["example.org"], "virtual_servers": ["/Web/shop_https"], "partition": "Web"});
    let (first, second) = (bigip.options(quiet(json!({}))), bigip.options(quiet(other)));
    // The second one has looked for the mark of others before the first one begins, and at the state of the group after.
    hold(&lab, "/cm/device$", 4.0);
    thread::scope(|scope| {
        let late = scope.spawn(|| run(DEPLOY, second.clone()));
        wait_for(&lab, "/cm/device");
        lab.fault(json!({"path": "/finalize$", "action": {"kind": "delay", "seconds": 8.0}}));
        let early = scope.spawn(|| run(DEPLOY, first.clone()));
        late.join().unwrap().ok();
        early.join().unwrap().ok();
    });
    for it in [first, second] {
        assert!(!run(DEPLOY, it).ok().changed());
    }
    assert_eq!(
        lab.control("GET", "/state", &Value::Null)["bigip_ha"]["status"],
        "In Sync"
    );
}

#[test]
fn a_failover_between_two_steps() {
    let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
    let bigip = Bigip(&lab);
    let pair = json!({"mode": "pair", "auto_sync": false, "active": "a", "sync_seconds": 0.1});
    lab.control("PUT", "/bigip/ha", &pair);
    let both = |more: Value| {
        with(
            bigip.options(quiet(more)),
            &json!({"provider": null, "providers": [bigip.provider(), bigip.peer()]}),
        )
    };
    run(DEPLOY, both(json!({}))).ok();
    let prober = prober(&lab);
    let options = both(json!({"names": [SITE, "example.org"]}));
    hold(&lab, "/finalize$", 3.0);
    thread::scope(|scope| {
        let running = scope.spawn(|| run(DEPLOY, options.clone()));
        wait_for(&lab, "/finalize");
        lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
        running.join().unwrap().fails("has handed over");
    });
    // What was prepared is with the new active unit: nothing is ordered twice.
    lab.forget();
    let last = run(DEPLOY, options.clone()).ok();
    assert!(
        !lab.calls().iter().any(|it| it.ends_with("/finalize")),
        "{:?}",
        lab.calls()
    );
    assert_eq!(
        last.result["certificates"][0]["serial"],
        bigip.serial("/Common/www_https", SITE, &[])
    );
    assert!(!run(DEPLOY, options).ok().changed());
    prober.stop().unwrap();
}

#[test]
fn another_administrators_change_in_the_middle() {
    let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
    let bigip = Bigip(&lab);
    run(DEPLOY, bigip.options(quiet(json!({})))).ok();
    let prober = prober(&lab);
    let options = bigip.options(quiet(
        json!({"names": [SITE, "example.org"], "profile": {"sni_default": true}}),
    ));
    let profile = json!({"name": "/Common/theirs", "serverName": "other.example.org", "defaultsFrom": "/Common/clientssl"});
    hold(&lab, "/finalize$", 3.0);
    thread::scope(|scope| {
        let running = scope.spawn(|| run(DEPLOY, options.clone()));
        wait_for(&lab, "/finalize");
        // Theirs comes to the virtual server, so ours has to be the default first.
        let ours = bigip.state()["virtual_servers"].to_string();
        let ours = ours
            .split('"')
            .find(|it| it.starts_with("/Common/www.example.org_"))
            .unwrap()
            .replace('/', "~");
        bigip.meddle(
            "PATCH",
            &format!("/mgmt/tm/ltm/profile/client-ssl/{ours}"),
            json!({"sniDefault": true}),
        );
        bigip.meddle("POST", "/mgmt/tm/ltm/profile/client-ssl", profile);
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/virtual/~Common~www_https/profiles",
            json!({"name": "/Common/theirs", "context": "clientside"}),
        );
        running.join().unwrap().ok();
    });
    let servers = bigip.state()["virtual_servers"].to_string();
    assert!(servers.contains("/Common/theirs"), "it stays: {servers}");
    assert!(!run(DEPLOY, options).ok().changed());
    prober.stop().unwrap();
}

#[test]
fn a_restart_after_a_killed_run_brings_the_old_configuration_back_and_the_next_run_mends_it() {
    let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
    let bigip = Bigip(&lab);
    run(DEPLOY, bigip.options(quiet(json!({})))).ok();
    let options = bigip.options(quiet(json!({"names": [SITE, "example.org"]})));
    hold(&lab, "/tm/sys/config$", 30.0);
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", DEPLOY])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, options.to_string().as_bytes()).unwrap();
    drop(stdin);
    wait_for(&lab, "/tm/sys/config");
    child.kill().unwrap();
    child.wait().unwrap();
    lab.control("DELETE", "/faults", &Value::Null);
    lab.control("POST", "/bigip/reboot", &json!({}));
    let last = run(DEPLOY, options.clone()).ok();
    assert_eq!(
        last.result["certificates"][0]["serial"],
        bigip.serial("/Common/www_https", SITE, &[])
    );
    assert!(!run(DEPLOY, options).ok().changed());
    assert_eq!(bigip.state()["requests"], json!([]));
}
