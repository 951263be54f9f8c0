//! What to do, and why: a pure function.

use std::fmt;

use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::observation::{InService, Observation, Pending, Served, VariantObservation};
use super::{SiteSpec, Standing, Window};
use crate::x509::{Algorithm, KeyType};

/// What is to be done about a site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) variants: Vec<VariantPlan>,
    /// Half-made objects that cannot be continued, and superseded ones.
    pub(crate) discard: Vec<String>,
    /// What is set right without a new certificate.
    pub(crate) repair: Vec<String>,
}

/// What is to be done about one kind of key of a site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VariantPlan {
    pub(crate) key: KeyType,
    pub(crate) step: Step,
    /// Empty if all is well.
    pub(crate) reasons: Vec<Reason>,
}

/// The way from where a variant is to where it should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Keep,
    /// It is in place, but the server has not taken notice.
    Bind,
    /// An earlier run got as far as the switch.
    Activate {
        id: String,
    },
    /// An earlier run got as far as the request.
    Continue {
        id: String,
    },
    /// From the start: key, request, certificate, switch.
    Issue,
}

/// Why something is to be done. Users read it in results and in `--diff`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reason {
    Missing,
    NamesChanged {
        added: Vec<String>,
        removed: Vec<String>,
    },
    KeyChanged {
        from: Option<KeyType>,
        to: KeyType,
    },
    IssuerChanged {
        from: String,
    },
    /// Time is up by the policy of the task.
    Expiring {
        not_after: OffsetDateTime,
        due: OffsetDateTime,
    },
    /// Time is up by the CA's own wish.
    AriWindow {
        due: OffsetDateTime,
    },
    Revoked,
    KeyMismatch,
    ChainIncomplete,
    NotBound(String),
    /// It cannot stay when the other kind of key is replaced.
    Accompanies,
    Forced,
}

/// Decides. The same input gives the same plan: in check mode, in the run, on any node.
pub(crate) fn decide(
    spec: &SiteSpec,
    observed: &Observation,
    standing: impl Fn(Algorithm) -> Standing,
    now: OffsetDateTime,
) -> Plan {
    let mut variants: Vec<VariantPlan> = spec
        .keys
        .iter()
        .map(|key| {
            let algorithm = key.algorithm();
            let variant = observed.variant(algorithm);
            let reasons = reasons(spec, *key, variant, &standing(algorithm), now);
            let pending = variant.and_then(|it| it.pending.as_ref());
            let step = step(spec, *key, &reasons, pending, now);
            VariantPlan {
                key: *key,
                step,
                reasons,
            }
        })
        .collect();
    if observed.inseparable {
        join(spec, observed, &mut variants, now);
    }
    Plan {
        discard: discards(observed, &variants),
        variants,
        repair: observed.drift.clone(),
    }
}

/// Has all kinds of keys replaced if one is, and none continued if one has to start anew: what an
/// earlier run prepared is of use only as a whole.
fn join(
    spec: &SiteSpec,
    observed: &Observation,
    variants: &mut [VariantPlan],
    now: OffsetDateTime,
) {
    let stays = |it: &VariantPlan| matches!(it.step, Step::Keep | Step::Bind);
    if variants.iter().all(stays) {
        return;
    }
    for variant in variants.iter_mut().filter(|it| stays(it)) {
        let pending = observed
            .variant(variant.key.algorithm())
            .and_then(|it| it.pending.as_ref());
        variant.reasons.push(Reason::Accompanies);
        variant.step = step(spec, variant.key, &variant.reasons, pending, now);
    }
    if variants.iter().any(|it| it.step == Step::Issue) {
        for variant in variants {
            variant.step = Step::Issue;
        }
    }
}

