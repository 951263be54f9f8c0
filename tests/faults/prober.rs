//! A client that connects all the time.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// Wants a good certificate each time; without roots, any.
pub(crate) struct Prober {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<(usize, Vec<String>)>,
}

impl Prober {
    /// For a flow in which nothing is served.
    #[allow(dead_code, reason = "every flow of some test files serves something")]
    pub(crate) fn of_nothing() -> Self {
        Self {
            stop: Arc::default(),
            thread: thread::spawn(|| (1, Vec::new())),
        }
    }

    #[allow(dead_code, reason = "no flow of some test files serves something")]
    pub(crate) fn start(address: String, name: &'static str, roots: Option<&str>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let trust = roots.map(trust_in);
        let thread = thread::spawn(move || {
            let mut seen = 0;
            let mut bad = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                seen += 1;
                bad.extend(look(&address, name, trust.as_ref()).err());
                thread::sleep(PAUSE);
            }
            (seen, bad)
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) -> Result<(), String> {
        self.stop.store(true, Ordering::SeqCst);
        let (seen, bad) = self.thread.join().unwrap();
        match bad.first() {
            Some(first) => Err(format!(
                "{} of {seen} clients saw no good certificate: {first}",
                bad.len()
            )),
            None if seen == 0 => Err("the prober never connected".to_owned()),
            None => Ok(()),
        }
    }
}

/// One client. That anything at all is shown is seen by OpenSSL, which needs no trust for it.
fn look(address: &str, name: &str, trust: Option<&Arc<ClientConfig>>) -> Result<(), String> {
    if let Some(trust) = trust {
        return handshake(address, name, trust).map_err(|error| error.to_string());
    }
    let output = Command::new("openssl")
        .args(["s_client", "-connect", address, "-servername", name])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("BEGIN CERTIFICATE") {
        Ok(())
    } else {
        Err(text + &String::from_utf8_lossy(&output.stderr))
    }
}

/// In this process: so many clients would cost more than what they watch.
fn handshake(
    address: &str,
    name: &str,
    trust: &Arc<ClientConfig>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut socket = TcpStream::connect_timeout(&address.parse()?, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut session = ClientConnection::new(trust.clone(), name.to_owned().try_into()?)?;
    while session.is_handshaking() {
        session.complete_io(&mut socket)?;
    }
    session.send_close_notify();
    // Whether the good-bye arrives is nobody's concern.
    let _ = session.write_tls(&mut socket);
    Ok(())
}

fn trust_in(roots: &str) -> Arc<ClientConfig> {
    let mut store = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(roots).unwrap() {
        store.add(root.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(store).with_no_client_auth())
}

const PAUSE: Duration = Duration::from_millis(100);
/// A web server that works through a reload answers late, and not never.
const PATIENCE: Duration = Duration::from_secs(10);
