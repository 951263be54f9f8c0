//! Looking for orders in SCM: with one call where reports are allowed.

use crate::clients::scm::certificates::{Filter, SslCertificate};
use crate::clients::scm::reports::ReportFilter;
use crate::clients::scm::{Id, Scm, ScmError};

/// Every order of the organization with this common name. The report has comments and states of
/// all; without the right to make it, the list is read, and the details of every entry.
pub(super) async fn orders(
    scm: &Scm,
    organization: Id,
    common_name: &str,
) -> Result<Vec<SslCertificate>, ScmError> {
    let filter = ReportFilter {
        organization_ids: vec![organization],
        common_name: Some(common_name.to_owned()),
        ..ReportFilter::default()
    };
    match scm.report_certificates(&filter).await {
        Err(error) if !error.ends_all() => {}
        result => return result,
    }
    orders_of_the_list(scm, organization, common_name).await
}

/// The same from the list, which shows what was just written where a report may lag behind.
pub(super) async fn orders_of_the_list(
    scm: &Scm,
    organization: Id,
    common_name: &str,
) -> Result<Vec<SslCertificate>, ScmError> {
    let filter = Filter::default()
        .with("commonName", common_name)
        .with("orgId", organization.to_string());
    let mut found = Vec::new();
    for entry in scm.ssl_certificates(&filter).await? {
        match scm.ssl_certificate(entry.id).await {
            Ok(details) => found.push(details),
            Err(ScmError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
