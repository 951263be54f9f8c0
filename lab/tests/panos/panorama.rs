//! Templates, and their way to the firewalls.

use crate::common::Lab;
use crate::device::{Authority, Device, P256, SETTINGS, state};
use serde_json::json;

const TEMPLATE: &str = "/config/devices/entry[@name='localhost.localdomain']/template/entry[@name='web-template']/config";

#[tokio::test]
async fn commands_go_to_the_template_that_is_the_target() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panorama", "admin").await;
    device.generate("own", P256).await.good();
    device
        .config("get", "/config/panorama/certificate/entry[@name='own']")
        .await
        .good();
    let target = |inner: &str| {
        format!("<set><system><setting><target>{inner}</target></setting></system></set>")
    };
    device
        .op(&target("<template><name>none-such</name></template>"))
        .await
        .refused(None, "doesn't exist");
    device
        .op(&target(
            "<template><name>web-template</name><vsys>vsys1</vsys></template>",
        ))
        .await
        .good();
    device.generate("inner", P256).await.good();
    let vsys = format!(
        "{TEMPLATE}/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/certificate"
    );
    assert!(
        device
            .config("get", &vsys)
            .await
            .text
            .contains("name=\"inner\"")
    );
    device.op(&target("<none/>")).await.good();

    let (certificate, _) = Authority::new().pair();
    let parameters = [
        ("category", "certificate"),
        ("certificate-name", "leaf"),
        ("target-tpl", "web-template"),
        ("target-tpl-vsys", "vsys1"),
    ];
    device.import(&parameters, &certificate).await.good();
    assert!(
        device
            .config("get", &format!("{TEMPLATE}/shared/certificate"))
            .await
            .text
            .contains("name=\"leaf\"")
    );
    lab.switch(json!({"panos.template_vsys": "accepted"})).await;
    device.import(&parameters, &certificate).await.good();
    assert!(
        device
            .config("get", &vsys)
            .await
            .text
            .contains("name=\"leaf\"")
    );
}

#[tokio::test]
async fn a_push_takes_what_is_committed() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panorama", "admin").await;
    let profile = format!("{TEMPLATE}/shared/ssl-tls-service-profile/entry[@name='p']");
    device.set(&profile, SETTINGS).await.good();
    let push = async || {
        let command =
            "<commit-all><template-stack><name>web-stack</name></template-stack></commit-all>";
        let answer = device
            .send(&[("type", "commit"), ("action", "all"), ("cmd", command)])
            .await;
        device
            .finished(answer.good().between("<job>", "</job>"))
            .await
    };
    push().await;
    assert!(
        !state(&lab).await["firewall"]["pushed"]
            .to_string()
            .contains("name='p'")
    );
    device.commit("<commit/>").await;
    let serial = lab.text("/panos_peer/serial");
    lab.switch(json!({"panos.disconnected": [serial]})).await;
    let job = push().await;
    assert!(job.text.contains("<result>FAIL</result>"), "{}", job.text);
    assert!(job.text.contains("Device is not connected"), "{}", job.text);
    let after = state(&lab).await;
    let has = |unit: &str| {
        after[unit]["pushed"]
            .as_str()
            .is_some_and(|it| it.contains("name=\"p\""))
    };
    assert!(has("firewall") && !has("peer"));
    let show = "<show><template-stack><name>web-stack</name></template-stack></show>";
    let stacks = device.op(show).await.text;
    let (_, behind) = stacks
        .split_once(&format!("<serial>{serial}</serial>"))
        .expect("the serial number");
    assert!(behind.contains("Out of Sync"), "{stacks}");
    assert_eq!(stacks.matches("In Sync").count(), 1, "{stacks}");
}

#[tokio::test]
async fn one_of_two_panoramas_says_what_it_is() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panorama", "admin").await;
    let show = "<show><high-availability><state/></high-availability></show>";
    assert!(device.op(show).await.text.contains("<enabled>no</enabled>"));
    let pair = json!({"panorama": "secondary-passive"});
    lab.control("PUT", "/panos/ha", &pair).await;
    let shown = device.op(show).await.text;
    let local = "<local-info><state>secondary-passive</state></local-info>";
    assert!(shown.contains(local), "{shown}");
    assert!(!shown.contains("<group>"), "{shown}");
}

#[tokio::test]
async fn descriptions_have_an_end() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let command = format!(
        "<commit><description>{}</description></commit>",
        "x".repeat(513)
    );
    let long = [("type", "commit"), ("cmd", command.as_str())];
    device.send(&long).await.refused(Some(17), "description");
}

#[tokio::test]
async fn requests_are_forwarded_by_serial_number() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panorama", "admin").await;
    let serial = lab.text("/panos_peer/serial");
    let info = [
        ("type", "op"),
        ("cmd", "<show><system><info/></system></show>"),
        ("target", serial.as_str()),
    ];
    let shown = device.send(&info).await;
    assert_eq!(shown.good().between("<serial>", "</serial>"), serial);
    let nobody = [("type", "op"), ("cmd", "<show/>"), ("target", "1")];
    device.send(&nobody).await.refused(None, "not connected");
}
