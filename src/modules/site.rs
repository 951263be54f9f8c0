//! From options to what the lifecycle wants: the same for every target.

use crate::ansible::Failure;
use crate::dns_name::DnsName;
use crate::issuers::IssuerOptions;
use crate::lifecycle::{RenewPolicy, SiteSpec};
use crate::x509::KeyType;

/// The options of a site that every module for a target has.
pub(super) struct SiteOptions<'a> {
    pub(super) names: Option<&'a [DnsName]>,
    pub(super) key: &'a [KeyType],
    pub(super) renew: &'a RenewPolicy,
    pub(super) issuer: Option<&'a IssuerOptions>,
    pub(super) force: bool,
}

impl SiteOptions<'_> {
    pub(super) fn spec(&self, name: String) -> Result<SiteSpec, Failure> {
        let names = self
            .names
            .filter(|it| !it.is_empty())
            .ok_or_else(|| Failure::new("missing required arguments: names"))?;
        let mut names: Vec<String> = names.iter().map(|it| it.as_str().to_owned()).collect();
        let common_name = names.first().cloned();
        names.sort_unstable();
        names.dedup();
        let mut algorithms: Vec<_> = self.key.iter().map(|it| it.algorithm()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        if algorithms.is_empty() || algorithms.len() < self.key.len() {
            return Err(Failure::new(
                "argument 'key' is not valid: give one kind, or one of RSA and one of ECDSA: a server serves at most \
                 one certificate of each",
            ));
        }
        if !(self.renew.share > 0.0 && self.renew.share < 1.0) {
            return Err(Failure::new(
                "argument 'renew.share' is not valid: it is a share of the certificate's life, between 0 and 1",
            ));
        }
        Ok(SiteSpec {
            name,
            common_name,
            names,
            keys: self.key.to_vec(),
            renew: self.renew.clone(),
            issuer_name: self.issuer.and_then(|it| it.issuer_name.clone()),
            force: self.force,
        })
    }
}

/// What a site is called; it becomes a part of names of files and objects.
pub(super) fn site_name(name: Option<&str>, names: Option<&[DnsName]>) -> Result<String, Failure> {
    let first = names.and_then(<[DnsName]>::first).map(DnsName::as_str);
    let name = name
        .or(first)
        .ok_or_else(|| Failure::new("one of the following is required: name, names"))?;
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '*');
    if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(plain) {
        return Err(Failure::new(format!(
            "argument 'name' is not valid: '{name}' may hold letters, digits, '.', '-', '_' and '*', and starts \
             with none of '.' and '-'"
        )));
    }
    Ok(name.to_owned())
}
