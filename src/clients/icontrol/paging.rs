//! Collections, page by page.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Icontrol, IcontrolError};
use crate::http::Call;

/// One page. An empty collection has no `items`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
    /// Its host is always `localhost`, so only its presence counts.
    next_link: Option<String>,
}

impl Icontrol {
    /// All items of a collection.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Vec<T>, IcontrolError> {
        let mut all = Vec::new();
        loop {
            let call = call
                .clone()
                .query("$top", PAGE.to_string())
                .query("$skip", all.len().to_string());
            let page: Page<T> = self.read(&call).await?;
            let last = page.next_link.is_none() || page.items.is_empty();
            all.extend(page.items);
            if last {
                return Ok(all);
            }
        }
    }
}

/// Some kilobytes for each item: one page for most devices, and no answer that takes minutes.
const PAGE: usize = 500;
