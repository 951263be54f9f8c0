//! Request bodies: members by name, with the vendor's complaints.

use super::errors::Refusal;
use crate::http::Call;
use serde_json::{Map, Value};

/// The members of a JSON object; unknown ones are ignored, as the vendor does.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads the body, which must be an object.
    pub(crate) fn read(call: &Call) -> Result<Self, Refusal> {
        match serde_json::from_slice(&call.body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Refusal::unparseable()),
        }
    }

    /// Like [`Fields::read`], but no body is an empty object.
    pub(crate) fn read_optional(call: &Call) -> Result<Self, Refusal> {
        if call.body.is_empty() {
            return Ok(Self(Map::new()));
        }
        Self::read(call)
    }

    /// An object inside another body.
    pub(crate) fn of(value: &Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Self(fields.clone())),
            _ => Err(Refusal::unparseable()),
        }
    }

    /// A text member. Numbers and booleans are taken as text, as the vendor's
    /// JSON library does; arrays and objects are not.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Array(_) | Value::Object(_)) => Err(Refusal::unparseable()),
            Some(scalar) => Ok(Some(scalar.to_string())),
        }
    }

    /// A text member that must be there, `min` to `max` characters long.
    pub(crate) fn required_text(
        &self,
        name: &str,
        min: usize,
        max: usize,
    ) -> Result<String, Refusal> {
        let text = self.text(name)?.ok_or_else(|| Refusal::null(name))?;
        if (min..=max).contains(&text.chars().count()) {
            Ok(text)
        } else {
            Err(Refusal::size(name, min, max))
        }
    }

    /// A text member of at most `max` characters; empty when absent.
    pub(crate) fn text_up_to(&self, name: &str, max: usize) -> Result<String, Refusal> {
        let text = self.text(name)?.unwrap_or_default();
        if text.chars().count() <= max {
            Ok(text)
        } else {
            Err(Refusal::size(name, 0, max))
        }
    }

    /// A whole number, also when written as a string of digits.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => number(value).map(Some),
        }
    }

    /// A whole number that must be there.
    pub(crate) fn required_number(&self, name: &str) -> Result<i64, Refusal> {
        self.number(name)?.ok_or_else(|| Refusal::null(name))
    }

    /// An id (a number of at least 1) that must be there.
    pub(crate) fn id(&self, name: &str) -> Result<u64, Refusal> {
        let number = self.required_number(name)?;
        u64::try_from(number)
            .ok()
            .filter(|id| *id >= 1)
            .ok_or_else(|| {
                Refusal::new(
                    -1001,
                    format!("Value of '{name}' must be greater than or equal to 1."),
                )
            })
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(Refusal::unparseable()),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&[Value]>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(Refusal::unparseable()),
        }
    }

    /// A list of texts; empty when absent.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Refusal> {
        self.list(name)?
            .unwrap_or_default()
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(text.clone()),
                _ => Err(Refusal::unparseable()),
            })
            .collect()
    }

    /// A list of ids; empty when absent.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<u64>, Refusal> {
        self.list(name)?
            .unwrap_or_default()
            .iter()
            .map(|item| {
                let id = number(item)?;
                u64::try_from(id).map_err(|_| Refusal::invalid(name))
            })
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn number(value: &Value) -> Result<i64, Refusal> {
    match value {
        Value::Number(number) => number.as_i64().ok_or_else(Refusal::unparseable),
        Value::String(text) => text.trim().parse().map_err(|_| Refusal::unparseable()),
        _ => Err(Refusal::unparseable()),
    }
}
