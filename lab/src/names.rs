//! DNS names and how they stand to one another.

/// A name in lower case if it is a DNS name, perhaps with a leading `*.`.
pub(crate) fn parse(text: &str) -> Option<String> {
    let name = text.to_ascii_lowercase();
    let rest = name.strip_prefix("*.").unwrap_or(&name);
    let good = rest.len() <= 253 && rest.contains('.') && rest.split('.').all(is_label);
    good.then_some(name)
}

/// Whether `name` lies somewhere below `parent`.
pub(crate) fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent)
        .is_some_and(|head| head.len() > 1 && head.ends_with('.'))
}

/// The name without a leading `*.`.
pub(crate) fn without_star(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

/// The name and everything above it that still has a dot.
pub(crate) fn self_and_parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| {
        name.split_once('.').map(|(_, rest)| rest)
    })
    .filter(|name| name.contains('.'))
}

/// Whether a name is registrable: one label below a public suffix.
///
/// Two-label suffixes are guessed (`ac.uk`, `com.au`) instead of carried as a list.
pub(crate) fn is_registrable(name: &str) -> bool {
    const SECOND_LEVEL: [&str; 8] = ["ac", "co", "com", "edu", "gov", "net", "org", "sch"];
    let labels: Vec<&str> = name.split('.').collect();
    match labels.as_slice() {
        [second, top] => !(top.len() == 2 && SECOND_LEVEL.contains(second)),
        [_, second, top] => top.len() == 2 && SECOND_LEVEL.contains(second),
        _ => false,
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_names() {
        assert_eq!(parse("WWW.Example.org").as_deref(), Some("www.example.org"));
        assert_eq!(parse("*.example.org").as_deref(), Some("*.example.org"));
        for bad in [
            "www.*.example.org",
            "*example.org",
            "a..b",
            "-a.b",
            "localhost",
            "a b.c",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn below_means_a_whole_label() {
        assert!(is_below("www.example.org", "example.org"));
        assert!(!is_below("example.org", "example.org"));
        assert!(!is_below("badexample.org", "example.org"));
    }

    #[test]
    fn registrable_names() {
        assert!(is_registrable("example.org"));
        assert!(is_registrable("example.ac.uk"));
        assert!(!is_registrable("ac.uk"));
        assert!(!is_registrable("www.example.org"));
    }
}
