//! A module's options as Ansible sees them, read from the JSON schema of its options struct.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

/// One option.
#[derive(Clone, Debug)]
pub(crate) struct OptionSpec {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    pub(crate) no_log: bool,
    pub(crate) description: Vec<String>,
}

/// The type of an option, in Ansible's terms.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Str {
        choices: Vec<String>,
    },
    Path,
    List(Box<Kind>),
    Dict(Vec<OptionSpec>),
    /// Any JSON value; the options struct decides.
    Raw,
}

impl Kind {
    pub(crate) fn ansible_name(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str { .. } => "str",
            Self::Path => "path",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Raw => "raw",
        }
    }

    /// Is it a block of options, or a list of such?
    pub(crate) fn holds_options(&self) -> bool {
        match self {
            Self::Dict(_) => true,
            Self::List(element) => element.holds_options(),
            _ => false,
        }
    }
}

/// The members of `T`, in the order of their declaration.
pub(crate) fn options_of<T: JsonSchema>() -> Vec<OptionSpec> {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator()
        .into_root_schema_for::<T>();
    schema.as_object().map(members).unwrap_or_default()
}

fn members(schema: &Map<String, Value>) -> Vec<OptionSpec> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, member)| option(name, member, required.contains(&name.as_str())))
        .collect()
}

fn option(name: &str, schema: &Value, required: bool) -> OptionSpec {
    let kind = kind(schema);
    let strings = |key: &str| -> Vec<String> {
        lookup(schema, key)
            .and_then(Value::as_array)
            .map(|it| {
                it.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default()
    };
    OptionSpec {
        name: name.to_owned(),
        aliases: strings("x-aliases"),
        required,
        default: lookup(schema, "default")
            .filter(|it| !it.is_null())
            .cloned(),
        no_log: lookup(schema, "x-no-log") == Some(&Value::Bool(true)),
        description: lookup(schema, "description")
            .and_then(Value::as_str)
            .map(paragraphs)
            .unwrap_or_default(),
        kind,
    }
}

/// A member of the schema, also of the only real branch of an `Option<T>`.
fn lookup<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.get(key).or_else(|| non_null(schema)?.get(key))
}

fn non_null(schema: &Value) -> Option<&Value> {
    let branches = schema.get("anyOf")?.as_array()?;
    let mut real = branches
        .iter()
        .filter(|it| it.get("type") != Some(&Value::String("null".to_owned())));
    let first = real.next()?;
    real.next().is_none().then_some(first)
}

fn kind(schema: &Value) -> Kind {
    if let Some(inner) = non_null(schema) {
        return kind(inner);
    }
    match schema.get("x-type").and_then(Value::as_str) {
        Some("raw") => return Kind::Raw,
        Some("path") => return Kind::Path,
        _ => {}
    }
    if let Some(branches) = schema.get("oneOf").and_then(Value::as_array) {
        let mut choices = Vec::new();
        for branch in branches {
            match (branch.get("const"), branch.get("enum")) {
                (Some(Value::String(it)), _) => choices.push(it.clone()),
                (_, Some(Value::Array(some))) => {
                    choices.extend(some.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => return Kind::Raw,
            }
        }
        return Kind::Str { choices };
    }
    let choices = schema
        .get("enum")
        .and_then(Value::as_array)
        .map(|it| {
            it.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    match type_name(schema) {
        Some("string") => Kind::Str { choices },
        Some("boolean") => Kind::Bool,
        Some("integer") => Kind::Int,
        Some("number") => Kind::Float,
        Some("array") => Kind::List(Box::new(schema.get("items").map_or(Kind::Raw, kind))),
        Some("object") => match schema
            .as_object()
            .filter(|it| it.contains_key("properties"))
        {
            Some(object) => Kind::Dict(members(object)),
            None => Kind::Raw,
        },
        _ => Kind::Raw,
    }
}

fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|it| *it != "null"),
        _ => None,
    }
}

/// A doc comment's paragraphs, each on one line: Ansible's list of description lines.
fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|it| !it.is_empty())
        .collect()
}
