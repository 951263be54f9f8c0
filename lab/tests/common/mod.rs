//! A running lab for one test, and clients that know nothing of its insides.

#![allow(dead_code, reason = "every test binary uses its own part")]

pub(crate) mod acme;
#[path = "../../../tests/common/port.rs"]
pub(crate) mod port;
pub(crate) mod public_client;

use rcgen::{CertificateParams, DnType, KeyPair};
use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A lab on free ports; it ends with the value.
pub(crate) struct Lab {
    child: Child,
    pub(crate) ready: Value,
    pub(crate) http: Client,
}

impl Lab {
    /// Starts a lab and waits until it is ready.
    pub(crate) fn start() -> Self {
        // Another test of the process may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_certwright-lab"))
            .args(["serve", "--port-base", "0", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the lab starts");
        let stdout = child.stdout.take().expect("its stdout");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the ready line");
        let ready: Value = serde_json::from_str(&line).expect("the ready line is JSON");
        let http = client(&ready);
        Self { child, ready, http }
    }

    /// A text of the ready line.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.ready
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("the ready line has {pointer}"))
            .to_owned()
    }

    /// A request to the control port that must succeed.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.try_control(method, path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        answer.body
    }

    /// A request to the control port.
    pub(crate) async fn try_control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.text("/control"));
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, url).json(body);
        Answer::of(request.send().await.expect("the control port answers")).await
    }

    pub(crate) async fn switch(&self, switches: Value) {
        self.control("PUT", "/switches", &switches).await;
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.control("PUT", "/clock", &json!({"advance_seconds": seconds}))
            .await;
    }

    pub(crate) async fn state(&self) -> Value {
        self.control("GET", "/state", &Value::Null).await
    }

    /// The journal's entries.
    pub(crate) async fn journal(&self) -> Vec<Value> {
        let journal = self.control("GET", "/journal", &Value::Null).await;
        journal["entries"].as_array().expect("entries").clone()
    }

    /// The admin API as an administrator with a password.
    pub(crate) fn scm(&self, login: &str) -> Scm<'_> {
        let administrators = self.ready["administrators"].as_array().expect("a list");
        let password = administrators
            .iter()
            .find(|administrator| administrator["login"] == login)
            .and_then(|administrator| administrator["password"].as_str())
            .unwrap_or_else(|| panic!("there is an administrator {login}"));
        self.scm_as(login, password)
    }

    /// The same with a password that the ready line does not have.
    pub(crate) fn scm_as(&self, login: &str, password: &str) -> Scm<'_> {
        Scm {
            lab: self,
            login: login.to_owned(),
            password: password.to_owned(),
        }
    }

    /// An ACME account of SCM for an organization, its names mapped: `(id, kid, key)`.
    pub(crate) async fn eab(
        &self,
        server: &str,
        organization: u64,
        names: &[&str],
    ) -> (u64, String, String) {
        let scm = self.scm("mrao-admin");
        let url = self.text(&format!("/acme/{server}"));
        let wish = json!({"name": "test", "acmeServer": url, "organizationId": organization});
        let made = scm.post("/acme/v2/account", &wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.location_id();
        let entries: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let path = format!("/acme/v2/account/{id}/domain");
        let mapped = scm.post(&path, &json!({"domains": entries})).await;
        assert_eq!((mapped.status, &mapped.body), (200, &json!({})));
        let account = scm.get(&format!("/acme/v2/account/{id}")).await.body;
        let text = |name: &str| account[name].as_str().expect("a text").to_owned();
        (id, text("macId"), text("macKey"))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The admin API with somebody's login.
pub(crate) struct Scm<'a> {
    lab: &'a Lab,
    login: String,
    password: String,
}

impl Scm<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Option<&Value>) -> Answer {
        self.send("DELETE", path, body.map(Value::to_string)).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        self.try_send(method, path, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<Answer, reqwest::Error> {
        let url = format!("{}{path}", self.lab.text("/scm/url"));
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self
            .lab
            .http
            .request(method, url)
            .header("login", &self.login)
            .header("password", &self.password)
            .header("customerUri", self.lab.text("/scm/customer_uri"));
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        let response = request.send().await?;
        Answer::try_of(response).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    /// `null` when the body is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self::try_of(response).await.expect("a whole body")
    }

    pub(crate) async fn try_of(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Self {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect()
    }

    /// The number at the end of `Location`.
    pub(crate) fn location_id(&self) -> u64 {
        self.header("location")
            .and_then(|url| url.rsplit('/').next())
            .and_then(|id| id.parse().ok())
            .expect("a Location that ends in a number")
    }

    /// Asserts a refusal of the admin API.
    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, code: i64) {
        assert_eq!(
            (self.status, self.body["code"].as_i64()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert!(self.body["description"].is_string(), "{}", self.text);
    }

    /// Asserts a problem document of an ACME server.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, kind: &str) {
        let kind = format!("urn:ietf:params:acme:error:{kind}");
        assert_eq!(
            (self.status, self.body["type"].as_str()),
            (status, Some(kind.as_str())),
            "{}",
            self.text
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert!(self.header("replay-nonce").is_some());
    }
}

/// A directory with `NAME.key` and `NAME.crt` for `NAME.example.org`, EC and
/// self-signed.
pub(crate) fn self_signed_pairs<const N: usize>(names: [&str; N]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for name in names {
        let key = KeyPair::generate().expect("a key");
        let host = format!("{name}.example.org");
        let mut params = CertificateParams::new(vec![host.clone()]).expect("names");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        let certificate = params.self_signed(&key).expect("a certificate");
        for (suffix, text) in [("key", key.serialize_pem()), ("crt", certificate.pem())] {
            let path = directory.path().join(format!("{name}.{suffix}"));
            std::fs::write(path, text).expect("written");
        }
    }
    directory
}

/// A client program that the tests need.
pub(crate) fn program(name: &str) -> Command {
    let probe = Command::new(name).arg("--version").output();
    assert!(
        probe.is_ok_and(|output| output.status.success()),
        "{name} is missing: run `make setup`"
    );
    Command::new(name)
}

/// Runs a command to its end; its output goes into the failure message.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("the command starts");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn client(ready: &Value) -> Client {
    let file = ready["ca_file"].as_str().expect("a CA file");
    let pem = std::fs::read(file).expect("the CA file is there");
    let ca = Certificate::from_pem(&pem).expect("the CA file is PEM");
    Client::builder()
        .tls_certs_only([ca])
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}
