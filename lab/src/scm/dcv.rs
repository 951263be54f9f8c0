//! Domain control validation: search, status, and the steps of an order.

use super::auth::Caller;
use super::body::Fields;
use super::coverage::{self, Effective};
use super::dates::{self, DateFormat};
use super::dcv_orders;
use super::domains;
use super::errors::{Refusal, unauthorized_to};
use super::paging::{self, Total};
use super::spelling::{constant, spell};
use crate::clock;
use crate::http::{Call, Job, Reply};
use crate::names;
use crate::state::{Domain, ValidationOrder, World};
use crate::switches::DcvMethodSpelling;
use hyper::Method;
use serde_json::{Value, json};
use time::Duration;

/// Routes below `/api/dcv/{v1,v2}/validation`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    if !caller.may("allowDCV") {
        return Err(unauthorized_to("perform DCV validation"));
    }
    if !world.switches.scm_dcv_enabled {
        return Err(Refusal::new(-1608, "DCV is not enabled for the customer."));
    }
    match (&call.method, path) {
        (&Method::GET, []) => search(world, caller, call),
        (&Method::POST, ["status"]) => {
            let name = domain_of(world, caller, &Fields::read(call)?)?;
            Ok(status_reply(world, &name))
        }
        (&Method::POST, ["start", "domain", method]) => {
            let name = domain_of(world, caller, &Fields::read(call)?)?;
            dcv_orders::start(world, &name, method)
        }
        (&Method::POST, ["submit", "domain", method]) => {
            let fields = Fields::read(call)?;
            let name = domain_of(world, caller, &fields)?;
            dcv_orders::submit(world, &name, method, &fields)
        }
        (&Method::POST, ["sync"]) => {
            let name = domain_of(world, caller, &Fields::read(call)?)?;
            if call.query("force") == Some("true") {
                dcv_orders::check_now(world, &name);
            }
            let mut reply = status_reply(world, &name);
            reply.job = Some(Job::Check(name));
            Ok(reply)
        }
        (&Method::POST, ["clear"]) => {
            let name = domain_of(world, caller, &Fields::read(call)?)?;
            Ok(dcv_orders::clear(world, &name))
        }
        (&Method::POST, ["delete"]) => {
            let name = domain_of(world, caller, &Fields::read(call)?)?;
            world.scm.validations.remove(names::without_star(&name));
            Ok(Reply::empty(200))
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// The reply of `status` and `sync`.
pub(crate) fn status_reply(world: &World, name: &str) -> Reply {
    Reply::json(200, &status(world, name))
}

/// `CNAME` → `CNAME_CSR_HASH`, the form of domain details.
pub(crate) fn long_method(short: &str) -> &str {
    match short {
        "CNAME" => "CNAME_CSR_HASH",
        "HTTP" => "HTTP_CSR_HASH",
        "HTTPS" => "HTTPS_CSR_HASH",
        "TXT" => "DNSTXT_RANDOM_VALUE",
        other => other,
    }
}

/// The name in `domain`, if the caller sees an active domain object of it.
fn domain_of(world: &World, caller: &Caller, fields: &Fields) -> Result<String, Refusal> {
    let name = fields.required_text("domain", 3, 255)?.to_lowercase();
    let domain = visible(world, caller)
        .find(|domain| domain.name == name)
        .ok_or_else(|| Refusal::new(-727, "Domain does not exist."))?;
    if !domain.active {
        return Err(Refusal::new(-715, "Domain is inactive."));
    }
    Ok(name)
}

/// The validation of a name as `status` replies show it; members without a
/// value are left out.
fn status(world: &World, name: &str) -> Value {
    let switches = &world.switches;
    let validation = coverage::validation(world, name);
    let order = order_of(world, name);
    let mut status = json!({"status": spell(switches, validation.status)});
    if let Some(moment) = validation.validated {
        status["validationDate"] = json!(clock::date(moment));
    }
    if let Some(moment) = validation.expires {
        status["expirationDate"] = json!(clock::date(moment));
    }
    status["orderStatus"] = json!(spell(switches, order_status(order)));
    if let Some(order) = order {
        describe_order(world, name, order, &mut status);
    }
    status
}

fn describe_order(world: &World, name: &str, order: &ValidationOrder, status: &mut Value) {
    status["orderMode"] = json!(order.method);
    let base = names::without_star(name);
    let hashes = world
        .scm
        .validations
        .get(base)
        .and_then(|validation| validation.hashes.as_ref());
    match (order.method.as_str(), hashes) {
        ("CNAME", Some(hashes)) => {
            let (host, point) = cname(base, hashes);
            status["host"] = json!(host);
            status["point"] = json!(point);
        }
        ("HTTP" | "HTTPS", Some((file, line))) => {
            status["url"] = json!(file_url(&order.method, base, file));
            status["firstLine"] = json!(line);
            status["secondLine"] = json!("sectigo.com");
        }
        ("TXT", _) => {
            status["host"] = json!(format!("_pki-validation.{base}."));
            status["point"] = json!(order.txt);
        }
        _ => {}
    }
    if let Some(email) = &order.email {
        status["validationEmail"] = json!(email);
        status["emailValidationReferenceNumber"] = json!(order.backend_id);
    }
    status["orderBackendId"] = json!(order.backend_id);
    if let Some(moment) = order.submitted {
        status["submittedDate"] = json!(clock::date(moment));
    }
    if let Some(moment) = order.last_check {
        status["lastCheck"] = json!(clock::milliseconds(moment));
    }
    if let Some(moment) = order.next_check {
        status["nextCheck"] = json!(clock::milliseconds(moment));
    }
}

fn search(world: &World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let format = DateFormat::of(call, dates::ISO)?;
    let days: Option<i64> = match call.query("expiresIn") {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|days| *days >= 1)
                .ok_or_else(|| Refusal::invalid("expiresIn"))?,
        ),
    };
    let organizations = [call.query("org"), call.query("department")];
    let limit = days.map(|days| world.now() + Duration::days(days));
    let mut matches = Vec::new();
    for domain in visible(world, caller) {
        let validation = coverage::validation(world, &domain.name);
        let order = order_status(order_of(world, &domain.name));
        let fits = call
            .query("domain")
            .is_none_or(|filter| domain.name.contains(&filter.to_lowercase()))
            && call
                .query("dcvStatus")
                .is_none_or(|filter| constant(filter) == validation.status)
            && call
                .query("orderStatus")
                .is_none_or(|filter| constant(filter) == order)
            && organizations.iter().flatten().all(|id| {
                domain
                    .delegations
                    .iter()
                    .any(|delegation| delegation.organization.to_string() == **id)
            })
            && limit.is_none_or(|limit| validation.expires.is_some_and(|end| end <= limit));
        if fits {
            matches.push(item(world, domain, &validation, order, format));
        }
    }
    paging::page(world, call, matches, Total::InHeader)
}

