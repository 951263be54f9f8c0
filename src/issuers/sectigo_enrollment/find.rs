//! Looking for orders in SCM: with one call where reports are allowed.

use std::collections::HashSet;

use crate::clients::scm::certificates::{Filter, SslCertificate};
use crate::clients::scm::reports::ReportFilter;
use crate::clients::scm::{Id, Scm, ScmError};

/// Orders of one common name, as far as SCM shows them.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) orders: Vec<SslCertificate>,
    /// They are from a report, which may lag behind the list.
    pub(super) reported: bool,
}

/// Every order of the organization with this common name. The report has comments and states of
/// all; without the right to make it, the list is read, and the details of every entry.
pub(super) async fn orders(
    scm: &Scm,
    organization: Id,
    common_name: &str,
) -> Result<Found, ScmError> {
    let filter = ReportFilter {
        organization_ids: vec![organization],
        common_name: Some(common_name.to_owned()),
        ..ReportFilter::default()
    };
    let (orders, reported) = match scm.report_certificates(&filter).await {
        Err(error) if !error.ends_all() => {
            let listed = orders_of_the_list(scm, organization, common_name, &[]).await?;
            (listed, false)
        }
        result => (result?, true),
    };
    Ok(Found { orders, reported })
}

/// The same from the list, which shows what was just written where a report may lag behind. Of
/// `known` orders no details are read, and none are returned.
pub(super) async fn orders_of_the_list(
    scm: &Scm,
    organization: Id,
    common_name: &str,
    known: &[SslCertificate],
) -> Result<Vec<SslCertificate>, ScmError> {
    let known: HashSet<Id> = known.iter().map(|it| it.id).collect();
    let filter = Filter::default()
        .with("commonName", common_name)
        .with("orgId", organization.to_string());
    let mut found = Vec::new();
    for entry in scm.ssl_certificates(&filter).await? {
        if known.contains(&entry.id) {
            continue;
        }
        match scm.ssl_certificate(entry.id).await {
            Ok(details) => found.push(details),
            Err(ScmError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
