//! E-mail addresses.

use crate::names;

/// An address with its domain in lower case, if it looks like one.
pub(crate) fn parse(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let good_local = !local.is_empty()
        && local
            .chars()
            .all(|letter| letter.is_ascii_graphic() && !"@,;:<>()[]\\\"".contains(letter));
    let domain = names::parse(domain).filter(|name| !name.starts_with('*'))?;
    good_local.then(|| format!("{local}@{domain}"))
}

/// Whether two addresses are the same mailbox; people write them in any case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The part after the `@`.
pub(crate) fn domain(address: &str) -> String {
    address
        .rsplit_once('@')
        .map_or_else(String::new, |(_, domain)| domain.to_owned())
}
