//! The options of a query: filter, paging, selection.

use super::errors::answer;
use super::request::release;
use crate::http::{Call, Reply};
use crate::switches::Switches;
use serde_json::{Map, Value, json};

/// A collection with filter, paging and selection.
pub(crate) fn list(kind: &str, mut items: Vec<Value>, switches: &Switches, call: &Call) -> Reply {
    if let Some(partition) = call
        .query("$filter")
        .and_then(|filter| filter.strip_prefix("partition eq "))
    {
        let wanted = partition.trim().trim_matches('\'');
        items.retain(|item| item["partition"] == wanted);
    }
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let query: Vec<String> = call
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}&"))
        .collect();
    let path = call.path.trim_end_matches('/');
    let mut body = Map::new();
    body.insert("kind".to_owned(), json!(kind));
    let own = format!(
        "https://localhost{path}?{}ver={}",
        query.concat(),
        release(switches)
    );
    body.insert("selfLink".to_owned(), json!(own));
    if let Some(top) = number("$top").filter(|top| *top > 0) {
        let (skip, total) = (number("$skip").unwrap_or(0), items.len());
        items = items.into_iter().skip(skip).take(top).collect();
        for (name, value) in [
            ("currentItemCount", items.len()),
            ("itemsPerPage", top),
            ("pageIndex", skip / top + 1),
            ("startIndex", skip + 1),
            ("totalItems", total),
            ("totalPages", total.div_ceil(top)),
        ] {
            body.insert(name.to_owned(), json!(value));
        }
        if skip + top < total {
            let rest: Vec<String> = call
                .query
                .iter()
                .filter(|(name, _)| name != "$skip" && name != "$top")
                .map(|(name, value)| format!("&{name}={value}"))
                .collect();
            let next = format!(
                "https://localhost{path}?$top={top}&$skip={}{}&ver={}",
                skip + top,
                rest.concat(),
                release(switches)
            );
            body.insert("nextLink".to_owned(), json!(next));
        }
    }
    // An empty collection has no list, but for profiles.
    if !items.is_empty() || path.contains("/ltm/profile/") {
        let items = items.into_iter().map(|item| selected(item, call)).collect();
        body.insert("items".to_owned(), items);
    }
    answer(200, &Value::Object(body))
}

/// An object with the properties that `$select` names, also by paths into
/// what lies inside: `profilesReference/items/name`.
pub(crate) fn selected(object: Value, call: &Call) -> Value {
    match call.query("$select") {
        None => object,
        Some(names) => {
            let paths: Vec<&str> = names.split(',').map(str::trim).collect();
            pick(object, &paths)
        }
    }
}

fn pick(value: Value, paths: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| pick(item, paths)).collect(),
        Value::Object(object) => object
            .into_iter()
            .filter_map(|(name, value)| {
                if paths.contains(&name.as_str()) {
                    return Some((name, value));
                }
                let inner: Vec<&str> = paths
                    .iter()
                    .filter_map(|path| path.strip_prefix(name.as_str())?.strip_prefix('/'))
                    .collect();
                (!inner.is_empty()).then(|| (name, pick(value, &inner)))
            })
            .collect(),
        value => value,
    }
}
