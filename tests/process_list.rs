//! What other users of the machine can see of a run: neither a command line nor an environment
//! shows a secret, whichever way the arguments came.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{Lab, arguments, members};
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn a_run_that_uses_secrets_shows_none() {
    let lab = Lab::start();
    // Long enough to be looked at in every state.
    lab.control("PUT", "/latency", &json!({"ms": 20}));
    let mut canaries: Vec<String> = members(&lab.state()["scm"]["acme_accounts"])
        .iter()
        .map(|it| it["mac_key"].as_str().unwrap().to_owned())
        .collect();
    assert!(!canaries.is_empty());
    canaries.push(lab.ready["scm"]["password"].as_str().unwrap().to_owned());
    canaries.push(CANARY.to_owned());

    for protocol in PROTOCOLS {
        let place = TempDir::new().unwrap();
        let options = json!({
            "scm": lab.scm(),
            "names": ["www.example.org"],
            "issuer": {"type": "sectigo_acme", "account": "web-team", "ca_path": lab.ready["ca_file"]},
            "dir": place.path().join("sites"),
            "pkcs12": {"passphrase": CANARY},
            // Its children inherit what it has.
            "reload": {"reload": ["sleep", "0.2"]},
            // No server is there that could be asked for the certificate.
            "verify": false,
        });
        let mut run = protocol.start("file_cert_deploy", options, &place);
        let seen = Watch::new(&canaries).until(|_| run.process.try_wait().unwrap().is_some());
        let output = run.process.wait_with_output().unwrap();
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["changed"], true, "{result:#}");
        seen.shows_only(&run.command_line);
        assert!(seen.has(&["sleep", "0.2"]), "the child went unseen");
    }
}

/// Secrets of every option, in a process that waits for somebody who never answers.
#[test]
fn a_run_that_waits_shows_none() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let url = format!("https://{address}/api");
    let account_key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let key_line = account_key.lines().nth(1).unwrap().to_owned();
    let scm = |more: Value| common::with(json!({"url": url, "validate_certs": false}), &more);
    let issuer = |more: Value| {
        common::with(
            json!({"type": "acme", "directory": url, "validate_certs": false}),
            &more,
        )
    };
    let deploy = |issuer: Value| json!({"names": ["www.example.org"], "dir": "/nonexistent/sites", "issuer": issuer});
    let cases = [
        (
            "sectigo_domain",
            json!({"name": "example.org", "scm": scm(json!({
                "login": "web-team", "customer_uri": "university", "password": CANARY,
            }))}),
        ),
        (
            "sectigo_acme_user",
            json!({"name": "web-team", "scm": scm(json!({
                "token_url": url, "client_id": "fleet", "client_secret": CANARY,
            }))}),
        ),
        (
            "sectigo_user_domains",
            json!({"account": "web-team", "domains": ["example.org"], "scm": scm(json!({
                "login": "web-team", "customer_uri": "university", "password": "other",
                "proxy": format!("http://web:{CANARY}@{address}"),
            }))}),
        ),
        (
            "file_cert_deploy",
            deploy(issuer(json!({"eab": {"kid": "k", "hmac_key": CANARY}}))),
        ),
        (
            "file_cert_deploy",
            deploy(issuer(json!({"account_key": account_key}))),
        ),
    ];
    let canaries = [CANARY.to_owned(), key_line];
    for (module, options) in cases {
        for protocol in PROTOCOLS {
            let place = TempDir::new().unwrap();
            let mut run = protocol.start(module, options.clone(), &place);
            let (connection, _) = silent.accept().unwrap();
            let seen = Watch::new(&canaries).until(|rounds| rounds == 5);
            assert!(run.process.try_wait().unwrap().is_none(), "{module}");
            run.process.kill().unwrap();
            run.process.wait().unwrap();
            drop(connection);
            seen.shows_only(&run.command_line);
        }
    }
}

/// The two ways in which arguments come.
#[derive(Clone, Copy)]
enum Protocol {
    Stdin,
    File,
}

struct Run {
    process: Child,
    command_line: Vec<String>,
}

impl Protocol {
    fn start(self, module: &str, options: Value, place: &TempDir) -> Run {
        let request = arguments(options, &json!({"_ansible_module_name": module})).to_string();
        let file = place.path().join("arguments.json");
        let words = match self {
            Self::Stdin => vec!["run".to_owned(), module.to_owned()],
            Self::File => {
                write_private(&file, &request);
                vec![file.to_str().unwrap().to_owned()]
            }
        };
        let binary = env!("CARGO_BIN_EXE_certwright");
        let mut process = Command::new(binary)
            .args(&words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = process.stdin.take().unwrap();
        if matches!(self, Self::Stdin) {
            stdin.write_all(request.as_bytes()).unwrap();
        }
        let command_line = std::iter::once(binary.to_owned()).chain(words).collect();
        Run {
            process,
            command_line,
        }
    }
}

/// Looks at every process, over and over.
struct Watch<'a> {
    canaries: &'a [String],
    rounds: usize,
    command_lines: BTreeSet<Vec<String>>,
    leaks: BTreeSet<String>,
}

impl<'a> Watch<'a> {
    fn new(canaries: &'a [String]) -> Self {
        Self {
            canaries,
            rounds: 0,
            command_lines: BTreeSet::new(),
            leaks: BTreeSet::new(),
        }
    }

    fn until(mut self, mut over: impl FnMut(usize) -> bool) -> Self {
        while !over(self.rounds) {
            for entry in fs::read_dir("/proc").unwrap() {
                self.look(&entry.unwrap().path());
            }
            self.rounds += 1;
            thread::sleep(Duration::from_millis(5));
        }
        self
    }

    fn look(&mut self, process: &Path) {
        for name in ["cmdline", "environ"] {
            // No process, or one that has ended meanwhile, or another user's.
            let Ok(content) = fs::read(process.join(name)) else {
                continue;
            };
            let content = String::from_utf8_lossy(&content);
            if self.canaries.iter().any(|it| content.contains(it)) {
                self.leaks.insert(format!("{name}: {content}"));
            }
            if name == "cmdline" {
                let words = content.trim_end_matches('\0').split('\0');
                self.command_lines
                    .insert(words.map(str::to_owned).collect());
            }
        }
    }

    fn has(&self, command_line: &[&str]) -> bool {
        self.command_lines.iter().any(|it| it == command_line)
    }

    /// The run was seen, with this command line, and none of the canaries was.
    fn shows_only(&self, command_line: &[String]) {
        assert_eq!(self.leaks, BTreeSet::new());
        assert!(self.rounds >= 5, "{} rounds are too few", self.rounds);
        assert!(
            self.command_lines.contains(command_line),
            "not seen: {command_line:?}"
        );
    }
}

fn write_private(path: &Path, content: &str) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}

const PROTOCOLS: [Protocol; 2] = [Protocol::Stdin, Protocol::File];
/// Also a valid HMAC key in base64url.
const CANARY: &str = "Q0FOQVJZLWluLXRoZS1wcm9jZXNzLWxpc3Q3";
