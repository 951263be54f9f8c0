//! The collection's documentation stubs, made from the modules themselves.
//!
//! Ansible's tools read a module's documentation from a Python file of its name; the code of ours
//! is in this binary. The stub holds the documentation and nothing else.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::ManualAction;
use super::spec::{Kind, OptionSpec, options_of};
use crate::modules::{COLLECTION, Doc, Entry, REGISTRY, SeeAlso};

/// Writes all stubs into `write`, or compares them with those in `check`.
pub(crate) fn maintain(write: Option<&Path>, check: Option<&Path>) -> Result<(), String> {
    let mut stale = Vec::new();
    for entry in REGISTRY {
        let file_name = format!("{}.py", entry.name);
        let text = stub(entry)?;
        if let Some(folder) = write {
            let path = folder.join(&file_name);
            std::fs::write(&path, &text)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        if let Some(folder) = check
            && std::fs::read_to_string(folder.join(&file_name))
                .ok()
                .as_deref()
                != Some(&text)
        {
            stale.push(file_name);
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "not up to date with the binary: {}. Run `certwright doc --write`.",
            stale.join(", ")
        ))
    }
}

// REUSE-IgnoreStart: these are the licence lines of what is written here.
fn stub(entry: &Entry) -> Result<String, String> {
    Ok(format!(
        "#!/usr/bin/python\n\
         # Copyright (c) Certwright contributors\n\
         # GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)\n\
         # SPDX-License-Identifier: GPL-3.0-or-later\n\
         \n\
         # Made by `certwright doc --write` from the module in the binary: change it there.\n\
         \n\
         from __future__ import annotations\n\
         \n\
         DOCUMENTATION = r\"\"\"\n{}\"\"\"\n\
         \n\
         EXAMPLES = r\"\"\"\n{}\"\"\"\n\
         \n\
         RETURN = r\"\"\"\n{}\"\"\"\n",
        yaml(&documentation(entry))?,
        entry.doc.examples.trim_start(),
        yaml(&all_returned(&(entry.returned)()))?,
    ))
}
// REUSE-IgnoreEnd

fn yaml(value: &Value) -> Result<String, String> {
    let text = serde_yaml_ng::to_string(value).map_err(|error| error.to_string())?;
    Ok(text.lines().map(folded).collect())
}

/// Breaks a long line at spaces. In YAML a scalar of one line, quoted or not, may go on in the next
/// line, further to the right.
fn folded(line: &str) -> String {
    let content = line.trim_start();
    let start = line.len() - content.len();
    let indent = " ".repeat(start + 4);
    let mut text = line[..start].to_owned();
    let mut width = start;
    for (at, word) in content.split(' ').enumerate() {
        if at > 0 && width + 1 + word.len() > LINE_WIDTH {
            text.push('\n');
            text.push_str(&indent);
            width = indent.len();
        } else if at > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.len();
    }
    text.push('\n');
    text
}

fn documentation(entry: &Entry) -> Value {
    let Doc {
        name,
        short_description,
        description,
        sectigo,
        info,
        notes,
        seealso,
        ..
    } = &entry.doc;
    let mut doc = json!({
        "module": name,
        "short_description": short_description,
        "version_added": FIRST_VERSION,
        "description": description,
        "author": ["Certwright contributors (@certwright)"],
        "attributes": attributes(*sectigo, *info),
        "options": options(&(entry.options)()),
    });
    if !notes.is_empty() {
        doc["notes"] = json!(notes);
    }
    if !seealso.is_empty() {
        doc["seealso"] = seealso.iter().map(see_also).collect();
    }
    doc
}

fn attributes(sectigo: bool, info: bool) -> Value {
    let mut attributes = json!({
        "check_mode": {
            "support": "full",
            "description": "Predicts what a run would do, by the same code, and writes nothing.",
        },
        "diff_mode": {
            "support": if info { "N/A" } else { "full" },
            "description": "Shows the state before and after.",
        },
        "idempotent": {
            "support": "full",
            "description": "A second run with the same options changes nothing.",
        },
        "async": {
            "support": "none",
            "description": "Runs with the C(async) keyword.",
        },
    });
    if sectigo {
        attributes["action_group"] = json!({
            "support": "full",
            "membership": [format!("{COLLECTION}.sectigo")],
            "description": "Takes defaults from C(module_defaults) of an action group.",
        });
    }
    attributes
}

