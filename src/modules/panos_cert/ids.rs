//! Files as Sectigo's connector keeps them: Base64 of a certificate's number in SCM.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::returned::DeployedCertificate;
use crate::clients::scm::certificates::{Filter, scm_serial};
use crate::clients::scm::{Scm, ScmOptions};
use crate::context::Context;
use crate::modules::status_file::{file_name, put};

/// Brings the files up to date: those of new certificates, those that are not there, and those that
/// a killed run did not get to, which are older than the certificate. They decide
/// nothing here, so what goes wrong is a warning.
pub(super) async fn write(
    folder: &Path,
    scm: &ScmOptions,
    certificates: &[DeployedCertificate],
    context: &Context,
) {
    for certificate in certificates {
        let Some(facts) = certificate.facts() else {
            continue;
        };
        let name = format!("{}.ids", file_name(&certificate.name));
        if !certificate.is_new() && !is_older(&folder.join(&name), &facts.not_before) {
            continue;
        }
        if let Err(problem) = one(folder, &name, scm, &facts.serial, context).await {
            context.warn(format!("ids_dir: {}: {problem}", certificate.name));
        }
    }
}

fn is_older(path: &Path, not_before: &str) -> bool {
    let Ok(written) = path.metadata().and_then(|it| it.modified()) else {
        return true;
    };
    OffsetDateTime::parse(not_before, &Rfc3339).is_ok_and(|it| OffsetDateTime::from(written) < it)
}

async fn one(
    folder: &Path,
    name: &str,
    scm: &ScmOptions,
    serial: &str,
    context: &Context,
) -> Result<(), String> {
    let scm = Scm::connect(scm, context).map_err(|error| error.to_string())?;
    let filter = Filter::default().with("serialNumber", scm_serial(serial));
    let found = scm.ssl_certificates(&filter).await;
    let found = found.map_err(|error| error.to_string())?;
    let id = found
        .first()
        .map(|it| it.id)
        .ok_or_else(|| format!("SCM lists no certificate with serial number {serial}"))?;
    std::fs::create_dir_all(folder)
        .and_then(|()| put(folder, name, &STANDARD.encode(id.to_string())))
        .map_err(|error| format!("{}: {error}", folder.display()))
}
