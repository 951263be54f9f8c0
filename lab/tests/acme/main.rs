//! The ACME servers: the good way, and what they must refuse.

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod certificates;
mod orders;
mod requests;

use common::Lab;
use common::acme::Acme;

/// Mapped to the account of [`ov`].
const NAMES: [&str; 2] = ["example.org", "*.example.org"];

/// A client of the OV server.
async fn ov(lab: &Lab) -> Acme<'_> {
    let (_, kid, key) = lab.eab("OV", 101, &NAMES).await;
    Acme::registered(lab, "OV", &kid, &key).await
}
