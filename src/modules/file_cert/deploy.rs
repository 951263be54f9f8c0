//! `file_cert_deploy`: a site's certificates on the host that serves them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;

use crate::ansible::{Diff, Failure, Outcome};
use crate::clients::scm::ScmOptions;
use crate::context::Context;
use crate::dns_name::DnsName;
use crate::http::roots_from_pem;
use crate::issuers::IssuerOptions;
use crate::lifecycle::verify::Endpoint;
use crate::lifecycle::{Reason, RenewPolicy, Report, SiteSpec, Stopped, converge};
use crate::modules::certificate_facts::{CertificateFacts, diff_sides, reasons};
use crate::modules::{Doc, Module, SeeAlso};
use crate::secret::Secret;
use crate::targets::files::{FilesOptions, FilesTarget, Layout, Permissions, Server};
use crate::x509::KeyType;

/// Certificates in files, for Apache, nginx and others.
pub(in crate::modules) struct FileCertDeploy;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    scm: Option<ScmOptions>,
    /// What the site is called; names its folder. Unset, it is the first of O(names).
    name: Option<String>,
    /// DNS names of the certificate. The first one is its common name.
    names: Option<Vec<DnsName>>,
    /// Kind of the key. With one RSA and one ECDSA kind the site gets a certificate of each, and
    /// the server picks what a client can do.
    #[serde(default = "default_key")]
    key: Vec<KeyType>,
    issuer: Option<IssuerOptions>,
    /// Folder in which each site has a folder.
    #[schemars(extend("x-type" = "path"))]
    dir: String,
    /// Owner of all files, by name or number.
    owner: Option<String>,
    /// Group of all files, by name or number.
    group: Option<String>,
    /// Mode of files that hold no key, as octal digits in quotes.
    #[serde(default = "mode")]
    mode: String,
    /// Mode of files that hold a key. The rest of the world is always kept out.
    #[serde(default = "key_mode")]
    key_mode: String,
    /// Mode of the site's folders.
    #[serde(default = "directory_mode")]
    directory_mode: String,
    pkcs12: Option<Pkcs12Options>,
    /// Have the server test its configuration and reload, and take the switch back if it refuses:
    /// V(nginx), V(apache), or a dictionary with the commands V(test) and V(reload), each a list of
    /// words. Unset, a handler that listens to this task does it.
    reload: Option<ReloadOptions>,
    /// Prove by a TLS handshake that the certificate is served; V(false) turns it off. With
    /// O(reload) the default is to look at port 443 of this host.
    ///
    /// If a certificate of the site was served before and the new one is not, the switch is taken
    /// back.
    verify: Option<VerifyOptions>,
    #[serde(default)]
    renew: RenewPolicy,
    /// Get a new certificate although the present one is as it should be.
    #[serde(default)]
    force: bool,
    /// V(absent) removes the site's folder, with its keys.
    #[serde(default)]
    state: State,
}

/// A keystore beside the PEM files.
#[derive(Debug, Deserialize, JsonSchema)]
struct Pkcs12Options {
    /// Passphrase of the keystore, V(keystore.p12).
    passphrase: Secret,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    #[default]
    Present,
    Absent,
}

#[derive(Debug)]
enum ReloadOptions {
    Nginx,
    Apache,
    Commands {
        test: Option<Vec<String>>,
        reload: Vec<String>,
    },
}

