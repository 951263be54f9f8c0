//! Pebble, the ACME server of Let's Encrypt for tests, as a child process (Debian's `pebble`).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::port::Port;

pub(crate) const KID: &str = "kid-1";
/// What Debian's example configuration has for this key identifier.
pub(crate) const HMAC_KEY: &str =
    "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

/// How a Pebble is to behave. It is always strict.
pub(crate) struct Behaviour {
    /// Percent of good nonces that are refused.
    pub(crate) nonce_reject: u32,
    /// Percent of valid authorizations that are reused; with 100 the second order needs none.
    pub(crate) authz_reuse: u32,
    pub(crate) eab: bool,
    pub(crate) alternate_roots: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            nonce_reject: 50,
            authz_reuse: 0,
            eab: true,
            alternate_roots: 0,
        }
    }
}

/// A running Pebble with its DNS, and a web server for http-01.
pub(crate) struct Pebble {
    pub(crate) folder: TempDir,
    pub(crate) directory: String,
    management: u16,
    web: Arc<AtomicU32>,
    children: Vec<Child>,
    _ports: [Port; 6],
}

impl Pebble {
    pub(crate) fn start(behaviour: &Behaviour) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ports: [Port; 6] = std::array::from_fn(|_| Port::reserve());
        let [acme, management, web, tls, dns, dns_management] =
            ports.each_ref().map(|it| it.number);
        let certificate =
            rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
                .unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("ca.pem"), certificate.cert.pem()).unwrap();
        fs::write(path("key.pem"), certificate.signing_key.serialize_pem()).unwrap();
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{acme}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": path("ca.pem"),
            "privateKey": path("key.pem"),
            "httpPort": web,
            "tlsPort": tls,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": behaviour.eab,
            "externalAccountMACKeys": if behaviour.eab { json!({KID: HMAC_KEY}) } else { json!({}) },
            "domainBlocklist": ["blocked.example"],
        }});
        fs::write(path("pebble.json"), config.to_string()).unwrap();
        let dns_server = Command::new("pebble-challtestsrv")
            .args([
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
                "-defaultIPv6",
                "",
            ])
            .args(["-dns01", &format!("127.0.0.1:{dns}")])
            .args(["-management", &format!("127.0.0.1:{dns_management}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble-challtestsrv is missing: `make setup` installs it");
        let server = Command::new("pebble")
            .args(["-strict", "-config"])
            .arg(path("pebble.json"))
            .args(["-dnsserver", &format!("127.0.0.1:{dns}")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", behaviour.nonce_reject.to_string())
            .env("PEBBLE_AUTHZREUSE", behaviour.authz_reuse.to_string())
            .env(
                "PEBBLE_ALTERNATE_ROOTS",
                behaviour.alternate_roots.to_string(),
            )
            .stdout(fs::File::create(path("pebble.log")).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble is missing: `make setup` installs it");
        let web_hits = serve_webroot(web, folder.path().join("webroot"));
        let pebble = Self {
            directory: format!("https://localhost:{acme}/dir"),
            folder,
            management,
            web: web_hits,
            children: vec![dns_server, server],
            _ports: ports,
        };
        wait_for(acme);
        wait_for(management);
        pebble
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The issuer block for this Pebble, with http-01 answered through the web server.
    pub(crate) fn issuer(&self) -> Value {
        json!({
            "type": "acme",
            "directory": self.directory,
            "ca_path": self.path("ca.pem"),
            "eab": {"kid": KID, "hmac_key": HMAC_KEY},
            "webroot": self.path("webroot"),
        })
    }

    /// How often a challenge was looked up.
    pub(crate) fn challenges_answered(&self) -> u32 {
        self.web.load(Ordering::SeqCst)
    }

    /// The common name of one of its roots.
    pub(crate) fn root_name(&self, index: u32) -> String {
        let url = format!("https://localhost:{}/roots/{index}", self.management);
        let pem = run(Command::new("curl")
            .args(["-sSf", "--cacert"])
            .arg(self.path("ca.pem"))
            .arg(url));
        let file = self.path(&format!("root-{index}.pem"));
        fs::write(&file, pem).unwrap();
        let subject = run(Command::new("openssl")
            .args(["x509", "-noout", "-subject", "-nameopt", "multiline", "-in"])
            .arg(file));
        let line = subject
            .lines()
            .find(|it| it.contains("commonName"))
            .unwrap();
        line.split('=').nth(1).unwrap().trim().to_owned()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("pebble.log")).unwrap_or_default()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn wait_for(port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "nobody listens on port {port}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A web server that knows the files below `root` and nothing else; counts what it found.
fn serve_webroot(port: u16, root: PathBuf) -> Arc<AtomicU32> {
    let hits = Arc::new(AtomicU32::new(0));
    let counter = hits.clone();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if answer(stream, &root).is_some() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    hits
}

fn answer(mut stream: TcpStream, root: &Path) -> Option<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone().ok()?)
        .read_line(&mut line)
        .ok()?;
    let path = line.split(' ').nth(1)?.trim_start_matches('/');
    let mut body = Vec::new();
    let found = fs::File::open(root.join(path)).and_then(|mut it| it.read_to_end(&mut body));
    let status = if found.is_ok() {
        "200 OK"
    } else {
        "404 Not Found"
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()?;
    found.ok().map(|_| ())
}
