//! `size` and `position`, and the total in a header.

use super::errors::Refusal;
use crate::http::{Call, Reply};
use crate::state::World;
use serde_json::Value;

/// Whether a list tells its length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Total {
    InHeader,
    Untold,
}

/// Cuts the page out of the matches, which are in rising order of id.
pub(crate) fn page(
    world: &World,
    call: &Call,
    matches: Vec<Value>,
    total: Total,
) -> Result<Reply, Refusal> {
    let switches = &world.switches;
    let size = number(call, "size")?.unwrap_or(switches.scm_page_default_size);
    if size > switches.scm_page_max_size {
        let text = format!(
            "Value of 'size' must be less than or equal to {}.",
            switches.scm_page_max_size
        );
        return Err(Refusal::new(-1001, text));
    }
    let position = number(call, "position")?.unwrap_or(0);
    let count = matches.len();
    let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    // As if an object had been put in front between two requests.
    let again = usize::from(switches.scm_page_duplicates && position > 0);
    // As if one of the first objects had been deleted meanwhile.
    let gone = usize::from(switches.scm_page_shrinks && position > 0 && count > 0);
    let page: Vec<Value> = matches
        .into_iter()
        .skip((at(position).saturating_add(gone)).saturating_sub(again))
        .take(at(size) + again)
        .collect();
    Ok(with_total(
        world,
        Reply::json(200, &Value::Array(page)),
        count - gone,
        total,
    ))
}

/// Adds `X-Total-Count` where the vendor documents it.
pub(crate) fn with_total(world: &World, reply: Reply, count: usize, total: Total) -> Reply {
    if total == Total::InHeader && world.switches.scm_total_count {
        reply.with("X-Total-Count", count.to_string())
    } else {
        reply
    }
}

fn number(call: &Call, name: &str) -> Result<Option<u64>, Refusal> {
    call.query(name)
        .map(|text| {
            text.parse().map_err(|_| {
                Refusal::new(
                    -1001,
                    format!("Value of '{name}' must be greater than or equal to 0."),
                )
            })
        })
        .transpose()
}