#[derive(Debug)]
enum VerifyOptions {
    Off,
    On(VerifyEndpoint),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifyEndpoint {
    address: Option<String>,
    port: Option<u16>,
    server_name: Option<String>,
    ca_path: Option<String>,
    timeout: Option<u64>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// The site.
    pub(super) name: String,
    /// One entry for each kind of key.
    pub(super) certificates: Vec<DeployedCertificate>,
    /// Requests that wait for a signature, by kind of key, in PEM (issuer of type V(external)).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-type" = "raw"))]
    pub(super) csrs: BTreeMap<&'static str, String>,
    /// What was set right without a new certificate.
    pub(super) repairs: Vec<String>,
    /// Versions and remains that were removed.
    pub(super) retired: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::modules) struct DeployedCertificate {
    /// Kind of the key.
    #[schemars(with = "String")]
    key: KeyType,
    /// What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had
    /// prepared it), V(bind) (the server is made to take notice), V(request) (key and CSR are made,
    /// the signature comes from elsewhere), or V(wait) (for that signature).
    action: &'static str,
    /// Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring),
    /// V(ari_window), V(revoked), V(key_mismatch), V(chain_incomplete), V(not_bound), V(forced).
    reasons: Vec<&'static str>,
    /// Why, in sentences.
    because: Vec<String>,
    /// Did a handshake show the certificate?
    proven: bool,
    /// What is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<String>,
    /// The files to name in a server's configuration. They stay the same when the certificate
    /// changes.
    paths: Paths,
    #[serde(flatten)]
    facts: Option<CertificateFacts>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Paths {
    /// The key, PKCS#8 in PEM.
    privkey: String,
    /// The certificate alone.
    cert: String,
    /// The intermediates.
    chain: String,
    /// Certificate and intermediates.
    fullchain: String,
    /// Everything as PKCS#12, if O(pkcs12) is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    keystore: Option<String>,
}

impl Module for FileCertDeploy {
    const DOC: Doc = Doc {
        name: "file_cert_deploy",
        short_description: "Keep a site's certificates in files on the host that serves them",
        description: &[
            "Makes the key on this host, has it signed, puts certificate and chain beside it, switches all of them \
             into service by one rename, has the server reload, and proves by a TLS handshake that the new \
             certificate is served. Only then the old one is removed.",
            "Run it on the web host itself. A run that is killed anywhere is finished by the next one.",
            "The files are C(<dir>/<name>/<rsa or ecdsa>/{privkey,cert,chain,fullchain}.pem).",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "Where the web host cannot reach the CA, use an O(issuer) of type V(external) and have the CSR signed with \
             M(certwright.fleet.certificate) on the controller. The role P(certwright.fleet.site#role) does so.",
        ],
        seealso: &[
            SeeAlso::Module("certificate"),
            SeeAlso::Module("file_cert_info"),
            SeeAlso::Module("sectigo_acme_user"),
            SeeAlso::Link(
                "RFC 8555",
                "https://www.rfc-editor.org/rfc/rfc8555",
                "Automatic Certificate Management Environment (ACME)",
            ),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let site = site_name(&options)?;
        let layout = Layout::new(Path::new(&options.dir), &site);
        match options.state {
            State::Present => present(options, site, layout, context).await,
            State::Absent => absent(site, &layout, context),
        }
    }
}

async fn present(
    options: Options,
    site: String,
    layout: Layout,
    context: &Context,
) -> Result<Outcome<Returned>, Failure> {
    let spec = spec(&options, site)?;
    let server = options
        .reload
        .map(ReloadOptions::server)
        .transpose()
        .map_err(Failure::new)?;
    let (endpoint, patience) = endpoint(&spec, server.as_ref(), options.verify)?;
    let permissions = Permissions::new(
        options.owner.as_deref(),
        options.group.as_deref(),
        &options.mode,
        &options.key_mode,
        &options.directory_mode,
    )
    .map_err(Failure::new)?;
    let has_keystore = options.pkcs12.is_some();
    let issuer = options
        .issuer
        .ok_or_else(|| Failure::new("missing required arguments: issuer"))?
        .connect(options.scm.as_ref(), spec.renew.ari, context)
        .map_err(Failure::new)?;
    let target = FilesTarget::new(FilesOptions {
        layout: layout.clone(),
        permissions,
        pkcs12: options.pkcs12.map(|it| it.passphrase),
        server,
        endpoint,
        patience,
        deadline: context.deadline,
    });
    match converge(&spec, &target, issuer.as_ref(), context).await {
        Ok(mut report) => {
            let manual_actions = std::mem::take(&mut report.manual_actions);
            let (before, after) = diff_sides(&report, &spec.names);
            Ok(Outcome {
                changed: report.changed,
                msg: Some(summary(&report)),
                diff: Some(Diff { before, after }),
                manual_actions,
                returned: returned(&spec, &report, &layout, has_keystore),
            })
        }
        Err(Stopped { message, report }) => Err(Failure::new(message)
            .changed(report.changed)
            .returned(&returned(&spec, &report, &layout, has_keystore))
            .manual_actions(report.manual_actions)),
    }
}

fn absent(site: String, layout: &Layout, context: &Context) -> Result<Outcome<Returned>, Failure> {
    let exists = layout.root().exists();
    if exists && !context.check {
        fs::remove_dir_all(layout.root()).map_err(|error| {
            Failure::new(format!(
                "cannot remove {}: {error}",
                layout.root().display()
            ))
        })?;
    }
    let state = |exists| serde_json::json!({"folder": layout.root(), "exists": exists});
    Ok(Outcome {
        changed: exists,
        msg: None,
        diff: Some(Diff {
            before: state(exists),
            after: state(false),
        }),
        manual_actions: Vec::new(),
        returned: Returned {
            name: site,
            ..Returned::default()
        },
    })
}

fn site_name(options: &Options) -> Result<String, Failure> {
    let first = options.names.iter().flatten().next();
    let name = options
        .name
        .clone()
        .or_else(|| first.map(|it| it.as_str().to_owned()))
        .ok_or_else(|| Failure::new("one of the following is required: name, names"))?;
    // It becomes a folder's name.
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '*');
    if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(plain) {
        return Err(Failure::new(format!(
            "argument 'name' is not valid: '{name}' may hold letters, digits, '.', '-', '_' and '*', and starts \
             with none of '.' and '-'"
        )));
    }
    Ok(name)
}

fn spec(options: &Options, name: String) -> Result<SiteSpec, Failure> {
    let names = options
        .names
        .as_ref()
        .filter(|it| !it.is_empty())
        .ok_or_else(|| Failure::new("missing required arguments: names"))?;
    let mut names: Vec<String> = names.iter().map(|it| it.as_str().to_owned()).collect();
    let common_name = names.first().cloned();
    names.sort_unstable();
    names.dedup();
    let mut algorithms: Vec<_> = options.key.iter().map(|it| it.algorithm()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if algorithms.is_empty() || algorithms.len() < options.key.len() {
        return Err(Failure::new(
            "argument 'key' is not valid: give one kind, or one of RSA and one of ECDSA: a server serves at most \
             one certificate of each",
        ));
    }
    if !(options.renew.share > 0.0 && options.renew.share < 1.0) {
        return Err(Failure::new(
            "argument 'renew.share' is not valid: it is a share of the certificate's life, between 0 and 1",
        ));
    }
    Ok(SiteSpec {
        name,
        common_name,
        names,
        keys: options.key.clone(),
        renew: options.renew.clone(),
        issuer_name: options
            .issuer
            .as_ref()
            .and_then(|it| it.issuer_name.clone()),
        force: options.force,
    })
}

/// Where to look for the proof, and how long.
fn endpoint(
    spec: &SiteSpec,
    server: Option<&Server>,
    verify: Option<VerifyOptions>,
) -> Result<(Option<Endpoint>, Duration), Failure> {
    let wanted = match verify {
        Some(VerifyOptions::Off) => None,
        Some(VerifyOptions::On(endpoint)) => Some(endpoint),
        None => server.map(|_| VerifyEndpoint::default()),
    };
    let Some(wanted) = wanted else {
        return Ok((None, Duration::ZERO));
    };
    let roots = wanted
        .ca_path
        .map(|it| roots_from_pem(Path::new(&it)))
        .transpose()
        .map_err(|problem| Failure::new(format!("verify: {problem}")))?;
    let first = spec.common_name.as_deref().unwrap_or_default();
    let endpoint = Endpoint {
        address: wanted.address.unwrap_or_else(|| "127.0.0.1".to_owned()),
        port: wanted.port.unwrap_or(443),
        // Any name that the wildcard covers will do.
        server_name: wanted
            .server_name
            .unwrap_or_else(|| first.replace('*', "certwright")),
        roots: roots.map(Arc::new),
    };
    let patience = Duration::from_secs(wanted.timeout.unwrap_or(15));
    Ok((Some(endpoint), patience))
}

fn returned(spec: &SiteSpec, report: &Report, layout: &Layout, has_keystore: bool) -> Returned {
    let now = OffsetDateTime::now_utc();
    let certificates = report
        .variants
        .iter()
        .map(|variant| {
            let path = |file: &str| {
                let path = layout.in_service(variant.key.algorithm(), file);
                path.to_string_lossy().into_owned()
            };
            DeployedCertificate {
                key: variant.key,
                action: variant.action.name(),
                reasons: variant.reasons.iter().map(Reason::name).collect(),
                because: reasons(variant),
                proven: variant.proven,
                waiting: variant.waiting.as_ref().map(|it| it.message.clone()),
                paths: Paths {
                    privkey: path("privkey.pem"),
                    cert: path("cert.pem"),
                    chain: path("chain.pem"),
                    fullchain: path("fullchain.pem"),
                    keystore: has_keystore.then(|| path("keystore.p12")),
                },
                facts: variant
                    .after
                    .as_ref()
                    .map(|it| CertificateFacts::of(it, now)),
            }
        })
        .collect();
    Returned {
        name: spec.name.clone(),
        certificates,
        csrs: report
            .variants
            .iter()
            .filter_map(|it| Some((it.key.name(), it.waiting.as_ref()?.csr.to_pem())))
            .collect(),
        repairs: report.repairs.clone(),
        retired: report.retired.clone(),
    }
}

fn summary(report: &Report) -> String {
    report
        .variants
        .iter()
        .map(|it| {
            let why = reasons(it);
            if why.is_empty() {
                format!("{}: {}", it.key, it.action.name())
            } else {
                format!("{}: {} ({})", it.key, it.action.name(), why.join("; "))
            }
        })
        .collect::<Vec<_>>()
        .join(", ")
}

impl ReloadOptions {
    fn server(self) -> Result<Server, String> {
        match self {
            Self::Nginx => Ok(Server::nginx()),
            Self::Apache => Ok(Server::apache()),
            Self::Commands { test, reload } => Server::custom(test, reload).ok_or_else(|| {
                "argument 'reload' is not valid: the command `reload` is empty".to_owned()
            }),
        }
    }
}

impl<'de> Deserialize<'de> for ReloadOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Commands {
            test: Option<Vec<String>>,
            reload: Vec<String>,
        }
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected nginx, apache, or {test: [...], reload: [...]}"
        )]
        enum Given {
            Name(String),
            Commands(Commands),
        }
        match Given::deserialize(deserializer)? {
            Given::Name(name) => match name.as_str() {
                "nginx" => Ok(Self::Nginx),
                "apache" => Ok(Self::Apache),
                other => Err(serde::de::Error::custom(format!(
                    "value of reload must be nginx, apache, or a dictionary of commands, got: {other}"
                ))),
            },
            Given::Commands(Commands { test, reload }) => Ok(Self::Commands { test, reload }),
        }
    }
}

