//! A client of the device, as tests write their requests.

use crate::common::{Answer, Lab};
use rcgen::{CertificateParams, KeyPair};
use reqwest::Method;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// One user of the device.
pub(crate) struct Device<'a> {
    lab: &'a Lab,
    user: &'static str,
    /// Its member of the ready line.
    unit: &'static str,
}

impl<'a> Device<'a> {
    pub(crate) fn of(lab: &'a Lab, user: &'static str) -> Self {
        Self {
            lab,
            user,
            unit: "/bigip",
        }
    }

    /// The same user on the second unit.
    pub(crate) fn peer(&self) -> Self {
        Self {
            unit: "/bigip_peer",
            ..*self
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Value::Null).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], Value::Null).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let users = self.lab.ready["bigip"]["users"].as_array().expect("users");
        let user = users.iter().find(|user| user["user"] == self.user);
        let password = user.and_then(|user| user["password"].as_str());
        let url = format!(
            "{}/mgmt/{path}",
            self.lab.text(&format!("{}/url", self.unit))
        );
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.lab.http.request(method, url);
        if headers.iter().all(|(name, _)| *name != "X-F5-Auth-Token") {
            request = request.basic_auth(self.user, password);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Value::Null => request,
            Value::String(text) => request.body(text),
            body => request.json(&body),
        };
        Answer::of(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], body).await
    }

    pub(crate) async fn upload(&self, name: &str, text: &str) {
        let range = format!("0-{}/{}", text.len() - 1, text.len());
        let path = format!("shared/file-transfer/uploads/{name}");
        let sent = self
            .send("POST", &path, &[("Content-Range", &range)], json!(text))
            .await;
        assert_eq!(sent.status, 200, "{}", sent.text);
    }

    pub(crate) async fn csr(&self, name: &str) -> String {
        let arguments = format!("-c 'tmsh list sys crypto csr {name}'");
        let told = self
            .post(
                "tm/util/bash",
                json!({"command": "run", "utilCmdArgs": arguments}),
            )
            .await;
        told.body["commandResult"]
            .as_str()
            .expect("a request")
            .to_owned()
    }
}

#[track_caller]
/// Asserts a refusal.
pub(crate) fn refused(answer: &Answer, status: u16, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.body["code"], status, "{}", answer.text);
    assert!(answer.text.contains(text), "{}", answer.text);
}

/// A password key `a` with the certificate `a.crt`, by way of a request.
pub(crate) async fn password_pair(device: &Device<'_>) {
    let key = json!({"name": "/Common/a", "keyType": "ec-private", "securityType": "password", "passphrase": "s3cret"});
    let made = device.post("tm/sys/crypto/key", key.clone()).await;
    assert_eq!(
        (made.status, &made.body["securityType"]),
        (200, &json!("password"))
    );
    refused(
        &device.post("tm/sys/crypto/key", key).await,
        409,
        "01020066:3",
    );
    let wish = json!({"name": "a", "key": "a", "commonName": "a.example.org", "subjectAlternativeName": "DNS:a.example.org, IP:192.0.2.1"});
    assert_eq!(device.post("tm/sys/crypto/csr", wish).await.status, 200);
    let csr = device.csr("a").await;
    let csr = &csr[..csr.find("sys crypto csr").expect("the properties")];
    let issuer_key = KeyPair::generate().expect("a key");
    let issuer = rcgen::Issuer::new(CertificateParams::default(), issuer_key);
    let request = rcgen::CertificateSigningRequestParams::from_pem(csr).expect("a request");
    let certificate = request.signed_by(&issuer).expect("a certificate").pem();
    device.upload("a.crt", &certificate).await;
    let file = json!({"name": "a.crt", "sourcePath": "file:/var/config/rest/downloads/a.crt"});
    let stored = device.post("tm/sys/file/ssl-cert", file).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
}

/// Name of the virtual server that tests use most.
pub(crate) const VIRTUAL: &str = "tm/ltm/virtual/~Common~www_https";

/// The certificate that a virtual server of the ready line presents; `None`
/// when nobody answers there.
pub(crate) async fn served(lab: &Lab, pointer: &str, name: &str) -> Option<Vec<u8>> {
    let server = lab.ready.pointer(pointer).expect("a virtual server");
    let address = server["address"].as_str().expect("an address");
    let port = server["port"].as_u64().expect("a port");
    handshake(&format!("{address}:{port}"), name).await
}

/// The certificate that an address presents for a name.
pub(crate) async fn handshake(address: &str, name: &str) -> Option<Vec<u8>> {
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let stream = TcpStream::connect(address).await.ok()?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.ok()?;
    let (_, session) = stream.get_ref();
    Some(session.peer_certificates()?.first()?.to_vec())
}

/// Takes any certificate: what is served is the question.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