/// Leftovers, and what was half made and is not gone on with.
fn discards(observed: &Observation, variants: &[VariantPlan]) -> Vec<String> {
    let used = |id: &String| {
        variants.iter().any(|it| match &it.step {
            Step::Activate { id: it } | Step::Continue { id: it } => it == id,
            Step::Keep | Step::Bind | Step::Issue => false,
        })
    };
    let pending = observed
        .variants
        .iter()
        .filter_map(|it| it.pending.as_ref().map(Pending::id))
        .filter(|it| !used(it));
    observed.leftovers.iter().chain(pending).cloned().collect()
}

fn step(
    spec: &SiteSpec,
    key: KeyType,
    reasons: &[Reason],
    pending: Option<&Pending>,
    now: OffsetDateTime,
) -> Step {
    if reasons.is_empty() {
        return Step::Keep;
    }
    if reasons.iter().all(|it| matches!(it, Reason::NotBound(_))) {
        return Step::Bind;
    }
    match pending {
        Some(Pending::Requested { id, csr })
            if csr.key_type == Some(key) && csr.names == spec.names =>
        {
            Step::Continue { id: id.clone() }
        }
        // A forced renewal asks for more than what an earlier run had got.
        Some(Pending::Installed { id, certificate })
            if !spec.force
                && certificate.key_type == Some(key)
                && missing(&spec.names, &certificate.names).is_empty()
                && now < certificate.not_after - Duration::days(1)
                && spec
                    .renew
                    .due(certificate.not_before, certificate.not_after)
                    > now =>
        {
            Step::Activate { id: id.clone() }
        }
        _ => Step::Issue,
    }
}

fn reasons(
    spec: &SiteSpec,
    key: KeyType,
    variant: Option<&VariantObservation>,
    standing: &Standing,
    now: OffsetDateTime,
) -> Vec<Reason> {
    let Some(current) = variant.and_then(|it| it.in_service.as_ref()) else {
        return vec![Reason::Missing];
    };
    let certificate = &current.certificate;
    let mut reasons = Vec::new();
    if spec.force {
        reasons.push(Reason::Forced);
    }
    if standing.revoked || current.revoked {
        reasons.push(Reason::Revoked);
    }
    if !current.key_matches {
        reasons.push(Reason::KeyMismatch);
    }
    if certificate.key_type != Some(key) {
        reasons.push(Reason::KeyChanged {
            from: certificate.key_type,
            to: key,
        });
    }
    reasons.extend(names_changed(&spec.names, &certificate.names));
    if let Some(wanted) = &spec.issuer_name
        && !certificate.issuer.contains(wanted)
    {
        reasons.push(Reason::IssuerChanged {
            from: certificate.issuer.clone(),
        });
    }
    reasons.extend(time_is_up(spec, current, standing, now));
    if !current.chain_complete {
        reasons.push(Reason::ChainIncomplete);
    }
    if let Some(Served::No(what)) = &current.served {
        reasons.push(Reason::NotBound(what.clone()));
    }
    reasons
}

fn names_changed(wanted: &[String], has: &[String]) -> Option<Reason> {
    let added = missing(wanted, has);
    // CAs add the `www.` twin of a name of their own accord; that is no difference.
    let removed: Vec<String> = missing(has, wanted)
        .into_iter()
        .filter(|it| {
            !it.strip_prefix("www.")
                .is_some_and(|bare| wanted.iter().any(|name| name == bare))
        })
        .collect();
    (!added.is_empty() || !removed.is_empty()).then_some(Reason::NamesChanged { added, removed })
}

fn missing(wanted: &[String], has: &[String]) -> Vec<String> {
    wanted
        .iter()
        .filter(|it| !has.contains(it))
        .cloned()
        .collect()
}

fn time_is_up(
    spec: &SiteSpec,
    current: &InService,
    standing: &Standing,
    now: OffsetDateTime,
) -> Option<Reason> {
    let certificate = &current.certificate;
    let by_policy = spec
        .renew
        .due(certificate.not_before, certificate.not_after);
    if by_policy <= now {
        return Some(Reason::Expiring {
            not_after: certificate.not_after,
            due: by_policy,
        });
    }
    let by_ca = moment_in(standing.window?, &certificate.serial);
    (spec.renew.ari && by_ca <= now).then_some(Reason::AriWindow { due: by_ca })
}

