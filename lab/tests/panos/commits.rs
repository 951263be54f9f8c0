//! Commits, locks, and the work of others.

use crate::common::Lab;
use crate::device::{Device, P256, SHARED, state};
use serde_json::json;

const TAGS: &str =
    "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/tag";

#[tokio::test]
async fn a_partial_commit_leaves_the_work_of_others() {
    let lab = Lab::start();
    let cert = Device::login(&lab, "panos", "api-cert").await;
    let alice = Device::login(&lab, "panos", "alice").await;
    cert.generate("site", P256).await.good();
    alice
        .set(
            &format!("{TAGS}/entry[@name='hers']"),
            "<color>color1</color>",
        )
        .await
        .good();
    let mine = "<commit><partial><admin><member>api-cert</member></admin></partial></commit>";
    let job = cert.commit(mine).await;
    assert!(job.text.contains("<result>OK</result>"), "{}", job.text);
    cert.config("show", &format!("{SHARED}/entry[@name='site']"))
        .await
        .good();
    cert.config("show", TAGS)
        .await
        .refused(None, "No such node");
    let pending = alice
        .op("<show><config><list><changes/></list></config></show>")
        .await;
    assert!(
        pending.text.contains("<owner>alice</owner>"),
        "{}",
        pending.text
    );
    assert!(
        !pending.text.contains("<owner>api-cert</owner>"),
        "{}",
        pending.text
    );
    let nothing = cert.send(&[("type", "commit"), ("cmd", mine)]).await;
    assert!(
        nothing.good().text.contains("code=\"13\"><msg>The result"),
        "{}",
        nothing.text
    );
    alice.commit("<commit/>").await;
    let nothing = alice
        .send(&[("type", "commit"), ("cmd", "<commit></commit>")])
        .await;
    assert!(
        nothing
            .good()
            .text
            .contains("<msg>There are no changes to commit.</msg>"),
        "{}",
        nothing.text
    );
}

#[tokio::test]
async fn exclusions_leave_components_behind() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    device.generate("site", P256).await.good();
    device
        .set(&format!("{TAGS}/entry[@name='t']"), "<color>color1</color>")
        .await
        .good();
    let only_shared = "<commit><partial><description>d</description><device-and-network>excluded</device-and-network>\
        <policy-and-objects>excluded</policy-and-objects></partial></commit>";
    let job = device.commit(only_shared).await;
    assert!(
        job.text.contains("<description>d</description>"),
        "{}",
        job.text
    );
    device
        .config("show", TAGS)
        .await
        .refused(None, "No such node");
    device
        .config("show", &format!("{SHARED}/entry[@name='site']"))
        .await
        .good();
    let forced =
        "<commit><force><partial><admin><member>nobody</member></admin></partial></force></commit>";
    device.commit(forced).await;
    device
        .config("show", TAGS)
        .await
        .refused(None, "No such node");
}

#[tokio::test]
async fn jobs_take_their_time_one_after_the_other() {
    let lab = Lab::start();
    lab.switch(json!({"panos.commit_seconds": 60.0})).await;
    let device = Device::login(&lab, "panos", "admin").await;
    let mut jobs = Vec::new();
    for name in ["one", "two"] {
        device.generate(name, P256).await.good();
        let answer = device
            .send(&[("type", "commit"), ("cmd", "<commit/>")])
            .await;
        jobs.push(answer.between("<job>", "</job>").to_owned());
    }
    let show = async |job: &str| {
        device
            .op(&format!("<show><jobs><id>{job}</id></jobs></show>"))
            .await
            .text
    };
    assert!(show(&jobs[0]).await.contains("<status>ACT</status>"));
    assert!(show(&jobs[1]).await.contains("<status>PEND</status>"));
    device
        .op("<revert><config/></revert>")
        .await
        .refused(None, "Local commit jobs are queued");
    lab.advance(61).await;
    assert!(show(&jobs[0]).await.contains("<progress>100</progress>"));
    assert!(show(&jobs[1]).await.contains("<status>ACT</status>"));
    let entry = |name: &str| format!("{SHARED}/entry[@name='{name}']");
    device.config("show", &entry("one")).await.good();
    device
        .config("show", &entry("two"))
        .await
        .refused(None, "No such node");
    lab.advance(61).await;
    device.config("show", &entry("two")).await.good();
    device
        .op("<show><jobs><id>99</id></jobs></show>")
        .await
        .refused(Some(7), "job 99 not found");
}

#[tokio::test]
async fn locks_keep_others_out() {
    let lab = Lab::start();
    let cert = Device::login(&lab, "panos", "api-cert").await;
    let alice = Device::login(&lab, "panos", "alice").await;
    let add = |kind: &str| {
        format!("<request><{kind}-lock><add><comment>mine</comment></add></{kind}-lock></request>")
    };
    let remove = |kind: &str| format!("<request><{kind}-lock><remove/></{kind}-lock></request>");
    alice.op(&add("config")).await.good();
    cert.generate("site", P256)
        .await
        .refused(None, "Configuration is locked by alice");
    cert.op(&add("config"))
        .await
        .refused(None, "is currently locked by alice");
    cert.op(&remove("config"))
        .await
        .refused(None, "Config is not currently locked for scope shared");
    alice.op(&remove("config")).await.good();
    cert.generate("site", P256).await.good();

    alice.op(&add("commit")).await.good();
    let refused = cert.send(&[("type", "commit"), ("cmd", "<commit/>")]).await;
    refused.refused(
        Some(14),
        "Other administrators are holding device wide commit locks.",
    );
    let listed = cert.op("<show><commit-locks/></show>").await;
    assert!(
        listed.text.contains("<entry name=\"alice\">"),
        "{}",
        listed.text
    );
    alice.op(&remove("commit")).await.good();
    let listed = cert.op("<show><commit-locks/></show>").await;
    assert!(
        listed.text.contains("<result><commit-locks/></result>"),
        "{}",
        listed.text
    );
    cert.op(&add("commit")).await.good();
    cert.op(&add("commit"))
        .await
        .refused(None, "Commit lock is already held by api-cert");
    cert.commit("<commit/>").await;
    assert_eq!(state(&lab).await["firewall"]["locks"], json!([]));
}

#[tokio::test]
async fn a_revert_throws_keys_away() {
    let lab = Lab::start();
    let cert = Device::login(&lab, "panos", "api-cert").await;
    let alice = Device::login(&lab, "panos", "alice").await;
    cert.generate("site", P256).await.good();
    alice
        .set(
            &format!("{TAGS}/entry[@name='hers']"),
            "<color>color1</color>",
        )
        .await
        .good();
    let own = "<revert><config><partial><admin><member>alice</member></admin></partial></config></revert>";
    alice.op(own).await.good();
    cert.config("get", &format!("{SHARED}/entry[@name='site']"))
        .await
        .good();
    assert!(!cert.config("get", TAGS).await.text.contains("hers"));
    alice.op("<revert><config/></revert>").await.good();
    let gone = cert
        .config("get", &format!("{SHARED}/entry[@name='site']"))
        .await;
    assert!(gone.text.contains("code=\"7\""), "{}", gone.text);
}
