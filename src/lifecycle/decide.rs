//! What to do, and why: a pure function.

use std::fmt;

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
    Forced,
}

/// Decides. The same input gives the same plan: in check mode, in the run, on any node.
pub(crate) fn decide(
    spec: &SiteSpec,
    observed: &Observation,
    standing: impl Fn(Algorithm) -> Standing,
    now: OffsetDateTime,
) -> Plan {
    let mut discard = observed.leftovers.clone();
    let variants = spec
        .keys
        .iter()
        .map(|key| {
            let algorithm = key.algorithm();
            let variant = observed.variant(algorithm);
            let reasons = reasons(spec, *key, variant, &standing(algorithm), now);
            let pending = variant.and_then(|it| it.pending.as_ref());
            let step = step(spec, *key, &reasons, pending, now);
            let used = match &step {
                Step::Activate { id } | Step::Continue { id } => Some(id),
                Step::Keep | Step::Bind | Step::Issue => None,
            };
            discard.extend(
                pending
                    .map(Pending::id)
                    .filter(|it| Some(*it) != used)
                    .cloned(),
            );
            VariantPlan {
                key: *key,
                step,
                reasons,
            }
        })
        .collect();
    Plan {
        variants,
        discard,
        repair: observed.drift.clone(),
    }
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
                && due(certificate.not_before, certificate.not_after, spec) > now =>
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
    if standing.revoked {
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
    let by_policy = due(certificate.not_before, certificate.not_after, spec);
    if by_policy <= now {
        return Some(Reason::Expiring {
            not_after: certificate.not_after,
            due: by_policy,
        });
    }
    let by_ca = moment_in(standing.window?, &certificate.serial);
    (spec.renew.ari && by_ca <= now).then_some(Reason::AriWindow { due: by_ca })
}

/// When the policy wants a certificate to be renewed: the earlier of share and days.
fn due(not_before: OffsetDateTime, not_after: OffsetDateTime, spec: &SiteSpec) -> OffsetDateTime {
    let life = not_after - not_before;
    let by_share = not_before + life * spec.renew.share;
    match spec.renew.days {
        Some(days) => by_share.min(not_after - Duration::days(i64::from(days))),
        None => by_share,
    }
}

/// A point inside the window that depends on the serial number only: check mode and run agree on
/// it, and a fleet spreads over the window (RFC 9773 §4.2 asks for a random one).
fn moment_in(window: Window, serial: &str) -> OffsetDateTime {
    let length = (window.end - window.start).max(Duration::ZERO);
    // FNV-1a: spreads well enough, and is the same everywhere and always.
    let hash = serial
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    #[allow(clippy::cast_precision_loss)] // 53 bits of a hash are plenty
    let share = (hash >> 11) as f64 / (1u64 << 53) as f64;
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
            Self::Forced => f.write_str("force is set"),
        }
    }
}
