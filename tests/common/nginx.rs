//! A real nginx of one's own, as another process serves it: own folder, own port, no system service.

#![allow(unreachable_pub, clippy::unwrap_used)]

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::port::Port;

/// Ends when it is dropped.
pub struct Nginx {
    folder: TempDir,
    pub port: Port,
    process: Option<Child>,
}

impl Nginx {
    /// Not started yet, and with a configuration that has no site.
    pub fn prepare() -> Self {
        let nginx = Self {
            folder: tempfile::tempdir().unwrap(),
            port: Port::reserve(),
            process: None,
        };
        nginx.configure(&[]);
        nginx
    }

    /// Where its certificates lie.
    pub fn sites(&self) -> PathBuf {
        self.folder.path().join("sites")
    }

    /// Serves the pairs at these folders (`privkey.pem`, `fullchain.pem`) for every name.
    pub fn configure(&self, pairs: &[&Path]) {
        let pairs = pairs
            .iter()
            .map(|it| {
                let it = it.display();
                format!("ssl_certificate {it}/fullchain.pem; ssl_certificate_key {it}/privkey.pem;")
            })
            .collect::<Vec<_>>()
            .join("\n");
        let server = if pairs.is_empty() {
            String::new()
        } else {
            format!(
                "server {{ listen 127.0.0.1:{} ssl; {pairs} location / {{ return 200 'ok'; }} }}",
                self.port.number
            )
        };
        let folder = self.folder.path().display();
        fs::write(
            self.config(),
            format!(
                "daemon off; user root; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n\
                 events {{ worker_connections 64; }}\n\
                 http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;\n\
                 fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n\
                 {server} }}\n"
            ),
        )
        .unwrap();
    }

    pub fn start(&mut self) {
        let child = Command::new("nginx")
            .args(self.arguments())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is missing: `make setup` installs it");
        self.process = Some(child);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port.number)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "nginx does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The option `reload` for it.
    pub fn reload(&self) -> Value {
        let with = |more: &[&str]| {
            let mut words = vec!["nginx".to_owned()];
            words.extend(self.arguments());
            words.extend(more.iter().map(|it| (*it).to_owned()));
            words
        };
        json!({"test": with(&["-q", "-t"]), "reload": with(&["-s", "reload"])})
    }

    /// The option `verify` for it.
    pub fn verify(&self, ca_path: &str) -> Value {
        json!({"port": self.port.number, "ca_path": ca_path, "timeout": 5})
    }

    /// The serial number that a client gets to see, in lower-case hexadecimal digits.
    pub fn serial(&self, server_name: &str) -> String {
        let script = format!(
            "openssl s_client -connect 127.0.0.1:{} -servername {server_name} </dev/null 2>/dev/null \
             | openssl x509 -noout -serial",
            self.port.number
        );
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim()
            .strip_prefix("serial=")
            .unwrap_or_default()
            .to_lowercase()
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("nginx.conf")
    }

    fn arguments(&self) -> Vec<String> {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let config = self.config().to_string_lossy().into_owned();
        ["-p".to_owned(), folder, "-c".to_owned(), config].to_vec()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = Command::new("kill").arg(process.id().to_string()).status();
            let _ = process.wait();
        }
    }
}
