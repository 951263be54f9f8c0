//! The real binary against the real lab: one lab process per test, so that journals do not mix.

// Every test file uses its own part of this.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::needless_pass_by_value
)]

pub mod port;
pub mod three_runs;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// A lab process. It ends when this is dropped, or when the test dies.
pub struct Lab {
    process: Child,
    pub ready: Value,
}

impl Lab {
    pub fn start() -> Self {
        let mut process = Command::new(lab_binary())
            .args(["serve", "--port-base", "0", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the lab starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).expect("the lab's ready line");
        Self { process, ready }
    }

    /// With some switches set from the start.
    pub fn with(switches: Value) -> Self {
        let lab = Self::start();
        lab.switch(switches);
        lab
    }

    pub fn switch(&self, switches: Value) {
        self.control("PUT", "/switches", &switches);
    }

    pub fn fault(&self, fault: Value) {
        self.control("POST", "/faults", &fault);
    }

    pub fn domain(&self, domain: Value) {
        self.control("PUT", "/state/domain", &domain);
    }

    pub fn advance(&self, seconds: i64) {
        self.control("PUT", "/clock", &json!({"advance_seconds": seconds}));
    }

    pub fn latency(&self, milliseconds: u64) {
        self.control(
            "PUT",
            "/latency",
            &json!({"ms": milliseconds, "jitter_ms": 0}),
        );
    }

    pub fn forget(&self) {
        self.control("DELETE", "/journal", &Value::Null);
    }

    pub fn state(&self) -> Value {
        self.control("GET", "/state", &Value::Null)
    }

    pub fn journal(&self) -> Vec<Value> {
        let journal = self.control("GET", "/journal", &Value::Null);
        journal["entries"].as_array().unwrap().clone()
    }

    /// The requests since the journal was emptied, as `METHOD /path`.
    pub fn calls(&self) -> Vec<String> {
        self.journal().iter().map(call).collect()
    }

    /// Those that change something.
    pub fn writes(&self) -> Vec<String> {
        self.journal()
            .iter()
            .filter(|it| it["write"] == true)
            .map(call)
            .collect()
    }

    /// The block `scm` for the administrator of the ready line.
    pub fn scm(&self) -> Value {
        json!({
            "url": self.ready["scm"]["url"],
            "login": self.ready["scm"]["login"],
            "password": self.ready["scm"]["password"],
            "customer_uri": self.ready["scm"]["customer_uri"],
            "ca_path": self.ready["ca_file"],
        })
    }

    /// The block `scm` for another administrator.
    pub fn scm_as(&self, login: &str) -> Value {
        let administrators = self.ready["administrators"].as_array().unwrap();
        let administrator = administrators
            .iter()
            .find(|it| it["login"] == login)
            .expect("an administrator of the lab");
        let mut scm = self.scm();
        scm["login"] = json!(login);
        scm["password"] = administrator["password"].clone();
        scm
    }

    pub fn scm_by_certificate(&self) -> Value {
        json!({
            "url": self.ready["scm"]["url"],
            "login": self.ready["scm"]["login"],
            "customer_uri": self.ready["scm"]["customer_uri"],
            "client_cert": self.ready["scm"]["client_cert_file"],
            "client_key": self.ready["scm"]["client_key_file"],
            "ca_path": self.ready["ca_file"],
        })
    }

    pub fn scm_by_token(&self) -> Value {
        json!({
            "url": self.ready["oauth"]["url"],
            "token_url": self.ready["oauth"]["token_url"],
            "client_id": self.ready["oauth"]["client_id"],
            "client_secret": self.ready["oauth"]["client_secret"],
            "ca_path": self.ready["ca_file"],
        })
    }

    /// The ACME account of this name in the lab's state.
    pub fn account(&self, name: &str) -> Option<Value> {
        members(&self.state()["scm"]["acme_accounts"])
            .into_iter()
            .find(|it| it["name"] == name)
    }

    pub fn accounts(&self, name: &str) -> usize {
        members(&self.state()["scm"]["acme_accounts"])
            .iter()
            .filter(|it| it["name"] == name)
            .count()
    }

    /// The domain of this name in the lab's state.
    pub fn has_domain(&self, name: &str) -> Option<Value> {
        members(&self.state()["scm"]["domains"])
            .into_iter()
            .find(|it| it["name"] == name)
    }

    /// A request to the control port, which speaks plain HTTP.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let address = self.ready["control"].as_str().unwrap();
        let host = address.strip_prefix("http://").unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{method} {path}: {reply}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a module printed.
pub struct Ran {
    pub result: Value,
    /// Everything that came out, for secrets to be looked for.
    pub output: String,
}

impl Ran {
    pub fn changed(&self) -> bool {
        self.result["changed"].as_bool().unwrap()
    }

    pub fn failed(&self) -> bool {
        self.result["failed"].as_bool().unwrap()
    }

    pub fn msg(&self) -> &str {
        self.result["msg"].as_str().unwrap_or_default()
    }

    /// The run succeeded.
    pub fn ok(self) -> Self {
        assert!(!self.failed(), "{:#}", self.result);
        self
    }

    /// The run failed, and said this.
    pub fn fails(self, text: &str) -> Self {
        assert!(self.failed(), "{:#}", self.result);
        assert!(self.msg().contains(text), "{:#}", self.result);
        self
    }
}

/// Runs a module with diff.
pub fn run(module: &str, options: Value) -> Ran {
    run_with(module, options, &json!({}))
}

/// Runs a module in check mode with diff.
pub fn check(module: &str, options: Value) -> Ran {
    run_with(module, options, &json!({"_ansible_check_mode": true}))
}

/// Runs a module with more controls of Ansible's.
pub fn run_with(module: &str, options: Value, controls: &Value) -> Ran {
    let input = arguments(options, controls).to_string();
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", module])
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .write_stdin(input)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stdout.trim().lines().count(), 1, "{stdout}\n{stderr}");
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(output.status.success(), result["failed"] == false);
    for key in ["rc", "results", "stdout", "exception"] {
        assert!(result.get(key).is_none(), "{result:#}");
    }
    Ran {
        result,
        output: stdout + &stderr,
    }
}

/// `options` with what Ansible adds.
pub fn arguments(options: Value, controls: &Value) -> Value {
    let Value::Object(mut all) = options else {
        panic!("options are an object");
    };
    all.insert("_ansible_diff".to_owned(), json!(true));
    all.insert("_ansible_verbosity".to_owned(), json!(4));
    all.extend(controls.as_object().cloned().unwrap_or_else(Map::new));
    Value::Object(all)
}

/// `value` with other members, `null` taking one away.
pub fn with(mut value: Value, members: &Value) -> Value {
    for (key, member) in members.as_object().unwrap() {
        if member.is_null() {
            value.as_object_mut().unwrap().shift_remove(key);
        } else {
            value[key] = member.clone();
        }
    }
    value
}

/// The entries of a list, or the values of an object whose keys are ids.
pub fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(members) => members.values().cloned().collect(),
        _ => Vec::new(),
    }
}

fn call(entry: &Value) -> String {
    format!(
        "{} {}",
        entry["method"].as_str().unwrap(),
        entry["path"].as_str().unwrap()
    )
}

/// The lab beside this test, brought up to date once.
fn lab_binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| {
            // target/<profile>/deps/<test>
            let test = std::env::current_exe().unwrap();
            let folder = test.parent().unwrap().parent().unwrap();
            let mut cargo = Command::new(env!("CARGO"));
            cargo
                .args(["build", "--quiet", "--package", "certwright-lab"])
                .current_dir(env!("CARGO_MANIFEST_DIR"));
            if folder.ends_with("release") {
                cargo.arg("--release");
            }
            assert!(cargo.status().unwrap().success(), "the lab does not build");
            folder.join("certwright-lab")
        })
        .clone()
}