impl<'de> Deserialize<'de> for VerifyOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected true, false, or a dictionary of address, port, server_name, ca_path and timeout"
        )]
        enum Given {
            Switch(bool),
            Endpoint(VerifyEndpoint),
        }
        Ok(match Given::deserialize(deserializer)? {
            Given::Switch(false) => Self::Off,
            Given::Switch(true) => Self::On(VerifyEndpoint::default()),
            Given::Endpoint(endpoint) => Self::On(endpoint),
        })
    }
}

/// Options that take more than one shape are shown as `raw`.
macro_rules! raw_schema {
    ($type:ty) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"x-type": "raw"})
            }
        }
    };
}
raw_schema!(ReloadOptions);
raw_schema!(VerifyOptions);

fn default_key() -> Vec<KeyType> {
    vec![KeyType::EcdsaP256]
}

fn mode() -> String {
    "0644".to_owned()
}

fn key_mode() -> String {
    "0600".to_owned()
}

fn directory_mode() -> String {
    "0700".to_owned()
}

const EXAMPLES: &str = r"
- name: A site with an ECDSA certificate from Sectigo, served by nginx
  certwright.fleet.file_cert_deploy:
    names: [www.example.org, example.org]
    issuer:
      type: sectigo_acme
      account: web-team
    dir: /etc/ssl/sites
    reload: nginx
  become: true

- name: RSA and ECDSA side by side, from another CA
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    key: [rsa-3072, ecdsa-p256]
    issuer:
      type: acme
      directory: https://ca.example.org/acme/directory
      eab:
        kid: '{{ acme_kid }}'
        hmac_key: '{{ acme_hmac_key }}'
    dir: /etc/ssl/sites
    reload: apache
    verify:
      address: 192.0.2.7
      port: 8443
  become: true

- name: Only a CSR, to be signed elsewhere
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    issuer:
      type: external
    dir: /etc/ssl/sites
  register: site
";
