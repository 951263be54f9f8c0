//! Palo Alto Networks firewalls and a Panorama as their XML API shows them:
//! candidate and running configuration, certificates, commits, locks.

use crate::bigip::keys::Opened;
use crate::http::{Call, Reply, Service};
use crate::state::{Lab, World};
use crate::switches::{AcceptOrRefuse, Switches};
use answer::{Answer, Refusal};
use auth::Admin;
use device::{Device, Kind};
use estate::{Estate, SECOND};
use ops::Site;
use request::Request;
use scope::{Scope, Template};
use std::sync::Arc;

mod answer;
mod auth;
mod changes;
mod commit;
mod config;
pub(crate) mod control;
mod device;
mod edit;
mod entry;
pub(crate) mod estate;
mod export;
mod generate;
mod import;
mod jobs;
mod locks;
mod ops;
mod panorama;
mod references;
mod request;
mod schema;
mod scope;
mod seed;
pub(crate) mod serving;
mod system;
mod xml;
mod xpath;

/// Answers a request to one of the devices.
pub(crate) fn handle(lab: &Arc<Lab>, call: &Call) -> Reply {
    if !["/api", "/api/"].contains(&call.path.as_str()) {
        return Reply::text(404, "text/html", "<html><body>404 Not Found</body></html>");
    }
    let Some(request) = Request::read(call) else {
        return Refusal::bad_request("The request could not be read").reply();
    };
    let switches = lab.world().switches.clone();
    // Keys are made without holding up everybody else.
    let fresh = fresh_key(&request, &switches);
    let mut login = None;
    let outcome = answer(lab, call, &request, &switches, fresh, &mut login);
    let mut reply = outcome.unwrap_or_else(|refusal| refusal.reply());
    reply.write = Some(is_write(&request));
    reply.login = login.or(reply.login);
    reply
}

/// The vendor's own "no", for faults.
pub(crate) fn refusal() -> Reply {
    Refusal::forbidden("Type [op] not authorized for user role custom.").reply()
}

/// The path in the journal and the parameters that it may show.
pub(crate) fn journal_names(call: &Call) -> (String, String) {
    match Request::read(call) {
        Some(request) => (request.label(), request.shown()),
        None => (call.path.clone(), String::new()),
    }
}

pub(crate) fn is_device(service: Service) -> bool {
    [Service::Panos, Service::PanosPeer, Service::Panorama].contains(&service)
}

fn answer(
    lab: &Arc<Lab>,
    call: &Call,
    request: &Request,
    switches: &Switches,
    fresh: Option<Arc<Opened>>,
    login: &mut Option<String>,
) -> Answer {
    let mut world = lab.world();
    let now = world.now();
    let estate = &mut world.panos;
    estate.settle(now, switches);
    let own = Estate::place(call.service);
    let kind = request.get("type").unwrap_or_default();
    if kind == "keygen" {
        let keys = &mut estate.devices[own].keys;
        return auth::keygen(
            keys,
            &estate.admins,
            request,
            now,
            switches.panos_key_minutes,
        );
    }
    let admin = auth::identify(
        &estate.devices[own].keys,
        &estate.admins,
        call,
        request,
        now,
    )?;
    *login = Some(admin.name.to_owned());
    auth::authorize(admin, request)?;
    let admin = admin.clone();
    carry_out(&mut world, own, &admin, request, fresh)
}

/// Does what a request asks for, in the name of an administrator.
fn carry_out(
    world: &mut World,
    own: usize,
    admin: &Admin,
    request: &Request,
    fresh: Option<Arc<Opened>>,
) -> Answer {
    let (now, switches) = (world.now(), world.switches.clone());
    let estate = &mut world.panos;
    // Panorama forwards what is for one of its firewalls.
    let place = match request.get("target") {
        None => own,
        Some(serial) => Estate::by_serial(serial)
            .filter(|_| estate.devices[own].kind == Kind::Panorama)
            .ok_or_else(|| Refusal::text(format!("{serial} not connected")))?,
    };
    let device = &mut estate.devices[place];
    let scope = scope_of(device, request, admin.name, &switches)?;
    let mut site = Site {
        device,
        vault: &mut estate.vault,
        ha: &estate.ha,
        is_second: place == SECOND,
        admin,
        now,
        switches: &switches,
        fresh,
    };
    match request.get("type").unwrap_or_default() {
        "version" => Ok(answer::result(version(&site))),
        "config" => config::handle(site.device, request, admin.name, now, &switches),
        "op" => ops::operate(&mut site, request, &scope),
        "commit" => ops::commit(&mut site, request),
        "import" => import::import(&mut site, &scope, request),
        "export" => export::export(site.device, site.vault, &scope, request),
        other => Err(Refusal::bad_request(format!(
            "Illegal value for parameter \"type\" [{other}]."
        ))),
    }
}

/// A request of another administrator, made behind the API; the answer's XML.
pub(crate) fn meddle(
    world: &mut World,
    place: usize,
    user: &str,
    parameters: &[(String, String)],
) -> Option<String> {
    let request = Request::of(parameters);
    let fresh = fresh_key(&request, &world.switches);
    let admin = world
        .panos
        .admins
        .iter()
        .find(|admin| admin.name == user)?
        .clone();
    let outcome = carry_out(world, place, &admin, &request, fresh);
    let reply = outcome.unwrap_or_else(|refusal| refusal.reply());
    Some(String::from_utf8_lossy(&reply.body).into_owned())
}

fn version(site: &Site<'_>) -> Vec<xml::Node> {
    let info = system::info(site.device, site.switches);
    ["sw-version", "multi-vsys", "model", "serial"]
        .iter()
        .filter_map(|name| info.child(name).cloned())
        .collect()
}

/// Where a command's certificate is.
fn scope_of(
    device: &Device,
    request: &Request,
    admin: &str,
    switches: &Switches,
) -> Result<Scope, Refusal> {
    if device.kind == Kind::Panorama {
        let vsys = request
            .get("target-tpl-vsys")
            .filter(|_| switches.panos_template_vsys == AcceptOrRefuse::Accepted);
        if let Some(name) = request.get("target-tpl") {
            return Template::find(&device.candidate, name, vsys).map(Scope::Template);
        }
        return Ok(match device.targets.get(admin) {
            Some(template) => Scope::Template(template.clone()),
            None => Scope::Panorama,
        });
    }
    match request.get("vsys") {
        None | Some("shared") => Ok(Scope::Shared),
        Some(vsys) if device.has_vsys(vsys) => Ok(Scope::Vsys(vsys.to_owned())),
        Some(vsys) => Err(Refusal::coded(17, [format!(" vsys '{vsys}' is invalid")])),
    }
}

fn fresh_key(request: &Request, switches: &Switches) -> Option<Arc<Opened>> {
    let command = request.command()?;
    let command = command.descend(&["certificate", "generate"])?;
    generate::key_kind(command, switches)
        .and_then(Opened::generate)
        .map(Arc::new)
}

/// Whether a request changes a configuration, a lock or what is in force.
fn is_write(request: &Request) -> bool {
    match request.get("type").unwrap_or_default() {
        "config" => !matches!(request.get("action"), Some("get" | "show")),
        "commit" | "import" => true,
        "op" => request
            .command()
            .is_none_or(|command| !["show", "check"].contains(&command.name.as_str())),
        _ => false,
    }
}