/// A point inside the window that depends on the serial number only: check mode and run agree on
/// it, and a fleet spreads over the window (RFC 9773 §4.2 asks for a random one).
fn moment_in(window: Window, serial: &str) -> OffsetDateTime {
    let length = (window.end - window.start).max(Duration::ZERO);
    // Serial numbers may be counted up, so they need a hash that spreads neighbours far apart.
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(serial));
    let share = f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0);
    window.start + length * share
}

impl Pending {
    pub(crate) fn id(&self) -> &String {
        match self {
            Self::Requested { id, .. } | Self::Installed { id, .. } => id,
        }
    }
}

impl Reason {
    /// One word for programs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NamesChanged { .. } => "names_changed",
            Self::KeyChanged { .. } => "key_changed",
            Self::IssuerChanged { .. } => "issuer_changed",
            Self::Expiring { .. } => "expiring",
            Self::AriWindow { .. } => "ari_window",
            Self::Revoked => "revoked",
            Self::KeyMismatch => "key_mismatch",
            Self::ChainIncomplete => "chain_incomplete",
            Self::NotBound(_) => "not_bound",
            Self::Accompanies => "accompanies",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no certificate"),
            Self::NamesChanged { added, removed } => {
                f.write_str("names differ:")?;
                added.iter().try_for_each(|it| write!(f, " +{it}"))?;
                removed.iter().try_for_each(|it| write!(f, " -{it}"))
            }
            Self::KeyChanged { from, to } => match from {
                Some(from) => write!(f, "the key is {from}, wanted is {to}"),
                None => write!(f, "the key is of another kind, wanted is {to}"),
            },
            Self::IssuerChanged { from } => {
                write!(f, "the certificate is from another issuer: {from}")
            }
            Self::Expiring { not_after, due } => write!(
                f,
                "valid until {}, due for renewal since {}",
                not_after.date(),
                due.date()
            ),
            Self::AriWindow { due } => {
                write!(f, "the CA asks for renewal (ARI), since {}", due.date())
            }
            Self::Revoked => f.write_str("the certificate is revoked"),
            Self::KeyMismatch => f.write_str("key and certificate do not belong together"),
            Self::ChainIncomplete => f.write_str("the chain is incomplete"),
            Self::NotBound(what) => write!(f, "it is not what is served: {what}"),
            Self::Accompanies => {
                f.write_str("the other kind of key is replaced, and both have to be together")
            }
            Self::Forced => f.write_str("force is set"),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::lifecycle::Held;
    use crate::lifecycle::RenewPolicy;
    use crate::x509::{Certificate, Csr, PrivateKey};

    const ISSUED: OffsetDateTime = datetime!(2026-11-01 00:00:00 UTC);

    fn spec() -> SiteSpec {
        SiteSpec {
            name: "www.example.org".to_owned(),
            common_name: Some("www.example.org".to_owned()),
            names: vec!["example.org".to_owned(), "www.example.org".to_owned()],
            keys: vec![KeyType::EcdsaP256],
            renew: RenewPolicy::default(),
            issuer_name: None,
            force: false,
        }
    }

    /// Valid for 199 days from [`ISSUED`].
    fn certificate(names: &[&str]) -> Held {
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = ISSUED;
        params.not_after = ISSUED + Duration::days(199);
        let key = rcgen::KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        (&Certificate::from_der(made.der()).unwrap()).into()
    }

    fn in_service(certificate: Held) -> Observation {
        Observation {
            variants: vec![VariantObservation {
                algorithm: Algorithm::Ecdsa,
                in_service: Some(InService {
                    certificate,
                    chain_complete: true,
                    key_matches: true,
                    revoked: false,
                    served: Some(Served::Yes),
                }),
                pending: None,
            }],
            ..Observation::default()
        }
    }

