//! Why a name server did not do what it was asked, and what to do about it.

use hickory_proto::op::ResponseCode;

use super::DnsUpdate;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DnsError {
    /// The options make no sense; nothing was sent.
    #[error("{0}")]
    Options(String),
    #[error(
        "name server {server}: cannot {doing}: {cause}. Is dns.server the zone's primary, and may this host reach it by \
         TCP? The next run tries again"
    )]
    Unreachable {
        server: String,
        doing: String,
        cause: String,
    },
    #[error(
        "name server {server} has no zone for {owner}. Is dns.server the primary of that zone? If it hides its zones, \
         give dns.zone"
    )]
    NoZone { server: String, owner: String },
    #[error("name server {server} refused to {doing}: {answer}. {advice}")]
    Refused {
        server: String,
        doing: String,
        answer: String,
        advice: &'static str,
    },
    #[error(
        "name server {server}: the answer, when asked to {doing}, is not signed with the TSIG key: {cause}. Somebody in \
         between may have changed it, or dns.key_algorithm is not the server's"
    )]
    Untrusted {
        server: String,
        doing: String,
        cause: String,
    },
}

impl DnsUpdate {
    pub(super) fn refused(
        &self,
        doing: &str,
        code: ResponseCode,
        tsig: Option<String>,
    ) -> DnsError {
        DnsError::Refused {
            server: self.server.clone(),
            doing: doing.to_owned(),
            answer: tsig.unwrap_or_else(|| format!("{code:?}")),
            advice: advice(code),
        }
    }
}

fn advice(code: ResponseCode) -> &'static str {
    match code {
        ResponseCode::NotAuth => {
            "Check dns.key_name, dns.key_secret and dns.key_algorithm against the server's configuration, and both \
             clocks"
        }
        ResponseCode::Refused => {
            "Its configuration must let this key write that name (BIND: update-policy or allow-update)"
        }
        ResponseCode::NotZone => "dns.zone does not hold the name",
        ResponseCode::NotImp => "It takes no dynamic updates",
        _ => "Its log says more (BIND: may it write to its zone files?)",
    }
}
