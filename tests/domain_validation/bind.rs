//! A BIND 9 of this test's own, and a look at what it serves.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RData, RecordType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::port::Port;

/// Base64 of 32 bytes: a canary, too.
pub(crate) const SECRET: &str = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTEyMzQ=";

pub(crate) struct Bind {
    process: Child,
    port: Port,
    _directory: TempDir,
}

impl Bind {
    /// Serves the zones; `stale` are more lines of each.
    pub(crate) fn start(zones: &[&str], stale: &str, transfer: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().display();
        let reserved = Port::reserve();
        let port = reserved.number;
        let mut configuration = format!(
            "options {{ directory \"{home}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n\
             pid-file none; session-keyfile none; recursion no; allow-transfer {{ none; }}; notify no; }};\n\
             controls {{ }};\n\
             key \"certwright\" {{ algorithm hmac-sha256; secret \"{SECRET}\"; }};\n\
             key \"reader\" {{ algorithm hmac-sha512; secret \"{SECRET}\"; }};\n"
        );
        let readers = if transfer { "key certwright;" } else { "none;" };
        for zone in zones {
            fs::write(
                directory.path().join(zone),
                format!(
                    "$TTL 60\n@ SOA ns.{zone}. root.{zone}. 1 3600 600 86400 60\n@ NS ns.{zone}.\nns A 127.0.0.1\n\
                     www A 127.0.0.1\n{stale}\n"
                ),
            )
            .unwrap();
            let _ = writeln!(
                configuration,
                "zone \"{zone}\" {{ type primary; file \"{zone}\"; allow-update {{ key certwright; }}; \
                 allow-transfer {{ {readers} }}; }};"
            );
        }
        let file = directory.path().join("named.conf");
        fs::write(&file, configuration).unwrap();
        let process = Command::new("/usr/sbin/named")
            .args(["-f", "-c"])
            .arg(&file)
            .args(["-L"])
            .arg(directory.path().join("log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("named starts: is BIND 9 installed (make setup)?");
        let bind = Self {
            process,
            port: reserved,
            _directory: directory,
        };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "named is not there"
            );
            sleep(Duration::from_millis(50));
        }
        bind
    }

    /// The block `dns` of options.
    pub(crate) fn dns(&self) -> Value {
        json!({"server": "127.0.0.1", "port": self.port.number, "key_name": "certwright", "key_secret": SECRET})
    }

    /// `host:port`, for the lab's CA.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    /// The CNAME targets or texts of a name, as anybody gets them.
    pub(crate) fn values(&self, name: &str, kind: RecordType) -> Vec<String> {
        let mut query = Message::query();
        let name = Name::from_ascii(format!("{name}.")).unwrap();
        query.add_query(Query::query(name, kind));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        socket
            .send_to(&query.to_vec().unwrap(), ("127.0.0.1", self.port.number))
            .unwrap();
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).unwrap();
        let reply = Message::from_vec(&buffer[..length]).unwrap();
        let value = |data: &RData| match data {
            RData::CNAME(target) => Some(target.0.to_ascii().trim_end_matches('.').to_owned()),
            RData::TXT(text) => Some(
                text.txt_data
                    .iter()
                    .map(|it| String::from_utf8_lossy(it))
                    .collect(),
            ),
            _ => None,
        };
        reply
            .answers
            .iter()
            .filter_map(|it| value(&it.data))
            .collect()
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
