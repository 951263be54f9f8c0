//! Values that a device writes in more than one way.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// `none` and the empty text stand for nothing.
pub(super) fn or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|it| !it.is_empty() && it != "none"))
}

/// Written as a boolean; read as one, or as `"true"`, or as `"enabled"`.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value == json!(true) || value == json!("true") || value == json!("enabled"))
}
