//! Options are checked and converted the way Ansible does it for its own modules: the same
//! conversions, the same wording, and a guess at what a misspelt name was meant to be.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Redactor;
use super::spec::{Kind, OptionSpec};

/// The options as `T`, or what is wrong with them in words for the user.
///
/// Values of secret options go to `redactor`, and never into an error text.
pub(crate) fn parse<T: DeserializeOwned>(
    module: &str,
    options: Map<String, Value>,
    spec: &[OptionSpec],
    redactor: &Redactor,
) -> Result<T, String> {
    let scope = Scope {
        module,
        redactor,
        path: String::new(),
    };
    let options = scope.dict(options, spec)?;
    serde_path_to_error::deserialize(Value::Object(options)).map_err(|error| {
        let path = error.path().to_string();
        format!("argument '{path}' is not valid: {}", error.into_inner())
    })
}

/// Where in the options the conversion is.
struct Scope<'a> {
    module: &'a str,
    redactor: &'a Redactor,
    /// Dotted; empty at the top.
    path: String,
}

impl Scope<'_> {
    fn dict(
        &self,
        mut given: Map<String, Value>,
        spec: &[OptionSpec],
    ) -> Result<Map<String, Value>, String> {
        // An option that is set to null is an option that is not set.
        given.retain(|_, value| !value.is_null());
        self.refuse_unknown(&given, spec)?;
        let mut known = Map::new();
        let mut missing = Vec::new();
        for option in spec {
            let mut names = std::iter::once(&option.name).chain(&option.aliases);
            match names.find_map(|it| given.remove(it)) {
                Some(value) => {
                    let value = self.inner(&option.name).value(value, option)?;
                    known.insert(option.name.clone(), value);
                }
                None if option.required => missing.push(option.name.as_str()),
                None => {}
            }
        }
        if missing.is_empty() {
            return Ok(known);
        }
        Err(format!(
            "missing required arguments: {}{}",
            missing.join(", "),
            self.found_in()
        ))
    }

    fn value(&self, value: Value, option: &OptionSpec) -> Result<Value, String> {
        if option.no_log {
            protect(self.redactor, &value);
        }
        self.convert(value, &option.kind, option.no_log)
    }

    fn convert(&self, value: Value, kind: &Kind, no_log: bool) -> Result<Value, String> {
        match (kind, value) {
            (Kind::Raw, value)
            | (Kind::Bool, value @ Value::Bool(_))
            | (Kind::Float, value @ Value::Number(_)) => Ok(value),
            (Kind::Int, Value::Number(number)) if number.is_i64() || number.is_u64() => {
                Ok(Value::Number(number))
            }
            (Kind::Int, Value::String(text)) if text.trim().parse::<i64>().is_ok() => {
                Ok(Value::from(text.trim().parse::<i64>().unwrap_or_default()))
            }
            (Kind::Float, Value::String(text)) if text.trim().parse::<f64>().is_ok() => {
                Ok(Value::from(text.trim().parse::<f64>().unwrap_or_default()))
            }
            (Kind::Bool, value @ (Value::String(_) | Value::Number(_))) => {
                let word = scalar(&value).to_lowercase();
                if TRUE.contains(&word.as_str()) {
                    Ok(Value::Bool(true))
                } else if FALSE.contains(&word.as_str()) {
                    Ok(Value::Bool(false))
                } else {
                    Err(self.wrong_type(&value, kind, no_log))
                }
            }
            (
                Kind::Str { choices },
                value @ (Value::String(_) | Value::Number(_) | Value::Bool(_)),
            ) => {
                let text = scalar(&value);
                if choices.is_empty() || choices.contains(&text) {
                    Ok(Value::String(text))
                } else {
                    Err(format!(
                        "value of {} must be one of: {}, got: {text}{}{}",
                        self.name(),
                        choices.join(", "),
                        self.parent_found_in(),
                        did_you_mean(&text, choices.iter().map(String::as_str)),
                    ))
                }
            }
            (Kind::Path, Value::String(text)) => Ok(Value::String(text)),
            (Kind::List(element), value) => self.list(value, element, no_log),
            (Kind::Dict(spec), Value::Object(members)) => {
                self.dict(members, spec).map(Value::Object)
            }
            (kind, value) => Err(self.wrong_type(&value, kind, no_log)),
        }
    }

    /// As in Ansible, a string stands for its parts between commas and a number for a list of one.
    fn list(&self, value: Value, element: &Kind, no_log: bool) -> Result<Value, String> {
        let items = match value {
            Value::Array(items) => items,
            Value::String(text) => text
                .split(',')
                .map(|it| Value::String(it.trim().to_owned()))
                .filter(|it| it != "")
                .collect(),
            number @ Value::Number(_) => vec![number],
            // A lone entry of a list of dictionaries.
            object @ Value::Object(_) if matches!(element, Kind::Dict(_)) => vec![object],
            other => {
                return Err(self.wrong_type(
                    &other,
                    &Kind::List(Box::new(element.clone())),
                    no_log,
                ));
            }
        };
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| self.element(index).convert(item, element, no_log))
            .collect::<Result<_, _>>()
            .map(Value::Array)
    }

    fn refuse_unknown(
        &self,
        given: &Map<String, Value>,
        spec: &[OptionSpec],
    ) -> Result<(), String> {
        let names = || {
            spec.iter()
                .flat_map(|it| std::iter::once(&it.name).chain(&it.aliases))
                .map(String::as_str)
        };
        let mut unknown: Vec<&str> = given
            .keys()
            .map(String::as_str)
            .filter(|key| !names().any(|name| name == *key))
            .collect();
        unknown.sort_unstable();
        let Some(first) = unknown.first() else {
            return Ok(());
        };
        let hint = did_you_mean(first, names());
        let paths: Vec<String> = unknown.iter().map(|it| self.inner(it).path).collect();
        let mut supported: Vec<String> = spec
            .iter()
            .map(|it| {
                if it.aliases.is_empty() {
                    it.name.clone()
                } else {
                    format!("{} ({})", it.name, it.aliases.join(", "))
                }
            })
            .collect();
        supported.sort_unstable();
        Err(format!(
            "Unsupported parameters for ({}) module: {}. Supported parameters include: {}.{hint}",
            self.module,
            paths.join(", "),
            supported.join(", "),
        ))
    }

    fn wrong_type(&self, value: &Value, kind: &Kind, no_log: bool) -> String {
        let found = match value {
            Value::Null => "None",
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "float",
            Value::Number(_) => "int",
            Value::String(_) => "str",
            Value::Array(_) => "list",
            Value::Object(_) => "dict",
        };
        // Text in the place of a block may be anything, also a password.
        let shown = match value {
            Value::String(text) if !no_log && !kind.holds_options() => format!(" ('{text}')"),
            _ => String::new(),
        };
        format!(
            "argument '{}' is of type {found}{shown} and we were unable to convert to {}{}",
            self.name(),
            kind.ansible_name(),
            self.parent_found_in(),
        )
    }

    fn inner(&self, name: &str) -> Scope<'_> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Scope { path, ..*self }
    }

    fn element(&self, index: usize) -> Scope<'_> {
        Scope {
            path: format!("{}[{index}]", self.path),
            ..*self
        }
    }

    fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    fn found_in(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!(" found in {}", self.path)
        }
    }

    fn parent_found_in(&self) -> String {
        self.path
            .rsplit_once('.')
            .map(|(parent, _)| format!(" found in {parent}"))
            .unwrap_or_default()
    }
}

