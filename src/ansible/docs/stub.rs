//! A module's documentation, as Ansible's tools read it.

use serde_json::{Map, Value, json};

use super::fragment::Fragment;
use super::yaml;
use crate::ansible::ManualAction;
use crate::ansible::spec::{Kind, OptionSpec, options_of};
use crate::modules::{COLLECTION, Doc, Entry, SeeAlso};

/// The stub's text, without what stands in `fragments`.
pub(super) fn python(entry: &Entry, fragments: &[Fragment]) -> Result<String, String> {
    let body = format!(
        "DOCUMENTATION = r\"\"\"\n{}\"\"\"\n\
         \n\
         EXAMPLES = r\"\"\"\n{}\"\"\"\n\
         \n\
         RETURN = r\"\"\"\n{}\"\"\"\n",
        yaml::text(&extending(documentation(entry), fragments))?,
        entry.doc.examples.trim_start(),
        yaml::text(&all_returned(&(entry.returned)()))?,
    );
    Ok(format!(
        "#!/usr/bin/python\n{}",
        super::python("the module", &body)
    ))
}

/// The documentation with the fragments' names in place of what they say.
fn extending(mut doc: Value, fragments: &[Fragment]) -> Value {
    let used: Vec<&Fragment> = fragments.iter().filter(|it| it.fits(&doc)).collect();
    for fragment in &used {
        fragment.take_from(&mut doc);
    }
    let names = used.iter().map(|it| format!("{COLLECTION}.{}", it.name));
    doc["extends_documentation_fragment"] = names.collect();
    doc
}

/// All of it.
pub(super) fn documentation(entry: &Entry) -> Value {
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
