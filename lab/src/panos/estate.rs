//! Two firewalls and a Panorama: who answers, and what happens to jobs.

use super::auth::{self, Admin};
use super::commit;
use super::device::{Device, Kind};
use super::entry::Vault;
use super::jobs::{Outcome, Work};
use super::seed::{self, SERIALS};
use super::system::Ha;
use crate::http::Service;
use crate::switches::Switches;
use serde_json::{Value, json};
use std::net::SocketAddr;
use time::OffsetDateTime;

/// The simulated devices.
#[derive(Debug)]
pub(crate) struct Estate {
    /// Portal and gateway of the first firewall, then of the second.
    pub(crate) addresses: [SocketAddr; 4],
    pub(crate) admins: Vec<Admin>,
    pub(crate) devices: [Device; 3],
    /// One master key, so that keys can follow configurations.
    pub(crate) vault: Vault,
    pub(crate) ha: Ha,
}

/// Places in [`Estate::devices`].
pub(crate) const FIRST: usize = 0;
pub(crate) const SECOND: usize = 1;
pub(crate) const PANORAMA: usize = 2;

impl Estate {
    pub(crate) fn new(addresses: [SocketAddr; 4]) -> Self {
        Self {
            addresses,
            admins: auth::admins(),
            devices: devices(),
            vault: Vault::default(),
            ha: Ha::default(),
        }
    }

    /// New devices with the administrators of the old ones.
    pub(crate) fn reset(&mut self) {
        self.devices = devices();
        self.vault = Vault::default();
        self.ha = Ha::default();
    }

    /// The device behind a service.
    pub(crate) fn place(service: Service) -> usize {
        match service {
            Service::Panorama => PANORAMA,
            Service::PanosPeer => SECOND,
            _ => FIRST,
        }
    }

    /// The firewall of a serial number.
    pub(crate) fn by_serial(serial: &str) -> Option<usize> {
        [FIRST, SECOND]
            .into_iter()
            .find(|place| SERIALS[*place] == serial)
    }

    /// Does the work of all jobs whose time has come.
    pub(crate) fn settle(&mut self, now: OffsetDateTime, switches: &Switches) {
        for place in [FIRST, SECOND, PANORAMA] {
            while let Some(job) = self.devices[place].jobs.due(now) {
                let (id, admin, work) = (job.id, job.admin.clone(), job.work.clone());
                let outcome = self.carry_out(place, &work, &admin, now, switches);
                self.devices[place].jobs.finish(id, outcome);
            }
        }
    }

    fn carry_out(
        &mut self,
        place: usize,
        work: &Work,
        admin: &str,
        now: OffsetDateTime,
        switches: &Switches,
    ) -> Outcome {
        let scripted = &switches.panos_commit_fails;
        match work {
            Work::Validate(prepared) => commit::validate(&self.devices[place], prepared, switches),
            Work::Commit(_) if !scripted.is_empty() => {
                Outcome::bad(vec!["Validation Error:".to_owned(), format!(" {scripted}")])
            }
            Work::Commit(prepared) => {
                let device = &mut self.devices[place];
                let mut outcome = commit::apply(device, prepared, admin, switches);
                if !outcome.failed && self.ha.enabled && place == self.active() {
                    let [first, second, _] = &mut self.devices;
                    let (from, to) = if place == FIRST {
                        (first, second)
                    } else {
                        (second, first)
                    };
                    self.ha.copy(from, to, now);
                    if self.ha.failing {
                        outcome.warnings.push(
                            "Failed to synchronize running configuration with HA peer".to_owned(),
                        );
                    }
                }
                outcome
            }
            Work::Push(push) => {
                let mut outcome = Outcome::good("Configuration pushed");
                for serial in &push.serials {
                    let reached = !switches.panos_disconnected.contains(serial);
                    if let Some(place) = Self::by_serial(serial).filter(|_| reached) {
                        self.devices[place].pushed = push.config.clone();
                        let sent = &mut self.devices[PANORAMA].sent;
                        sent.insert(serial.clone(), push.config.clone());
                    }
                    outcome.failed |= !reached;
                    outcome.devices.push((serial.clone(), reached));
                }
                outcome
            }
        }
    }

    /// The firewall that forwards traffic.
    pub(crate) fn active(&self) -> usize {
        if self.ha.enabled && self.ha.second_is_active {
            SECOND
        } else {
            FIRST
        }
    }

    /// A device restarts: jobs end, the candidate is what was saved last.
    pub(crate) fn reboot(&mut self, place: usize) {
        let device = &mut self.devices[place];
        device.jobs.abandon();
        device.candidate = device.running.clone();
        device.changes.forget(|_| true);
        device.targets.clear();
    }

    /// The state as tests read it.
    pub(crate) fn state(&self) -> Value {
        let [first, second, panorama] = &self.devices;
        json!({
            "firewall": first.state(),
            "peer": second.state(),
            "panorama": panorama.state(),
            "active": if self.active() == SECOND { "b" } else { "a" },
        })
    }

    /// The ready line's member for one device.
    pub(crate) fn ready(&self, url: &str, place: usize) -> Value {
        let users: Vec<Value> = self
            .admins
            .iter()
            .map(|admin| json!({"user": admin.name, "password": admin.password, "role": admin.role.label()}))
            .collect();
        let default = self.admins.iter().find(|admin| admin.name == "api-cert");
        let served: Vec<Value> = ["portal", "gateway"]
            .iter()
            .zip(self.addresses.iter().skip(place * 2))
            .map(|(name, address)| {
                json!({"name": name, "address": address.ip().to_string(), "port": address.port()})
            })
            .collect();
        json!({
            "url": url,
            "serial": SERIALS[place],
            "user": default.map(|admin| admin.name),
            "password": default.map(|admin| &admin.password),
            "users": users,
            "services": served,
        })
    }
}

fn devices() -> [Device; 3] {
    [
        Device::new(Kind::Firewall, SERIALS[FIRST], seed::firewall()),
        Device::new(Kind::Firewall, SERIALS[SECOND], seed::firewall()),
        Device::new(Kind::Panorama, SERIALS[PANORAMA], seed::panorama()),
    ]
}
