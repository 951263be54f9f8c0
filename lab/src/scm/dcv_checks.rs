//! The vendor's own look at what was published for a validation.

use super::dcv::cname;
use crate::dns::{self, Kind};
use crate::state::{Lab, ValidationOrder};
use crate::web;
use time::Duration;

/// Makes every check whose time has come. The vendor polls on its own; here
/// the next request does, which nobody can tell from outside.
pub(crate) async fn run_due(lab: &Lab) {
    let (due, generation, port) = {
        let world = lab.world();
        let now = world.now();
        let due: Vec<Check> = world
            .scm
            .validations
            .iter()
            .filter_map(|(name, validation)| {
                let order = validation.order.as_ref()?;
                let ripe = order.status == "SUBMITTED" && order.next_check? <= now;
                ripe.then(|| Check {
                    name: name.clone(),
                    order: order.clone(),
                    hashes: validation.hashes.clone(),
                })
            })
            .collect();
        (due, world.generation, world.switches.scm_dcv_http_port)
    };
    for check in due {
        let proven = check.look(lab, port).await;
        let mut world = lab.world();
        if world.generation != generation {
            return;
        }
        let now = world.now();
        let end = now + Duration::days(world.switches.scm_dcv_days);
        let again = now + Duration::seconds(world.switches.scm_dcv_recheck_seconds);
        let rejects = world.switches.scm_dcv_rejects;
        let Some(validation) = world.scm.validations.get_mut(&check.name) else {
            continue;
        };
        if proven {
            validation.method = Some(check.order.method);
            validation.validated = Some(now);
            validation.expires = Some(end);
            validation.order = None;
        } else if let Some(order) = &mut validation.order {
            order.last_check = Some(now);
            order.next_check = Some(again);
            if rejects {
                order.status = "REJECTED";
            }
        }
    }
}

struct Check {
    name: String,
    order: ValidationOrder,
    hashes: Option<(String, String)>,
}

impl Check {
    async fn look(&self, lab: &Lab, port: u16) -> bool {
        match (self.order.method.as_str(), &self.hashes) {
            ("CNAME", Some(hashes)) => {
                let (host, point) = cname(&self.name, hashes);
                self.has(lab, &host, Kind::Cname, &point).await
            }
            ("TXT", _) => {
                let host = format!("_pki-validation.{}", self.name);
                let value = self.order.txt.as_deref().unwrap_or_default();
                self.has(lab, &host, Kind::Txt, value).await
            }
            ("HTTP" | "HTTPS", Some((file, line))) => {
                let path = format!("/.well-known/pki-validation/{}.txt", file.to_uppercase());
                match web::fetch(port, &self.name, &path).await {
                    Ok((status, body)) => {
                        let mut lines = body.lines();
                        status.is_success()
                            && lines.next() == Some(line)
                            && lines.next() == Some("sectigo.com")
                    }
                    Err(_) => false,
                }
            }
            // Somebody has to read a letter: tests set the state instead.
            _ => false,
        }
    }

    async fn has(&self, lab: &Lab, host: &str, kind: Kind, value: &str) -> bool {
        let plain = |text: &str| text.trim_end_matches('.').to_owned();
        dns::lookup(lab, &plain(host), kind)
            .await
            .is_ok_and(|values| values.iter().any(|found| plain(found) == plain(value)))
    }
}