    fn good() -> Observation {
        in_service(certificate(&["www.example.org", "example.org"]))
    }

    fn current(observed: &mut Observation) -> &mut InService {
        observed.variants[0].in_service.as_mut().unwrap()
    }

    fn plan(spec: &SiteSpec, observed: &Observation, standing: &Standing, day: i64) -> VariantPlan {
        let now = ISSUED + Duration::days(day);
        let standing = |_| standing.clone();
        let plan = decide(spec, observed, standing, now);
        assert_eq!(plan, decide(spec, observed, standing, now), "pure");
        plan.variants.into_iter().next().unwrap()
    }

    fn why(spec: &SiteSpec, observed: &Observation, day: i64) -> Vec<&'static str> {
        let plan = plan(spec, observed, &Standing::default(), day);
        assert_eq!(plan.step == Step::Keep, plan.reasons.is_empty());
        plan.reasons.iter().map(Reason::name).collect()
    }

    #[test]
    fn what_is_as_it_should_be_is_kept_until_two_thirds_of_its_life() {
        assert_eq!(why(&spec(), &good(), 10), [""; 0]);
        assert_eq!(why(&spec(), &good(), 132), [""; 0]);
        assert_eq!(why(&spec(), &good(), 133), ["expiring"]);
        assert_eq!(why(&spec(), &good(), 500), ["expiring"]);
    }

    #[test]
    fn days_make_it_earlier_and_never_later() {
        let mut spec = spec();
        spec.renew.days = Some(100);
        assert_eq!(why(&spec, &good(), 98), [""; 0]);
        assert_eq!(why(&spec, &good(), 99), ["expiring"]);
        spec.renew.days = Some(1);
        assert_eq!(why(&spec, &good(), 133), ["expiring"]);
    }

    #[test]
    fn every_difference_has_its_reason() {
        let bare = in_service(certificate(&["www.example.org"]));
        let more = in_service(certificate(&[
            "www.example.org",
            "example.org",
            "old.example.org",
        ]));
        let mut unserved = good();
        current(&mut unserved).served = Some(Served::No("another one".to_owned()));
        let mut unreachable = good();
        current(&mut unreachable).served = Some(Served::Unreachable("refused".to_owned()));
        let mut mismatch = good();
        current(&mut mismatch).key_matches = false;
        let mut alone = good();
        current(&mut alone).chain_complete = false;
        let cases: [(&str, Observation, &[&str]); 8] = [
            ("nothing", Observation::default(), &["missing"]),
            ("a name too few", bare, &["names_changed"]),
            ("a name too many", more, &["names_changed"]),
            ("not served", unserved, &["not_bound"]),
            // A server that is down is not mended by a new certificate.
            ("unreachable", unreachable, &[]),
            ("foreign key", mismatch, &["key_mismatch"]),
            ("no chain", alone, &["chain_incomplete"]),
            ("fine", good(), &[]),
        ];
        for (what, observed, reasons) in cases {
            assert_eq!(why(&spec(), &observed, 1), reasons, "{what}");
        }
        let mut wanted = spec();
        wanted.keys = vec![KeyType::EcdsaP384];
        assert_eq!(why(&wanted, &good(), 1), ["key_changed"]);
        wanted.keys = vec![KeyType::Rsa2048];
        assert_eq!(why(&wanted, &good(), 1), ["missing"]);
        let mut wanted = spec();
        wanted.issuer_name = Some("Other CA".to_owned());
        assert_eq!(why(&wanted, &good(), 1), ["issuer_changed"]);
        wanted.issuer_name = None;
        wanted.force = true;
        assert_eq!(why(&wanted, &good(), 1), ["forced"]);
    }

    #[test]
    fn the_www_twin_that_a_ca_adds_is_no_difference() {
        let mut spec = spec();
        spec.names = vec!["example.org".to_owned()];
        assert_eq!(why(&spec, &good(), 1), [""; 0]);
    }

    #[test]
    fn a_missing_reload_costs_no_certificate() {
        let mut observed = good();
        current(&mut observed).served = Some(Served::No("the old one".to_owned()));
        let plan = plan(&spec(), &observed, &Standing::default(), 1);
        assert_eq!(plan.step, Step::Bind);
    }

    #[test]
    fn half_made_things_are_continued_if_they_still_fit() {
        let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
        let requested = |names: &[String]| {
            let mut observed = Observation::default();
            observed.variants.push(VariantObservation {
                algorithm: Algorithm::Ecdsa,
                in_service: None,
                pending: Some(Pending::Requested {
                    id: "half".to_owned(),
                    csr: Csr::make(&key, None, names).unwrap(),
                }),
            });
            decide(&spec(), &observed, |_| Standing::default(), ISSUED)
        };
        let fits = requested(&spec().names);
        let id = "half".to_owned();
        assert_eq!(fits.variants[0].step, Step::Continue { id });
        assert!(fits.discard.is_empty());
        let stale = requested(&["other.example.org".to_owned()]);
        assert_eq!(stale.variants[0].step, Step::Issue);
        assert_eq!(stale.discard, ["half"]);

        let mut observed = good();
        observed.variants[0].pending = Some(Pending::Installed {
            id: "half".to_owned(),
            certificate: certificate(&["www.example.org", "example.org"]),
        });
        let idle = decide(&spec(), &observed, |_| Standing::default(), ISSUED);
        assert_eq!(idle.discard, ["half"], "nobody needs it");
        observed.variants[0].in_service = None;
        let ready = decide(&spec(), &observed, |_| Standing::default(), ISSUED);
        let id = "half".to_owned();
        assert_eq!(ready.variants[0].step, Step::Activate { id });
    }

    #[test]
    fn the_cas_wish_counts_when_it_is_earlier() {
        let window = |start: i64, end: i64| Standing {
            revoked: false,
            window: Some(Window {
                start: ISSUED + Duration::days(start),
                end: ISSUED + Duration::days(end),
            }),
        };
        let reasons = |spec: &SiteSpec, standing: &Standing, day| {
            let plan = plan(spec, &good(), standing, day);
            plan.reasons.iter().map(Reason::name).collect::<Vec<_>>()
        };
        assert_eq!(reasons(&spec(), &window(2, 3), 1), [""; 0]);
        assert_eq!(reasons(&spec(), &window(2, 3), 4), ["ari_window"]);
        assert_eq!(reasons(&spec(), &window(150, 160), 140), ["expiring"]);
        let mut deaf = spec();
        deaf.renew.ari = false;
        assert_eq!(reasons(&deaf, &window(2, 3), 4), [""; 0]);
        let revoked = Standing {
            revoked: true,
            window: None,
        };
        assert_eq!(reasons(&spec(), &revoked, 1), ["revoked"]);
    }

    #[test]
    fn a_fleet_spreads_over_a_window_and_each_stays_at_its_place() {
        let window = Window {
            start: ISSUED,
            end: ISSUED + Duration::days(10),
        };
        let mut days = [0u32; 10];
        for serial in 0..1000 {
            let serial = format!("{serial:032x}");
            let moment = moment_in(window, &serial);
            assert_eq!(moment, moment_in(window, &serial));
            assert!((window.start..window.end).contains(&moment));
            days[usize::try_from((moment - ISSUED).whole_days()).unwrap()] += 1;
        }
        assert!(days.iter().all(|it| (60..140).contains(it)), "{days:?}");
        let nonsense = Window {
            start: window.end,
            end: window.start,
        };
        assert_eq!(moment_in(nonsense, "00"), window.end);
    }
}
