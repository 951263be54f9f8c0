//! The ACME servers that a customer's accounts can be on.

use serde::Deserialize;

use super::paging::End;
use super::{Scm, ScmError, wire};
use crate::http::Call;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcmeServer {
    /// The address of the ACME directory.
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) cert_validation_type: Option<ValidationType>,
    /// In older replies only.
    pub(crate) active: Option<bool>,
}

wire::words! {
    /// What is checked before a certificate is issued: the domain, or the organization too.
    ValidationType { Dv = "DV", Ov = "OV", Ev = "EV" }
}

impl AcmeServer {
    /// Does `text`, a name or an address, mean this server? Sources disagree on which of the two
    /// SCM puts into an account.
    pub(crate) fn is(&self, text: &str) -> bool {
        same_url(&self.url, text) || self.name.trim().eq_ignore_ascii_case(text.trim())
    }
}

impl Scm {
    /// `GET /acme/v1/server`, once in a run.
    pub(crate) async fn acme_servers(&self) -> Result<&[AcmeServer], ScmError> {
        let list = || async {
            let call = Call::get("acme/v1/server", "list the ACME servers");
            self.list(&call, End::ShortPage, |it: &AcmeServer| it.url.clone())
                .await
        };
        self.0
            .acme_servers
            .get_or_try_init(list)
            .await
            .map(Vec::as_slice)
    }

    /// The servers if they were read already: no call is made.
    pub(crate) fn known_acme_servers(&self) -> &[AcmeServer] {
        self.0
            .acme_servers
            .get()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The server that `wanted`, a name or an address, means.
    pub(crate) async fn find_acme_server(&self, wanted: &str) -> Result<&AcmeServer, ScmError> {
        let servers = self.acme_servers().await?;
        servers.iter().find(|it| it.is(wanted)).ok_or_else(|| {
            ScmError::Options(format!(
                "no ACME server '{wanted}' is known to SCM. There are: {}",
                listed(servers)
            ))
        })
    }
}

/// For error messages.
pub(crate) fn listed(servers: &[AcmeServer]) -> String {
    if servers.is_empty() {
        return "none".to_owned();
    }
    servers
        .iter()
        .map(|it| format!("{} ({})", it.name, it.url))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(crate) fn same_url(a: &str, b: &str) -> bool {
    let plain = |it: &str| it.trim().trim_end_matches('/').to_ascii_lowercase();
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_meant_by_name_and_by_address() {
        let server: AcmeServer = serde_json::from_str(
            r#"{"url":"https://acme.example/v2/OV","caId":7,"name":"OV ACME Server",
                "certValidationType":"ov"}"#,
        )
        .unwrap();
        assert_eq!(server.cert_validation_type, Some(ValidationType::Ov));
        for text in [
            "OV ACME Server",
            "ov acme server ",
            "https://acme.example/v2/OV/",
        ] {
            assert!(server.is(text), "{text}");
        }
        assert!(!server.is("https://acme.example/v2/DV"));
    }
}
