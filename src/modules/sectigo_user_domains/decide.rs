//! Which domains an account gains and loses. Pure.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dns_name::DnsName;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// The account has these domains, and may have others.
    #[default]
    Present,
    /// The account has these domains and no others.
    Exact,
    /// The account has none of these domains, and may have others.
    Absent,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) add: Vec<DnsName>,
    pub(super) remove: Vec<DnsName>,
}

pub(super) fn decide(state: State, wanted: &[DnsName], present: &BTreeSet<DnsName>) -> Plan {
    let wanted: BTreeSet<DnsName> = wanted.iter().cloned().collect();
    let missing = || wanted.difference(present).cloned().collect();
    match state {
        State::Present => Plan {
            add: missing(),
            remove: Vec::new(),
        },
        State::Exact => Plan {
            add: missing(),
            remove: present.difference(&wanted).cloned().collect(),
        },
        State::Absent => Plan {
            add: Vec::new(),
            remove: present.intersection(&wanted).cloned().collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<DnsName> {
        text.split_whitespace()
            .map(|it| it.parse().unwrap())
            .collect()
    }

    #[test]
    fn plans() {
        let present: BTreeSet<DnsName> = names("a.example *.a.example b.example")
            .into_iter()
            .collect();
        let cases = [
            (
                State::Present,
                "A.example c.example c.example",
                "c.example",
                "",
            ),
            (State::Present, "", "", ""),
            (
                State::Exact,
                "a.example c.example",
                "c.example",
                "*.a.example b.example",
            ),
            (State::Exact, "", "", "*.a.example a.example b.example"),
            (State::Absent, "b.example c.example", "", "b.example"),
        ];
        for (state, wanted, add, remove) in cases {
            let plan = decide(state, &names(wanted), &present);
            assert_eq!(
                plan,
                Plan {
                    add: names(add),
                    remove: names(remove)
                },
                "{state:?} {wanted}"
            );
        }
    }
}