fn item(
    world: &World,
    domain: &Domain,
    validation: &Effective,
    order: &str,
    format: DateFormat,
) -> Value {
    let switches = &world.switches;
    let mut item = json!({
        "domain": domain.name,
        "dcvStatus": spell(switches, validation.status),
        "dcvOrderStatus": spell(switches, order),
    });
    if let Some(method) = &validation.method {
        item["dcvMethod"] = match switches.scm_dcv_method_spelling {
            DcvMethodSpelling::Short => json!(method),
            DcvMethodSpelling::Long => json!(long_method(method)),
        };
    }
    if let Some(order) = order_of(world, &domain.name) {
        item["dcvOrderMethod"] = json!(order.method);
    }
    if let Some(moment) = validation.expires {
        item["expirationDate"] = json!(format.write(moment));
    }
    item
}

fn visible<'a>(world: &'a World, caller: &'a Caller) -> impl Iterator<Item = &'a Domain> {
    world
        .scm
        .domains
        .values()
        .filter(move |domain| domains::is_visible(world, caller, domain))
}

fn order_of<'a>(world: &'a World, name: &str) -> Option<&'a ValidationOrder> {
    world
        .scm
        .validations
        .get(names::without_star(name))
        .and_then(|validation| validation.order.as_ref())
}

pub(crate) fn order_status(order: Option<&ValidationOrder>) -> &'static str {
    order.map_or("NOT_INITIATED", |order| order.status)
}

/// Owner and target of the CNAME record that proves control.
pub(crate) fn cname(name: &str, (short, long): &(String, String)) -> (String, String) {
    let (left, right) = long.split_at(long.len() / 2);
    (
        format!("_{short}.{name}."),
        format!("{left}.{right}.sectigo.com."),
    )
}

/// Where the file that proves control is looked for.
pub(crate) fn file_url(method: &str, name: &str, file: &str) -> String {
    format!(
        "{}://{name}/.well-known/pki-validation/{}.txt",
        method.to_lowercase(),
        file.to_uppercase()
    )
}