fn protect(redactor: &Redactor, value: &Value) {
    match value {
        Value::String(_) | Value::Number(_) => redactor.protect(&scalar(value)),
        Value::Array(items) => items.iter().for_each(|it| protect(redactor, it)),
        Value::Object(members) => members.values().for_each(|it| protect(redactor, it)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn did_you_mean<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!(" Did you mean '{name}'?"))
        .unwrap_or_default()
}

const TRUE: [&str; 7] = ["true", "yes", "on", "1", "y", "t", "1.0"];
const FALSE: [&str; 7] = ["false", "no", "off", "0", "n", "f", "0.0"];

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::ansible::spec::options_of;
    use crate::secret::Secret;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Options {
        /// What it is called.
        #[schemars(extend("x-aliases" = ["names"]))]
        name: Vec<String>,
        #[serde(default)]
        state: State,
        force: Option<bool>,
        days: Option<u32>,
        password: Option<Secret>,
        issuer: Option<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum State {
        /// There.
        #[default]
        Present,
        /// Not there.
        Absent,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Inner {
        kind: String,
        ca_path: Option<String>,
    }

    fn parse(options: Value) -> Result<Options, String> {
        let Value::Object(options) = options else {
            panic!("an object");
        };
        super::parse(
            "certwright.fleet.x",
            options,
            &options_of::<Options>(),
            &Redactor::default(),
        )
    }

    fn error(options: Value) -> String {
        parse(options).unwrap_err()
    }

    #[test]
    fn conversions_are_ansibles() {
        let options = parse(json!({
            "names": "a.example, b.example", "force": "yes", "days": "30", "issuer": null,
        }))
        .unwrap();
        assert_eq!(options.name, ["a.example", "b.example"]);
        assert_eq!(options.force, Some(true));
        assert_eq!(options.days, Some(30));
        assert_eq!(options.state, State::Present);
        assert!(options.issuer.is_none());
    }

    #[test]
    fn errors_say_what_and_where() {
        let cases = [
            (
                json!({"name": "a", "forced": true}),
                "Unsupported parameters for (certwright.fleet.x) module: forced. Supported parameters \
                 include: days, force, issuer, name (names), password, state. Did you mean 'force'?",
            ),
            (
                json!({"name": "a", "issuer": {"kind": "x", "capath": "/x"}}),
                "Unsupported parameters for (certwright.fleet.x) module: issuer.capath. Supported \
                 parameters include: ca_path, kind. Did you mean 'ca_path'?",
            ),
            (json!({}), "missing required arguments: name"),
            (
                json!({"name": "a", "issuer": {}}),
                "missing required arguments: kind found in issuer",
            ),
            (
                json!({"name": "a", "state": "presnt"}),
                "value of state must be one of: present, absent, got: presnt Did you mean 'present'?",
            ),
            (
                json!({"name": "a", "days": "soon"}),
                "argument 'days' is of type str ('soon') and we were unable to convert to int",
            ),
            (
                json!({"name": {}}),
                "argument 'name' is of type dict and we were unable to convert to list",
            ),
        ];
        for (options, expected) in cases {
            assert_eq!(error(options.clone()), expected, "{options}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_in_an_error() {
        for options in [
            json!({"name": "a", "password": ["canary"]}),
            json!({"name": "a", "issuer": "canary"}),
        ] {
            let text = error(options);
            assert!(!text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn a_number_out_of_range_names_the_argument() {
        let text = error(json!({"name": "a", "days": -1}));
        assert!(text.starts_with("argument 'days' is not valid"), "{text}");
    }
}
