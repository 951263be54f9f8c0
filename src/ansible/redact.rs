//! The last look at a result: no known secret may stand in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Collects the secrets of a run and masks them in whatever is printed. A safety net only: the
/// types of `crate::secret` keep secrets out of results and messages in the first place.
///
/// Clones share their secrets.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    secrets: Arc<Mutex<Vec<Zeroizing<String>>>>,
}

impl Redactor {
    /// Masks `secret` from now on. Very short values are passed over: masking them would eat
    /// ordinary words out of every message.
    pub(crate) fn protect(&self, secret: &str) {
        let mut secrets = self.secrets();
        for part in std::iter::once(secret).chain(secret.lines()) {
            let part = part.trim();
            if part.len() >= SHORTEST && !secrets.iter().any(|it| it.as_str() == part) {
                secrets.push(Zeroizing::new(part.to_owned()));
            }
        }
        // The longest first, so that a secret which holds another one disappears whole.
        secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.secrets().iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) {
                text.replace(secret.as_str(), MASK)
            } else {
                text
            }
        })
    }

    fn secrets(&self) -> MutexGuard<'_, Vec<Zeroizing<String>>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|it| self.value(it)).collect())
            }
            Value::Object(members) => Value::Object(self.object(members)),
            other => other,
        }
    }

    pub(crate) fn object(&self, members: Map<String, Value>) -> Map<String, Value> {
        members
            .into_iter()
            .map(|(key, value)| (self.text(&key), self.value(value)))
            .collect()
    }
}

const SHORTEST: usize = 4;
/// What Ansible itself prints in such places.
const MASK: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_disappear_everywhere() {
        let redactor = Redactor::default();
        redactor.protect("hunter2");
        redactor.protect("hunter2-longer");
        redactor.protect("-----BEGIN\nfirstline\nsecondline\n-----END");
        let shown = redactor
            .value(json!({
                "msg": "login hunter2-longer failed for hunter2",
                "hunter2": ["x hunter2 y", {"deep": "a secondline b"}],
                "number": 7,
            }))
            .to_string();
        for secret in ["hunter2", "longer", "secondline"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("\"number\":7"));
    }
}
