//! Whole lists out of pages.
//!
//! `size` is at most 200 and `position` counts entries (SCM REST API OA25.9). What is not
//! documented: the order, the default and the real maximum of `size`. So what counts is what came,
//! not what was asked for, entries are told apart by their key, and a list that changed while it was
//! read is read again.

use std::collections::HashSet;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Scm, ScmError, parse};
use crate::http::Call;

/// What ends a list if the server does not tell the total.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A page without anything new. Costs one more call, and is certain.
    NothingNew,
    /// A page with fewer entries than asked for. For lists that are short by nature.
    ShortPage,
}

impl Scm {
    /// All pages of `call`.
    pub(super) async fn list<T, K>(
        &self,
        call: &Call,
        end: End,
        key: impl Fn(&T) -> K,
    ) -> Result<Vec<T>, ScmError>
    where
        T: DeserializeOwned,
        K: Hash + Eq,
    {
        let mut best = Vec::new();
        for _ in 0..MOST_READINGS {
            let (items, stable) = self.read_pages(call, end, &key).await?;
            if stable {
                return Ok(items);
            }
            if items.len() >= best.len() {
                best = items;
            }
        }
        self.context().warn(format!(
            "SCM: the list kept changing while it was read ({}), so an entry may be missing. The next run \
             looks again.",
            call.doing
        ));
        Ok(best)
    }

    /// `false`: the list changed meanwhile.
    async fn read_pages<T, K>(
        &self,
        call: &Call,
        end: End,
        key: &impl Fn(&T) -> K,
    ) -> Result<(Vec<T>, bool), ScmError>
    where
        T: DeserializeOwned,
        K: Hash + Eq,
    {
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut position = 0;
        let mut first_total = None;
        loop {
            let (page, total) = self.page::<T>(call, position).await?;
            let length = page.len();
            position += length;
            let before = items.len();
            items.extend(page.into_iter().filter(|it| seen.insert(key(it))));
            let nothing_new = items.len() == before;
            if let Some(total) = total
                && *first_total.get_or_insert(total) != total
            {
                return Ok((items, false));
            }
            let done = match total {
                Some(total) => position >= total || nothing_new,
                None => nothing_new || (end == End::ShortPage && length < SIZE),
            };
            if done {
                // Duplicates may push others out of the count without any page being short.
                let complete = first_total.is_none_or(|it| items.len() >= it);
                return Ok((items, complete));
            }
        }
    }

    /// The entries from `position` on, and how many there are in all, if the server tells.
    async fn page<T: DeserializeOwned>(
        &self,
        call: &Call,
        position: usize,
    ) -> Result<(Vec<T>, Option<usize>), ScmError> {
        let call = call
            .clone()
            .query("size", SIZE.to_string())
            .query("position", position.to_string());
        let reply = self.send(&call).await?;
        let total = reply
            .headers
            .get(TOTAL)
            .and_then(|it| it.to_str().ok()?.trim().parse().ok());
        // One document types some lists as a single object.
        let items = match reply.body.iter().find(|it| !it.is_ascii_whitespace()) {
            Some(b'{') => vec![parse(&reply, &call.doing)?],
            Some(b'n') => parse::<Option<Vec<Value>>>(&reply, &call.doing).map(|_| Vec::new())?,
            _ => parse(&reply, &call.doing)?,
        };
        Ok((items, total))
    }
}

const SIZE: usize = 200;
const TOTAL: &str = "x-total-count";
/// A list that changes faster than this is not worth more calls.
const MOST_READINGS: usize = 3;
