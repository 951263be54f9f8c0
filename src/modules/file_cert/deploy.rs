//! `file_cert_deploy`: a site's certificates on the host that serves them.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::options::{EXAMPLES, Options, ReloadOptions, State, VerifyEndpoint, VerifyOptions};
use super::returned::{Returned, returned, summary};
use crate::ansible::{Diff, Failure, Outcome};
use crate::context::Context;
use crate::http::roots_from_pem;
use crate::lifecycle::verify::Endpoint;
use crate::lifecycle::{SiteSpec, Stopped, converge};
use crate::modules::certificate_facts::diff_sides;
use crate::modules::{Doc, Module, SeeAlso};
use crate::targets::files::{FilesOptions, FilesTarget, Layout, Permissions, Server};

/// Certificates in files, for Apache, nginx and others.
pub(in crate::modules) struct FileCertDeploy;

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
