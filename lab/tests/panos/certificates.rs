//! Keys and requests made on the device, and certificates imported.

use crate::common::Lab;
use crate::device::{Authority, Device, P256, SHARED};
use serde_json::json;

#[tokio::test]
async fn a_request_is_signed_and_its_certificate_takes_its_place() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "api-cert").await;
    device.generate("site", P256).await.good();
    let entry = format!("{SHARED}/entry[@name='site']");
    let shown = device.config("get", &entry).await;
    assert!(
        shown.text.contains("<csr>-----BEGIN CERTIFICATE REQUEST"),
        "{}",
        shown.text
    );
    assert!(shown.text.contains("admin=\"api-cert\""), "{}", shown.text);
    device
        .generate("site", P256)
        .await
        .refused(None, "already exists");

    let authority = Authority::new();
    let other = authority.pair();
    device.import_certificate("site", &other.0).await.refused(
        None,
        "Import of site failed. private key doesn't exist for csr",
    );
    let request = device.request("site").await;
    device
        .import_certificate("site", &authority.sign(&request))
        .await
        .good();
    let shown = device.config("get", &entry).await;
    for part in [
        "<public-key>",
        "<expiry-epoch>",
        "<algorithm>EC</algorithm>",
        "<ca>no</ca>",
        "<private-key>-AQ==",
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    assert!(!shown.text.contains("<csr>"), "{}", shown.text);
    assert!(!shown.text.contains("BEGIN PRIVATE KEY"), "{}", shown.text);
    device
        .config("show", &entry)
        .await
        .refused(None, "No such node");
}

#[tokio::test]
async fn every_key_of_the_device_signs_its_request() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "api-cert").await;
    let rsa = "<RSA><rsa-nbits>2048</rsa-nbits></RSA>";
    let p384 = "<ECDSA><ecdsa-nbits>384</ecdsa-nbits></ECDSA>";
    for (name, algorithm) in [("rsa", rsa), ("p384", p384)] {
        device.generate(name, algorithm).await.good();
        // Reading it checks the signature.
        Authority::new().sign(&device.request(name).await);
    }
    let p521 = "<ECDSA><ecdsa-nbits>521</ecdsa-nbits></ECDSA>";
    device
        .generate("p521", p521)
        .await
        .refused(None, "unsupported");
    lab.switch(json!({"panos.p521": "accepted"})).await;
    device.generate("p521", p521).await.good();
}

#[tokio::test]
async fn arguments_outside_of_the_grammar_are_refused() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "api-cert").await;
    for name in ["*.example.org", "_site", &"x".repeat(64)] {
        let answer = device.generate(name, P256).await;
        answer.refused(
            Some(17),
            "request -> certificate -> generate -> certificate-name",
        );
    }
    let five = ["a", "b", "c", "d", "e"].map(|name| format!("<member>{name}.example.org</member>"));
    let five = five.concat();
    let command = format!(
        "<request><certificate><generate><certificate-name>many</certificate-name><name>www.example.org</name>\
         <algorithm>{P256}</algorithm><signed-by>external</signed-by><hostname>{five}</hostname>\
         </generate></certificate></request>"
    );
    device.op(&command).await.refused(Some(17), "hostname");
    lab.switch(json!({"panos.max_san_per_kind": 100})).await;
    device.op(&command).await.good();

    let panorama = Device::login(&lab, "panorama", "api-cert").await;
    let long = "x".repeat(32);
    panorama
        .generate(&long, P256)
        .await
        .refused(Some(17), "certificate-name");
    device.generate(&long, P256).await.good();
}

#[tokio::test]
async fn imports_are_checked() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "api-cert").await;
    let authority = Authority::new();
    let (certificate, key) = authority.pair();
    let import = async |category: &str, passphrase: &str, file: &str| {
        let mut parameters = vec![("category", category), ("certificate-name", "pair")];
        if !passphrase.is_empty() {
            parameters.push(("passphrase", passphrase));
        }
        device.import(&parameters, file).await
    };
    import("certificate", "", "no PEM")
        .await
        .refused(None, "Failed to find begining of certificate");
    import("certificate", "", &key)
        .await
        .refused(None, "Import of pair failed. Failed to extract certificate");
    import("private-key", "123456", &key)
        .await
        .refused(None, "Import of pair failed");
    import("keypair", "", &format!("{key}{certificate}"))
        .await
        .refused(Some(17), "passphrase");
    let (other, _) = authority.pair();
    import("keypair", "123456", &format!("{key}{other}"))
        .await
        .refused(None, "private key mismatch");
    import("keypair", "123456", &format!("{key}{certificate}"))
        .await
        .good();
    import("private-key", "12345", &key)
        .await
        .refused(Some(17), "passphrase");
    import("private-key", "123456", &key).await.good();
    lab.advance(86_400 * 365 * 3000).await;
    import("certificate", "", &certificate)
        .await
        .refused(None, "Certificate is expired");
}

#[tokio::test]
async fn keys_that_are_blocked_stay() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "api-cert").await;
    let command = format!(
        "<request><certificate><generate><certificate-name>site</certificate-name><name>www.example.org</name>\
         <algorithm>{P256}</algorithm><signed-by>external</signed-by><block-private-key>yes</block-private-key>\
         </generate></certificate></request>"
    );
    device.op(&command).await.good();
    let parameters = [
        ("type", "export"),
        ("category", "certificate"),
        ("certificate-name", "site"),
        ("format", "pem"),
        ("include-key", "yes"),
        ("passphrase", "123456"),
    ];
    device.send(&parameters).await.refused(None, "blocked");
    device
        .send(&parameters[..5])
        .await
        .refused(Some(17), "passphrase");
    assert!(!json!(lab.journal().await).to_string().contains("123456"));
}
