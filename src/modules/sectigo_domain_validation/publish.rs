//! Puts proofs on a name server, and takes away those of earlier validations.

use crate::clients::dns_update::{DnsError, DnsRecord, DnsUpdate, RecordKind};
use crate::context::Context;

pub(super) struct Publisher {
    pub(super) dns: DnsUpdate,
    /// Remove what is stale.
    pub(super) clean: bool,
}

impl Publisher {
    /// Is it not there, or not alone?
    pub(super) async fn lacks(&self, record: &DnsRecord) -> Result<bool, DnsError> {
        let there = self.dns.lookup(&record.name, record.kind).await?;
        Ok(there.as_slice() != [record.clone()])
    }

    /// `false`: it was there already, and alone.
    pub(super) async fn publish(
        &self,
        record: &DnsRecord,
        context: &Context,
    ) -> Result<bool, DnsError> {
        if !self.lacks(record).await? {
            return Ok(false);
        }
        let mut stale = Vec::new();
        if self.clean {
            match self.dns.transfer(&record.name).await? {
                Some(zone) => stale = stale_in(zone, record),
                None => context.warn(
                    "The name server hands its zones out to nobody with this key, so records of earlier validations \
                     are not looked for. Allow the transfer (BIND: allow-transfer), or set clean: false.",
                ),
            }
        }
        self.dns.publish(record, &stale).await?;
        Ok(true)
    }
}

/// Records of validations of the same domain that `record` is not one of. Of CNAMEs only those
/// count whose owner and target look as the CA makes them.
fn stale_in(zone: Vec<DnsRecord>, record: &DnsRecord) -> Vec<DnsRecord> {
    let domain = record.name.split_once('.').map_or("", |(_, it)| it);
    zone.into_iter()
        .filter(|it| it.name != record.name || it.kind != record.kind)
        .filter(|it| {
            let Some((label, rest)) = it.name.split_once('.') else {
                return false;
            };
            rest == domain
                && match it.kind {
                    RecordKind::Cname => {
                        is_hash(label) && CA_DOMAINS.iter().any(|domain| it.value.ends_with(domain))
                    }
                    RecordKind::Txt => label == TXT_LABEL,
                }
        })
        .collect()
}

/// `_` and 32 hexadecimal digits.
fn is_hash(label: &str) -> bool {
    label
        .strip_prefix('_')
        .is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Sectigo's name now, and when it was Comodo's.
const CA_DOMAINS: [&str; 2] = [".sectigo.com", ".comodoca.com"];
const TXT_LABEL: &str = "_pki-validation";

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, kind: RecordKind, value: &str) -> DnsRecord {
        DnsRecord {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
        }
    }

    #[test]
    fn only_old_proofs_of_the_same_domain_are_stale() {
        use RecordKind::{Cname, Txt};
        let hash = |digit: &str| format!("_{}", digit.repeat(32));
        let of = |digit: &str, domain: &str| format!("{}.{domain}", hash(digit));
        let new = record(&of("a", "example.org"), Cname, "x.y.sectigo.com");
        let zone = vec![
            new.clone(),
            record(&of("b", "example.org"), Cname, "x.y.sectigo.com"),
            record(&of("c", "example.org"), Cname, "x.comodoca.com"),
            record("_pki-validation.example.org", Txt, "old"),
            record(&of("d", "sub.example.org"), Cname, "x.y.sectigo.com"),
            record(&of("e", "example.org"), Cname, "x.y.other.example"),
            record("www.example.org", Cname, "web.sectigo.com"),
            record("example.org", Txt, "v=spf1 -all"),
        ];
        let stale: Vec<_> = stale_in(zone, &new).into_iter().map(|it| it.name).collect();
        assert_eq!(
            stale,
            [
                of("b", "example.org"),
                of("c", "example.org"),
                "_pki-validation.example.org".to_owned()
            ]
        );
    }
}
