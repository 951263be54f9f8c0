//! What became of certificates, with few calls in a run.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::certificates::{Filter, SslCertificate, SslStatus};
use super::reports::ReportFilter;
use super::{Scm, ScmError};

/// What was asked for already, by common name; the empty name stands for all certificates.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<String, Arc<Vec<SslCertificate>>>>);

impl Scm {
    /// Certificates among which are all with this common name. One call for each name, and one for
    /// all certificates when there are many names.
    pub(crate) async fn history(
        &self,
        common_name: &str,
    ) -> Result<Arc<Vec<SslCertificate>>, ScmError> {
        let mut known = self.0.revocations.0.lock().await;
        let name = common_name.to_lowercase();
        if let Some(rows) = known.get(&name).or_else(|| known.get(ALL)) {
            return Ok(rows.clone());
        }
        let key = if known.len() < FEW {
            name.as_str()
        } else {
            ALL
        };
        let rows = Arc::new(self.read_history(Some(key).filter(|it| *it != ALL)).await?);
        known.insert(key.to_owned(), rows.clone());
        Ok(rows)
    }

    /// Without the right to make reports only what is revoked or replaced is told.
    async fn read_history(
        &self,
        common_name: Option<&str>,
    ) -> Result<Vec<SslCertificate>, ScmError> {
        let filter = ReportFilter {
            common_name: common_name.map(str::to_owned),
            ..ReportFilter::default()
        };
        match self.report_certificates(&filter).await {
            Err(error) if !error.ends_all() => {}
            result => return result,
        }
        let mut found = Vec::new();
        for (word, status) in [
            ("Revoked", SslStatus::Revoked),
            ("Replaced", SslStatus::Replaced),
        ] {
            let filter = Filter::default()
                .with("status", word)
                .with_some("commonName", common_name);
            let listed = self.ssl_certificates(&filter).await?;
            found.extend(listed.into_iter().map(|it| SslCertificate {
                status: Some(status.clone()),
                ..it
            }));
        }
        Ok(found)
    }
}

const ALL: &str = "";
/// So many common names are asked for one by one before all certificates are.
const FEW: usize = 3;
