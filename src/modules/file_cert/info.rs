//! `file_cert_info`: what stands in the folder that `file_cert_deploy` keeps.

use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ansible::{Failure, Outcome};
use crate::context::Context;
use crate::modules::certificate_facts::CertificateFacts;
use crate::modules::{Doc, Module, SeeAlso};
use crate::targets::files::{Layout, Pair, read_in_service};
use crate::x509::Algorithm;

/// Facts of certificates in files.
pub(in crate::modules) struct FileCertInfo;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    /// The folder in which each site has a folder.
    #[schemars(extend("x-type" = "path"))]
    dir: String,
    /// Only these sites.
    #[schemars(extend("x-aliases" = ["names"]))]
    name: Option<Vec<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// The certificates in service, sorted by site.
    certificates: Vec<Entry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// The site.
    name: String,
    /// V(rsa) or V(ecdsa).
    #[schemars(with = "String")]
    algorithm: Algorithm,
    /// Do key and certificate belong together?
    key_matches: bool,
    /// Are the intermediates there?
    chain_complete: bool,
    #[serde(flatten)]
    facts: CertificateFacts,
}

impl Module for FileCertInfo {
    const DOC: Doc = Doc {
        name: "file_cert_info",
        short_description: "List the certificates that file_cert_deploy keeps on this host",
        description: &["Reads what is in service, with the days that are left. Changes nothing."],
        sectigo: false,
        info: true,
        notes: &[],
        seealso: &[SeeAlso::Module("file_cert_deploy")],
        examples: r#"
- name: Certificates of this host
  certwright.fleet.file_cert_info:
    dir: /etc/ssl/sites
  become: true
  register: found

- name: Those that end within two weeks
  ansible.builtin.debug:
    msg: "{{ found.certificates | selectattr('days_left', 'lt', 14) }}"
"#,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, _context: &Context) -> Result<Outcome<Returned>, Failure> {
        let now = OffsetDateTime::now_utc();
        let dir = Path::new(&options.dir);
        let sites = match options.name {
            Some(names) => names,
            None => folders(dir)
                .map_err(|error| Failure::new(format!("cannot read {}: {error}", dir.display())))?,
        };
        let mut certificates = Vec::new();
        for site in sites {
            let layout = Layout::new(dir, &site);
            for algorithm in [Algorithm::Ecdsa, Algorithm::Rsa] {
                if let Some(Pair { key, chain }) = read_in_service(&layout, algorithm) {
                    certificates.push(Entry {
                        name: site.clone(),
                        algorithm,
                        key_matches: key.public_key_sha256() == chain.leaf.public_key_sha256,
                        chain_complete: chain.is_complete(),
                        facts: CertificateFacts::of(&(&chain.leaf).into(), now),
                    });
                }
            }
        }
        Ok(Outcome {
            changed: false,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned { certificates },
        })
    }
}

/// Sites that do not exist are no error: there is nothing to list.
fn folders(dir: &Path) -> std::io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}
