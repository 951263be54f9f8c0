//! What the documentation of several modules has in common.

use serde_json::{Map, Value};

use super::stub::documentation;
use super::yaml;
use crate::modules::REGISTRY;

/// A documentation fragment. Ansible adds its attributes and options to those of a module, whose
/// own members win.
pub(super) struct Fragment {
    pub(super) name: &'static str,
    /// `attributes` and `options`, as in a module's documentation.
    pub(super) content: Value,
}

/// What a fragment is made of.
struct Pattern {
    name: &'static str,
    /// The module whose members these are.
    module: &'static str,
    attributes: &'static [&'static str],
    options: &'static [&'static str],
}

const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "attributes",
        module: "certificate",
        attributes: &["check_mode", "diff_mode", "idempotent", "async"],
        options: &[],
    },
    Pattern {
        name: "scm",
        module: "sectigo_domain",
        attributes: &["action_group"],
        options: &["scm"],
    },
    Pattern {
        name: "issuer",
        module: "file_cert_deploy",
        attributes: &[],
        options: &["issuer"],
    },
    Pattern {
        name: "f5_provider",
        module: "f5_cert_info",
        attributes: &[],
        options: &["provider"],
    },
    Pattern {
        name: "panos_provider",
        module: "panos_cert_info",
        attributes: &[],
        options: &["provider"],
    },
];

pub(super) fn all() -> Vec<Fragment> {
    PATTERNS.iter().map(fragment).collect()
}

fn fragment(pattern: &Pattern) -> Fragment {
    let module = REGISTRY.iter().find(|it| it.name == pattern.module);
    let doc = module.map(documentation).unwrap_or_default();
    let mut content = Map::new();
    for (section, keys) in [
        ("attributes", pattern.attributes),
        ("options", pattern.options),
    ] {
        let members = keys.iter().map(|key| {
            let mut member = doc[section][key].clone();
            // The one thing that a module could not take back.
            if let Some(member) = member.as_object_mut() {
                member.shift_remove("required");
            }
            ((*key).to_owned(), member)
        });
        let members: Map<String, Value> = members.collect();
        if !members.is_empty() {
            content.insert(section.to_owned(), members.into());
        }
    }
    Fragment {
        name: pattern.name,
        content: content.into(),
    }
}

pub(super) fn python(content: &Value) -> Result<String, String> {
    let body = format!(
        "\nclass ModuleDocFragment:\n    DOCUMENTATION = r\"\"\"\n{}\"\"\"\n",
        yaml::text(content)?
    );
    Ok(super::python("the modules", &body))
}

impl Fragment {
    /// Does the module have all of this, with the same suboptions?
    pub(super) fn fits(&self, doc: &Value) -> bool {
        self.members().all(|(section, key, member)| {
            let own = &doc[section][key];
            own.is_object() && own["suboptions"] == member["suboptions"]
        })
    }

    /// Leaves in `doc` what differs from this.
    pub(super) fn take_from(&self, doc: &mut Value) {
        for (section, key, member) in self.members() {
            let Some(own) = doc[section][key].as_object_mut() else {
                continue;
            };
            own.retain(|name, value| member.get(name) != Some(value));
            let nothing_left = own.is_empty();
            drop_if(nothing_left, &mut doc[section], key);
            let nothing_left = doc[section].as_object().is_some_and(Map::is_empty);
            drop_if(nothing_left, doc, section);
        }
    }

    fn members(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let sections = self.content.as_object().into_iter().flatten();
        sections.flat_map(|(section, members)| {
            let members = members.as_object().into_iter().flatten();
            members.map(move |(key, member)| (section.as_str(), key.as_str(), member))
        })
    }
}

fn drop_if(condition: bool, map: &mut Value, key: &str) {
    if let Some(map) = map.as_object_mut().filter(|_| condition) {
        map.shift_remove(key);
    }
}
