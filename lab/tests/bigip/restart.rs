//! Restarts, and who listens afterwards.

use crate::common::Lab;
use crate::common::port::Port;
use crate::device::{Device, VIRTUAL, handshake, refused, served};
use serde_json::{Value, json};
use tokio::net::TcpStream;

const PROFILE: &str = "tm/ltm/profile/client-ssl";

#[tokio::test]
async fn what_was_not_saved_is_lost() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for name in ["saved", "unsaved"] {
        let made = device.post(PROFILE, json!({"name": name})).await;
        assert_eq!(made.status, 200, "{}", made.text);
        if name == "saved" {
            device
                .post("tm/sys/config", json!({"command": "save"}))
                .await;
        }
    }
    lab.control("POST", "/bigip/reboot", &json!({"seconds": 90}))
        .await;
    let page = device.get("tm/sys").await;
    assert_eq!(page.status, 503);
    assert!(
        page.text.contains("Configuration Utility restarting..."),
        "{}",
        page.text
    );
    lab.switch(json!({"bigip.restarting": "unregistered"}))
        .await;
    refused(
        &device.get("tm/sys").await,
        404,
        "wait for /available suffix",
    );
    lab.switch(json!({"bigip.restarting": "mcpd_lost"})).await;
    refused(
        &device.get("tm/sys").await,
        500,
        "connection to mcpd has been lost",
    );
    lab.switch(json!({"bigip.restarting": "busy"})).await;
    refused(&device.get("tm/sys").await, 503, "active asynchronous task");
    assert!(
        served(&lab, "/bigip/virtual_servers/0", "x")
            .await
            .is_none()
    );
    assert_eq!(device.peer().get("tm/sys").await.status, 200);
    lab.advance(91).await;
    assert_eq!(device.get(&format!("{PROFILE}/saved")).await.status, 200);
    assert_eq!(device.get(&format!("{PROFILE}/unsaved")).await.status, 404);
    assert!(
        served(&lab, "/bigip/virtual_servers/0", "x")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn the_peer_takes_over_and_notices_the_loss() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    lab.control("PUT", "/bigip/ha", &json!({"mode": "pair"}))
        .await;
    device
        .patch(VIRTUAL, json!({"description": "synchronized, not saved"}))
        .await;
    let push = json!({"command": "run", "utilCmdArgs": "config-sync to-group failover-group"});
    device.post("tm/cm", push).await;
    lab.control(
        "POST",
        "/bigip/reboot",
        &json!({"unit": "a", "seconds": 60}),
    )
    .await;
    let state = lab.state().await;
    assert_eq!(state["bigip_ha"]["active"], "bigip-b.example.org");
    assert_eq!(state["bigip_ha"]["status"], "Disconnected");
    assert!(
        served(&lab, "/bigip/virtual_servers/0", "x")
            .await
            .is_some()
    );
    lab.advance(61).await;
    let state = lab.state().await;
    assert_eq!(state["bigip_ha"]["status"], "Changes Pending");
}

#[tokio::test]
async fn a_listener_ends_with_its_virtual_server() {
    let lab = Lab::start();
    let device = Device::of(&lab, "certs");
    for end in ["/reset", "/bigip/reboot"] {
        let port = Port::reserve();
        let address = format!("127.0.0.1:{}", port.number);
        let profiles =
            ["tcp", "clientssl"].map(|name| json!({"name": name, "partition": "Common"}));
        let server = json!({"name": "mine", "destination": address, "profiles": profiles});
        let made = device.post("tm/ltm/virtual", server).await;
        assert_eq!(made.status, 200, "{}", made.text);
        assert!(handshake(&address, "x").await.is_some());
        lab.control("POST", end, &Value::Null).await;
        // The task of the listener ends a moment after it was told to.
        for _ in 0..50 {
            if TcpStream::connect(&address).await.is_err() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(TcpStream::connect(&address).await.is_err(), "{end}");
    }
}
