//! Orders of domain control validation: started, submitted, checked.

use super::body::Fields;
use super::coverage;
use super::dcv::{cname, file_url, order_status};
use super::errors::Refusal;
use super::spelling::{label, spell};
use crate::http::Reply;
use crate::names;
use crate::state::{ValidationOrder, World, next};
use crate::switches::{DcvLevels, DcvPair, SubmitReply};
use serde_json::json;
use time::Duration;

/// `start/domain/{method}`: what has to be published.
pub(crate) fn start(world: &mut World, name: &str, method: &str) -> Result<Reply, Refusal> {
    high_level(world, name)?;
    let method = known(method)?;
    if method == "TXT" {
        // Nothing to prepare: the record's value comes with the submission.
        return Ok(Reply::json(
            200,
            &json!({"message": "Submit the validation"}),
        ));
    }
    let validation = world.scm.validations.entry(name.to_owned()).or_default();
    if world.switches.scm_dcv_pair == DcvPair::Fresh {
        validation.hashes = None;
    }
    // One pair for all methods, the same until it is cleared.
    let hashes = validation
        .hashes
        .get_or_insert_with(|| (crate::random::hex::<16>(), crate::random::hex::<32>()))
        .clone();
    let submitted = validation
        .order
        .as_ref()
        .is_some_and(|order| order.status == "SUBMITTED");
    if !submitted {
        validation.order = Some(ValidationOrder {
            method: method.to_owned(),
            status: "AWAITING_SUBMISSION",
            backend_id: String::new(),
            email: None,
            txt: None,
            submitted: None,
            last_check: None,
            next_check: None,
        });
    }
    let body = match method {
        "CNAME" => {
            let (host, point) = cname(name, &hashes);
            json!({"host": host, "point": point})
        }
        "EMAIL" => {
            let emails = emails(name);
            json!({
                "emails": emails,
                "dcvEmails": [{
                    "domainName": name,
                    "whoisEmails": [],
                    "adminEmails": emails,
                    "dnsTxtEmails": [],
                }],
            })
        }
        _ => json!({
            "url": file_url(method, name, &hashes.0),
            "firstLine": hashes.1,
            "secondLine": "sectigo.com",
        }),
    };
    Ok(Reply::json(200, &body))
}

/// `submit/domain/{method}`: the proof is in place, or (TXT) will be.
pub(crate) fn submit(
    world: &mut World,
    name: &str,
    method: &str,
    fields: &Fields,
) -> Result<Reply, Refusal> {
    high_level(world, name)?;
    let method = known(method)?;
    let now = world.now();
    let first_check = now + Duration::seconds(world.switches.scm_dcv_check_seconds);
    let email = match method {
        "EMAIL" => {
            let email = fields.required_text("email", 3, 255)?;
            if !emails(name).contains(&email) {
                return Err(Refusal::invalid("email"));
            }
            Some(email)
        }
        _ => None,
    };
    let validation = world.scm.validations.entry(name.to_owned()).or_default();
    let order = validation.order.as_ref();
    let started =
        order.is_some_and(|order| order.method == method && order.status == "AWAITING_SUBMISSION");
    let open = order.is_none_or(|order| order.status == "AWAITING_SUBMISSION");
    let direct = open && matches!(method, "TXT" | "EMAIL");
    if !started && !direct {
        let status = label(order_status(order));
        let text = format!("The request cannot be processed, validation status is {status}.");
        return Err(Refusal::new(-724, text));
    }
    let backend_id = (700_000 + next(&mut world.scm.last_id.order)).to_string();
    let mut body = json!({
        "status": "",
        "orderStatus": spell(&world.switches, "SUBMITTED"),
        "message": "Submitted successfully",
        "orderBackendId": backend_id,
    });
    let txt = (method == "TXT").then(|| crate::random::alphanumeric(32));
    if let Some(txt) = &txt {
        body["host"] = json!(format!("_pki-validation.{name}."));
        body["point"] = json!(txt);
    }
    if email.is_some() {
        body["emailValidationReferenceNumber"] = json!(backend_id);
    }
    validation.order = Some(ValidationOrder {
        method: method.to_owned(),
        status: "SUBMITTED",
        backend_id,
        email,
        txt,
        submitted: Some(now),
        last_check: None,
        next_check: Some(first_check),
    });
    let status = coverage::validation(world, name).status;
    body["status"] = json!(spell(&world.switches, status));
    // So the `OpenAPI` file types the answers of these two.
    if world.switches.scm_dcv_submit_reply == SubmitReply::Start {
        let hashes = world
            .scm
            .validations
            .get(name)
            .and_then(|it| it.hashes.as_ref());
        match (method, hashes) {
            ("CNAME", Some(hashes)) => {
                let (host, point) = cname(name, hashes);
                body = json!({"host": host, "point": point});
            }
            ("EMAIL", _) => body = json!({"emails": emails(name)}),
            _ => {}
        }
    }
    Ok(Reply::json(200, &body))
}

/// Lets the next check happen at once.
pub(crate) fn check_now(world: &mut World, name: &str) {
    let now = world.now();
    if let Some(order) = world
        .scm
        .validations
        .get_mut(names::without_star(name))
        .and_then(|validation| validation.order.as_mut())
    {
        order.next_check = order.next_check.map(|_| now);
    }
}

/// `clear`: forgets the order, the validation and the hashes.
pub(crate) fn clear(world: &mut World, name: &str) -> Reply {
    world.scm.validations.remove(names::without_star(name));
    let (status, order) = ("NOT_VALIDATED", "NOT_INITIATED");
    let message = format!(
        "DCV status: {}; DCV order status: {}",
        label(status),
        label(order)
    );
    Reply::json(
        200,
        &json!({
            "status": spell(&world.switches, status),
            "orderStatus": spell(&world.switches, order),
            "message": message,
        }),
    )
}

/// Validation happens on registrable names (-723), unless a switch says else.
fn high_level(world: &World, name: &str) -> Result<(), Refusal> {
    let fine = match world.switches.scm_dcv_levels {
        DcvLevels::Base => names::is_registrable(name),
        DcvLevels::Any => !name.starts_with("*."),
    };
    if fine {
        Ok(())
    } else {
        Err(Refusal::new(
            -723,
            format!("{name} is not a high level domain."),
        ))
    }
}

fn known(method: &str) -> Result<&'static str, Refusal> {
    ["CNAME", "EMAIL", "HTTP", "HTTPS", "TXT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method))
        .ok_or_else(|| Refusal::not_found("Not found"))
}

fn emails(name: &str) -> Vec<String> {
    [
        "admin",
        "administrator",
        "hostmaster",
        "postmaster",
        "webmaster",
    ]
    .iter()
    .map(|user| format!("{user}@{name}"))
    .collect()
}
