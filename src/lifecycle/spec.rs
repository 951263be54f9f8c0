//! What is wanted.

use schemars::JsonSchema;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::x509::KeyType;

/// A site's certificates: the same names once for each kind of key.
#[derive(Clone, Debug)]
pub(crate) struct SiteSpec {
    /// What the site is called where its objects get names.
    pub(crate) name: String,
    /// The name that also becomes the common name.
    pub(crate) common_name: Option<String>,
    /// Lower-case, sorted, without duplicates.
    pub(crate) names: Vec<String>,
    /// At most one of each algorithm: servers cannot serve more.
    pub(crate) keys: Vec<KeyType>,
    pub(crate) renew: RenewPolicy,
    /// Part of the issuer's distinguished name; certificates of other issuers are replaced.
    pub(crate) issuer_name: Option<String>,
    pub(crate) force: bool,
}

/// When a certificate that is otherwise as it should be is renewed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct RenewPolicy {
    /// Renew when fewer than this many days are left. Without it, C(share) decides alone.
    #[serde(default)]
    pub(crate) days: Option<u32>,
    /// Renew when this share of the certificate's life is over. The default suits every length of
    /// life, today's 200 days as well as the 47 of 2029.
    #[serde(default = "two_thirds")]
    pub(crate) share: f64,
    /// Ask the CA when it suggests to renew (ARI, RFC 9773), and follow it when that is earlier.
    /// A CA that does not answer never holds a renewal up.
    #[serde(default = "yes")]
    pub(crate) ari: bool,
}

impl RenewPolicy {
    /// When a certificate with this life is to be renewed: the earlier of share and days.
    pub(crate) fn due(
        &self,
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> OffsetDateTime {
        let by_share = not_before + (not_after - not_before) * self.share;
        match self.days {
            Some(days) => by_share.min(not_after - Duration::days(i64::from(days))),
            None => by_share,
        }
    }
}

impl Default for RenewPolicy {
    fn default() -> Self {
        Self {
            days: None,
            share: two_thirds(),
            ari: yes(),
        }
    }
}

fn two_thirds() -> f64 {
    0.667
}

fn yes() -> bool {
    true
}
