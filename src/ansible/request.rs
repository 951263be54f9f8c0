//! What Ansible hands to a module: its options, and controls with names that start `_ansible_`.

use serde_json::{Map, Value};

/// The arguments of one run, split into options and controls.
pub(crate) struct Request {
    pub(crate) options: Map<String, Value>,
    pub(crate) controls: Controls,
}

/// What Ansible wants of the run. Controls that are not needed are passed over without a word:
/// every ansible-core release adds some.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controls {
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    /// The number of `v` on the command line.
    pub(crate) verbosity: u64,
    /// The fully qualified name under which the task called the module.
    pub(crate) module_name: Option<String>,
}

impl Request {
    /// The error text never repeats the input, which holds secrets.
    pub(crate) fn parse(input: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(input).map_err(|error| {
            format!(
                "the arguments are not JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })?;
        let Value::Object(arguments) = value else {
            return Err("the arguments are not a JSON object".to_owned());
        };
        let (controls, options): (Map<_, _>, Map<_, _>) = arguments
            .into_iter()
            .partition(|(key, _)| key.starts_with("_ansible_"));
        let flag = |key: &str| controls.get(key).and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            controls: Controls {
                check_mode: flag("_ansible_check_mode"),
                diff: flag("_ansible_diff"),
                verbosity: controls
                    .get("_ansible_verbosity")
                    .and_then(Value::as_u64)
                    .unwrap_or_default(),
                module_name: controls
                    .get("_ansible_module_name")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            },
            options,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_told_from_options() {
        let request =
            Request::parse(br#"{"name": "a", "_ansible_check_mode": true, "_ansible_new": {}}"#)
                .unwrap();
        assert!(request.controls.check_mode);
        assert!(!request.controls.diff);
        assert_eq!(request.options.keys().collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn an_error_does_not_repeat_the_input() {
        for input in [&br#"{"password": "canary"#[..], br#"["canary"]"#, b"canary"] {
            let error = Request::parse(input).err().unwrap();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
