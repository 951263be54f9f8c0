//! The list of ACME servers.

use super::errors::Refusal;
use super::paging::{self, Total};
use crate::http::{Call, Reply};
use crate::state::World;
use serde_json::{Value, json};

/// `GET /api/acme/v1/server`.
pub(crate) fn list(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let wanted = |name: &str, value: &str| call.query(name).is_none_or(|query| query == value);
    let list: Vec<Value> = world
        .scm
        .acme_servers
        .iter()
        .filter(|server| {
            wanted("url", &server.url)
                && wanted("name", &server.name)
                && wanted("certValidationType", server.level.label())
                && wanted("caId", &server.ca_id.to_string())
        })
        .map(|server| {
            json!({
                "url": server.url,
                "caId": server.ca_id,
                "name": server.name,
                "singleProductId": server.ca_id + 100,
                "multiProductId": server.ca_id + 200,
                "wcProductId": server.ca_id + 300,
                "certValidationType": server.level,
            })
        })
        .collect();
    paging::page(world, call, list, Total::Untold)
}
