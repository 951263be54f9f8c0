//! A bare ACME client whose requests tests can spoil.

use super::{Answer, Lab};
use aws_lc_rs::digest;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, DistinguishedName};
use serde_json::{Value, json};

/// A client with an account key.
pub(crate) struct Acme<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) directory: Value,
    key: EcdsaKeyPair,
    pub(crate) kid: Option<String>,
}

impl<'a> Acme<'a> {
    /// A client of one of the servers (`DV`, `OV`, `EV`), not yet registered.
    pub(crate) async fn new(lab: &'a Lab, server: &str) -> Self {
        let url = lab.text(&format!("/acme/{server}"));
        let response = lab.http.get(url).send().await.expect("a directory");
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self {
            lab,
            directory: Answer::of(response).await.body,
            key,
            kid: None,
        }
    }

    /// A registered client.
    pub(crate) async fn registered(lab: &'a Lab, server: &str, kid: &str, mac_key: &str) -> Self {
        let mut client = Self::new(lab, server).await;
        let answer = client.register(kid, mac_key).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        client
    }

    /// newAccount with an EAB pair.
    pub(crate) async fn register(&mut self, kid: &str, mac_key: &str) -> Answer {
        let binding = self.binding(kid, mac_key);
        let wish = json!({"termsOfServiceAgreed": true, "externalAccountBinding": binding});
        let answer = self.post(&self.url("newAccount"), Some(&wish)).await;
        if answer.status < 300 {
            self.kid = answer.header("location").map(str::to_owned);
        }
        answer
    }

    /// The account binding of RFC 8555 §7.3.4.
    pub(crate) fn binding(&self, kid: &str, mac_key: &str) -> Value {
        let header = json!({"alg": "HS256", "kid": kid, "url": self.url("newAccount")});
        let (protected, payload) = (encode(&header), encode(&self.jwk()));
        let key = URL_SAFE_NO_PAD.decode(mac_key).expect("a MAC key");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let tag = hmac::sign(&key, format!("{protected}.{payload}").as_bytes());
        json!({
            "protected": protected,
            "payload": payload,
            "signature": URL_SAFE_NO_PAD.encode(tag),
        })
    }

    /// A URL of the directory.
    pub(crate) fn url(&self, name: &str) -> String {
        self.directory[name]
            .as_str()
            .expect("in the directory")
            .to_owned()
    }

    pub(crate) async fn nonce(&self) -> String {
        let response = self
            .lab
            .http
            .head(self.url("newNonce"))
            .send()
            .await
            .expect("a nonce");
        let answer = Answer::of(response).await;
        answer
            .header("replay-nonce")
            .expect("a nonce header")
            .to_owned()
    }

    /// The protected header of a good request.
    pub(crate) async fn header(&self, url: &str) -> Value {
        let mut header = json!({"alg": "ES256", "nonce": self.nonce().await, "url": url});
        match &self.kid {
            Some(kid) => header["kid"] = json!(kid),
            None => header["jwk"] = self.jwk(),
        }
        header
    }

    /// A signed request; without payload a POST-as-GET.
    pub(crate) async fn post(&self, url: &str, payload: Option<&Value>) -> Answer {
        let header = self.header(url).await;
        self.send(url, &self.sign(&header, payload)).await
    }

    pub(crate) fn sign(&self, header: &Value, payload: Option<&Value>) -> Value {
        let (protected, payload) = (encode(header), payload.map_or_else(String::new, encode));
        let message = format!("{protected}.{payload}");
        let signature = self
            .key
            .sign(&SystemRandom::new(), message.as_bytes())
            .expect("a signature");
        json!({
            "protected": protected,
            "payload": payload,
            "signature": URL_SAFE_NO_PAD.encode(signature),
        })
    }

    pub(crate) async fn send(&self, url: &str, body: &Value) -> Answer {
        self.send_as(url, "application/jose+json", body).await
    }

    pub(crate) async fn send_as(&self, url: &str, kind: &str, body: &Value) -> Answer {
        let request = self
            .lab
            .http
            .post(url)
            .header("Content-Type", kind)
            .body(body.to_string());
        Answer::of(request.send().await.expect("an answer")).await
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({
            "crv": "P-256",
            "kty": "EC",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// The key authorization of a token.
    pub(crate) fn proof(&self, token: &str) -> String {
        let digest = digest::digest(&digest::SHA256, self.jwk().to_string().as_bytes());
        format!("{token}.{}", URL_SAFE_NO_PAD.encode(digest))
    }

    /// newOrder.
    pub(crate) async fn order(&self, names: &[&str]) -> Answer {
        let identifiers: Vec<Value> = names
            .iter()
            .map(|name| json!({"type": "dns", "value": name}))
            .collect();
        let wish = json!({"identifiers": identifiers});
        self.post(&self.url("newOrder"), Some(&wish)).await
    }

    /// finalize with a CSR for some names, made with a fresh key.
    pub(crate) async fn finalize(&self, order: &Answer, names: &[&str]) -> Answer {
        let key = rcgen::KeyPair::generate().expect("a key");
        self.finalize_with(order, &csr(&key, names)).await
    }

    pub(crate) async fn finalize_with(&self, order: &Answer, csr: &[u8]) -> Answer {
        let url = order.body["finalize"].as_str().expect("a finalize URL");
        let wish = json!({"csr": URL_SAFE_NO_PAD.encode(csr)});
        self.post(url, Some(&wish)).await
    }

    /// Polls an order until it is no longer processing.
    pub(crate) async fn wait(&self, order: &Answer) -> Answer {
        let url = order.header("location").expect("an order URL").to_owned();
        for _ in 0..100 {
            let answer = self.post(&url, None).await;
            if answer.body["status"] != "processing" {
                return answer;
            }
            assert!(answer.header("retry-after").is_some());
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the order stays in processing");
    }

    /// The whole way for names that need no challenge: the PEM chain.
    pub(crate) async fn issue(&self, names: &[&str]) -> Answer {
        let order = self.order(names).await;
        assert_eq!(order.status, 201, "{}", order.text);
        let finalized = self.finalize(&order, names).await;
        assert_eq!(finalized.status, 200, "{}", finalized.text);
        let done = self.wait(&order).await;
        assert_eq!(done.body["status"], "valid", "{}", done.text);
        let url = done.body["certificate"]
            .as_str()
            .expect("a certificate URL");
        self.post(url, None).await
    }
}

/// A CSR, DER.
pub(crate) fn csr(key: &rcgen::KeyPair, names: &[&str]) -> Vec<u8> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(key).expect("a request");
    request.der().to_vec()
}

/// A CSR with a fresh key and a common name only, PEM.
pub(crate) fn csr_for(name: &str) -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params
        .serialize_request(&key)
        .and_then(|request| request.pem())
        .expect("a request")
}

/// The certificates of a PEM chain, DER.
pub(crate) fn chain(pem: &str) -> Vec<Vec<u8>> {
    x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes())
        .map(|block| block.expect("PEM").contents)
        .collect()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
