//! `file_cert_deploy`: a site's certificates on the host that serves them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::options::{EXAMPLES, Options, ReloadOptions, State};
use super::returned::{Returned, returned, summary};
use crate::ansible::{Diff, Failure, Outcome};
use crate::context::Context;
use crate::lifecycle::verify::Endpoint;
use crate::lifecycle::{SiteSpec, Stopped, converge};
use crate::modules::certificate_facts::diff_sides;
use crate::modules::site::{SiteOptions, site_name};
use crate::modules::verify::{VerifyEndpoint, VerifyOptions};
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
        let site = site_name(options.name.as_deref(), options.names.as_deref())?;
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
    let spec = SiteOptions {
        names: options.names.as_deref(),
        key: &options.key,
        renew: &options.renew,
        issuer: options.issuer.as_ref(),
        force: options.force,
    }
    .spec(site)?;
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
    let roots = wanted.roots()?;
    let patience = wanted.patience();
    let server_name = wanted.server_name(spec.common_name.as_deref().unwrap_or_default());
    let endpoint = Endpoint {
        address: wanted.address.unwrap_or_else(|| "127.0.0.1".to_owned()),
        port: wanted.port.unwrap_or(443),
        server_name,
        roots,
    };
    Ok((Some(endpoint), patience))
}
