//! A client that connects all the time.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

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
        let roots = roots.map(str::to_owned);
        let thread = thread::spawn(move || {
            let mut seen = 0;
            let mut bad = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                seen += 1;
                bad.extend(look(&address, name, roots.as_deref()).err());
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

fn look(address: &str, name: &str, roots: Option<&str>) -> Result<(), String> {
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", address, "-servername", name]);
    if let Some(roots) = roots {
        client.args([
            "-CAfile",
            roots,
            "-verify_return_error",
            "-verify_hostname",
            name,
        ]);
    }
    let output = client.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let good = match roots {
        Some(_) => text.contains("Verification: OK") || text.contains("Verify return code: 0 (ok)"),
        None => text.contains("BEGIN CERTIFICATE"),
    };
    if good {
        Ok(())
    } else {
        Err(text + &String::from_utf8_lossy(&output.stderr))
    }
}

const PAUSE: Duration = Duration::from_millis(100);
