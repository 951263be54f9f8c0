//! What a device has from the start.

use super::certs::CertFile;
use super::folders::Folder;
use super::keys::{KeyFile, Opened};
use super::model::{Cert, ClientSsl, Config, Entry, Key, ROOT, Stamp, Virtual};
use super::names;
use crate::csr::KeyKind;
use rcgen::{CertificateParams, DnType};
use serde_json::Map;
use std::net::SocketAddr;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

impl Config {
    /// Two virtual servers that terminate TLS and one that forwards packets;
    /// `None` when no key can be made.
    pub(crate) fn seed(addresses: &[SocketAddr; 3], now: OffsetDateTime) -> Option<Self> {
        let mut config = Self {
            generation: 1,
            folders: ["/Common", "/Web"]
                .map(|path| (path.to_owned(), Folder::default()))
                .into(),
            ..Self::default()
        };
        let key = Opened::generate(KeyKind::Rsa(2048))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in [
            (DnType::CountryName, "US"),
            (DnType::OrganizationName, "MyCompany"),
            (DnType::CommonName, "localhost.localdomain"),
        ] {
            params.distinguished_name.push(kind, value);
        }
        params.not_before = now - Duration::DAY;
        params.not_after = now + Duration::days(3650);
        let certificate = params.self_signed(&key.pair()?).ok()?.pem();
        let stamp = Stamp::new(1, None, now, "root");
        config.keys.insert(
            DEFAULT_KEY.to_owned(),
            Key {
                file: Arc::new(KeyFile::store(&key, None)?),
                kind: Some(key.kind),
                passphrase: None,
                stamp: stamp.clone(),
            },
        );
        let file = Arc::new(CertFile::read(certificate.as_bytes())?);
        config.certs.insert(
            DEFAULT_CERT.to_owned(),
            Cert {
                file,
                own: Map::new(),
                stamp,
            },
        );
        for (path, kind) in PROFILES {
            config.profiles.insert(path.to_owned(), kind);
        }
        for name in [
            "clientssl",
            "clientssl-secure",
            "clientssl-insecure-compatible",
        ] {
            let root = name == ROOT_NAME;
            let profile = ClientSsl {
                parent: (!root).then(|| ROOT.to_owned()),
                own: Map::new(),
                chain: root.then(|| {
                    vec![Entry {
                        name: "default".to_owned(),
                        cert: Some(DEFAULT_CERT.to_owned()),
                        key: Some(DEFAULT_KEY.to_owned()),
                        chain: None,
                        passphrase: None,
                        usage: "SERVER".to_owned(),
                    }]
                }),
                generation: 1,
            };
            config.client_ssl.insert(format!("/Common/{name}"), profile);
        }
        let web = ["/Common/tcp", "/Common/http", ROOT];
        for (index, (path, address, profiles)) in [
            ("/Common/www_https", addresses[0], &web[..]),
            ("/Web/shop_https", addresses[1], &web[..]),
            ("/Common/passthrough", addresses[2], &["/Common/fastL4"]),
        ]
        .into_iter()
        .enumerate()
        {
            let partition = names::partition(path);
            let profiles = profiles.iter().map(|profile| {
                let context = if *profile == ROOT {
                    "clientside"
                } else {
                    "all"
                };
                ((*profile).to_owned(), context.to_owned())
            });
            config.virtuals.insert(
                path.to_owned(),
                Virtual {
                    destination: format!("/{partition}/{address}"),
                    enabled: true,
                    profiles: profiles.collect(),
                    own: Map::new(),
                    index: index as u64 + 1,
                    generation: 1,
                },
            );
        }
        Some(config)
    }
}

const ROOT_NAME: &str = "clientssl";
const DEFAULT_KEY: &str = "/Common/default.key";
const DEFAULT_CERT: &str = "/Common/default.crt";

const PROFILES: [(&str, &str); 13] = [
    ("/Common/dhcpv4", "dhcpv4"),
    ("/Common/dhcpv6", "dhcpv6"),
    ("/Common/diameter", "diameter"),
    ("/Common/fasthttp", "fasthttp"),
    ("/Common/fastL4", "fastl4"),
    ("/Common/http", "http"),
    ("/Common/serverssl", "server-ssl"),
    ("/Common/sip", "sip"),
    ("/Common/sipsession", "sipsession"),
    ("/Common/tcp", "tcp"),
    ("/Common/tcp-lan-optimized", "tcp"),
    ("/Common/tcp-wan-optimized", "tcp"),
    ("/Common/udp", "udp"),
];
