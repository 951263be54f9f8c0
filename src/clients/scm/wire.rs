//! What SCM's documents and its answers disagree on is evened out here, field by field.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use time::Date;
use time::macros::format_description;

/// A number that may come as a string.
pub(super) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    optional_integer(from)?.ok_or_else(|| Error::custom("not a whole number"))
}

/// As [`integer`]; anything that is none counts as missing.
pub(super) fn optional_integer<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A text that may be null, which is then empty.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A list that may be missing, null, or a lone item.
pub(super) fn list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(from)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        other => vec![other],
    };
    items
        .into_iter()
        .map(|it| {
            serde_json::from_value(it).map_err(|_| Error::custom("an item of the list is odd"))
        })
        .collect()
}

/// One word of an enumeration in one spelling: `Not validated` and `NOT_VALIDATED` are the same.
pub(super) fn word(text: &str) -> String {
    text.trim()
        .chars()
        .map(|it| match it {
            ' ' | '-' => '_',
            other => other.to_ascii_uppercase(),
        })
        .collect()
}

/// Makes an enumeration of words that SCM uses; others are kept as they are.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant,)*
            /// A word that no document of the API has.
            Other(String),
        }

        impl $name {
            pub(crate) fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match $crate::clients::scm::wire::word(text).as_str() {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Ok(match <serde_json::Value as serde::Deserialize>::deserialize(from)? {
                    serde_json::Value::String(text) => Self::from(text.as_str()),
                    other => Self::Other(other.to_string()),
                })
            }
        }
    };
}
pub(super) use words;

/// A day, as SCM writes it or as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    text: String,
    date: Option<Date>,
}

impl Day {
    /// Days from `today` until this one; negative if it is over, `None` if it cannot be read.
    pub(crate) fn days_from(&self, today: Date) -> Option<i64> {
        self.date.map(|it| (it - today).whole_days())
    }

    /// `None` if it cannot be read.
    pub(crate) fn date(&self) -> Option<Date> {
        self.date
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(from)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let start = text.get(..10).unwrap_or(&text);
        let date = Date::parse(start, format_description!("[year]-[month]-[day]"))
            .or_else(|_| Date::parse(start, format_description!("[month]/[day]/[year]")))
            .ok();
        let text = match date {
            Some(date) => date.to_string(),
            None => text,
        };
        Ok(Self { text, date })
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    words! {
        Status { Validated = "VALIDATED", NotValidated = "NOT_VALIDATED" }
    }

    #[derive(Deserialize)]
    struct Item {
        #[serde(deserialize_with = "integer")]
        id: i64,
        #[serde(default, deserialize_with = "text")]
        server: String,
        #[serde(default)]
        status: Option<Status>,
        #[serde(default)]
        until: Option<Day>,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
    }

    fn item(text: &str) -> Item {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn spellings_are_one() {
        for (text, expected) in [
            (r#""NOT_VALIDATED""#, Status::NotValidated),
            (r#""Not validated""#, Status::NotValidated),
            (r#""validated""#, Status::Validated),
            (r#""In doubt""#, Status::Other("IN_DOUBT".to_owned())),
        ] {
            let status: Status = serde_json::from_str(text).unwrap();
            assert_eq!(status, expected);
            assert_eq!(status.as_str(), word(text.trim_matches('"')));
        }
    }

    #[test]
    fn shapes_are_one() {
        let plain =
            item(r#"{"id":7,"status":"VALIDATED","until":"2026-03-20","names":["a"],"new":{}}"#);
        let odd =
            item(r#"{"id":"7","server":null,"status":null,"until":"03/20/2026","names":"a"}"#);
        let bare = item(r#"{"id":7,"names":null}"#);
        assert_eq!((plain.id, odd.id), (7, 7));
        assert_eq!(plain.names, odd.names);
        assert_eq!(odd.server, "");
        assert_eq!(plain.until, odd.until);
        assert_eq!(plain.status, Some(Status::Validated));
        assert_eq!(odd.status, None);
        assert!(bare.names.is_empty());
        assert!(serde_json::from_str::<Item>(r#"{"id":"seven"}"#).is_err());
    }

    #[test]
    fn days_are_counted() {
        let today = date!(2026 - 03 - 18);
        let days = |text: &str| {
            item(&format!(r#"{{"id":1,"until":"{text}"}}"#))
                .until
                .unwrap()
        };
        assert_eq!(days("2026-03-20").days_from(today), Some(2));
        assert_eq!(days("2026-03-17T23:00:00.000Z").days_from(today), Some(-1));
        assert_eq!(days("soon").days_from(today), None);
        assert_eq!(days("soon").to_string(), "soon");
    }
}