fn options(specs: &[OptionSpec]) -> Value {
    let members = specs.iter().map(|spec| {
        let mut option = Map::new();
        option.insert("description".to_owned(), json!(spec.description));
        add_type(&mut option, &spec.kind);
        if spec.required {
            option.insert("required".to_owned(), json!(true));
        }
        if let Some(default) = &spec.default {
            option.insert("default".to_owned(), default.clone());
        }
        if !spec.aliases.is_empty() {
            option.insert("aliases".to_owned(), json!(spec.aliases));
        }
        if let Some(inner) = suboptions(&spec.kind) {
            option.insert("suboptions".to_owned(), options(inner));
        }
        (spec.name.clone(), Value::Object(option))
    });
    Value::Object(members.collect())
}

/// A module's own keys, and the one that is in every result.
fn all_returned(specs: &[OptionSpec]) -> Value {
    let mut keys = returned(specs);
    keys["manual_actions"] = json!({
        "description": [
            "What a person has to do, because the credentials in use may not. Empty if there is nothing.",
        ],
        "returned": "always",
        "type": "list",
        "elements": "dict",
        "contains": returned(&options_of::<ManualAction>()),
    });
    keys
}

fn returned(specs: &[OptionSpec]) -> Value {
    let members = specs.iter().map(|spec| {
        let mut key = Map::new();
        key.insert("description".to_owned(), json!(spec.description));
        key.insert(
            "returned".to_owned(),
            json!(if spec.required {
                "success"
            } else {
                "when known"
            }),
        );
        add_type(&mut key, &spec.kind);
        if let Some(inner) = suboptions(&spec.kind) {
            key.insert("contains".to_owned(), returned(inner));
        }
        (spec.name.clone(), Value::Object(key))
    });
    Value::Object(members.collect())
}

fn add_type(target: &mut Map<String, Value>, kind: &Kind) {
    target.insert("type".to_owned(), json!(kind.ansible_name()));
    match kind {
        Kind::List(element) => {
            target.insert("elements".to_owned(), json!(element.ansible_name()));
            if let Kind::Str { choices } = element.as_ref()
                && !choices.is_empty()
            {
                target.insert("choices".to_owned(), json!(choices));
            }
        }
        Kind::Str { choices } if !choices.is_empty() => {
            target.insert("choices".to_owned(), json!(choices));
        }
        _ => {}
    }
}

fn suboptions(kind: &Kind) -> Option<&[OptionSpec]> {
    match kind {
        Kind::Dict(inner) => Some(inner),
        Kind::List(element) => suboptions(element),
        _ => None,
    }
}

fn see_also(entry: &SeeAlso) -> Value {
    match entry {
        SeeAlso::Module(name) => json!({"module": format!("{COLLECTION}.{name}")}),
        SeeAlso::Link(title, address, description) => {
            json!({"name": title, "link": address, "description": description})
        }
    }
}

/// The version of the collection in which the modules appeared.
const FIRST_VERSION: &str = "0.1.0";
/// `ansible-test` allows 160.
const LINE_WIDTH: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_and_still_mean_the_same() {
        let sentence =
            "Quotes ' and colons: all of them, and a dash - so that every style of scalar occurs. ";
        let value = json!({
            "plain": ["word ".repeat(60).trim_end()],
            "quoted": {"inner": [sentence.repeat(4).trim_end()]},
        });
        let text = yaml(&value).expect("it is only text");
        assert!(text.lines().all(|line| line.len() <= LINE_WIDTH), "{text}");
        assert!(text.lines().count() > 6, "{text}");
        let again: Value = serde_yaml_ng::from_str(&text).expect("it is YAML");
        assert_eq!(again, value);
    }
}
