//! Faults that tests inject into chosen requests.

use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a test asks for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    /// `scm`, `acme`, `ari`, `oauth`, `bigip` or `bigip_peer`; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// Regular expression on the path, without the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// Only the request with this journal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<u64>,
    /// Matching requests to let pass first.
    #[serde(default)]
    pub(crate) after: u64,
    /// How often the fault strikes; 0 = for ever.
    #[serde(default = "once")]
    pub(crate) times: u64,
    pub(crate) action: Action,
}

/// What happens to a request that a fault strikes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// The vendor's own "no", before any effect: SCM 400 `-3`, ACME 403
    /// `unauthorized`, token endpoint 401 `invalid_client`.
    Refuse {
        #[serde(default)]
        status: Option<u16>,
        #[serde(default)]
        body: Option<String>,
    },
    /// The connection is dropped before the effect.
    ResetBefore,
    /// The effect happens; the reply is lost.
    ResetAfter,
    /// A plain reply of this status instead of the effect.
    Status {
        status: u16,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The effect happens; half of the body arrives under the full length.
    Truncate,
    /// An HTML page instead of the effect.
    Html {
        #[serde(default = "bad_gateway")]
        status: u16,
        #[serde(default)]
        body: Option<String>,
    },
    /// An empty body under the usual content type instead of the effect.
    Empty {
        #[serde(default = "ok")]
        status: u16,
    },
    /// The effect and its reply come `seconds` later.
    Delay { seconds: f64 },
    /// A redirect instead of the effect.
    Redirect {
        #[serde(default = "found")]
        status: u16,
        location: String,
    },
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    next_id: u64,
}

impl Faults {
    /// Arms a fault and tells its id; an error names the field that is wrong.
    pub(crate) fn arm(&mut self, spec: FaultSpec) -> Result<u64, String> {
        let path = match spec.path.as_deref().map(Regex::new) {
            None => None,
            Some(Ok(path)) => Some(path),
            Some(Err(error)) => return Err(format!("path: {error}")),
        };
        if let Action::Delay { seconds } = spec.action
            && !(0.0..=3600.0).contains(&seconds)
        {
            return Err("action.seconds: 0 to 3600".to_owned());
        }
        if let Some(status) = spec.action.status()
            && !(200..=599).contains(&status)
        {
            return Err("action.status: 200 to 599".to_owned());
        }
        self.next_id += 1;
        self.armed.push(Armed {
            id: self.next_id,
            path,
            seen: 0,
            struck: 0,
            spec,
        });
        Ok(self.next_id)
    }

    /// The action for a request, if a fault strikes it.
    pub(crate) fn strike(
        &mut self,
        service: &str,
        method: &str,
        path: &str,
        call: u64,
    ) -> Option<Action> {
        self.armed
            .iter_mut()
            .find_map(|fault| fault.strike(service, method, path, call))
    }

    pub(crate) fn disarm_all(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn list(&self) -> Vec<serde_json::Value> {
        self.armed
            .iter()
            .map(|fault| {
                let mut value =
                    serde_json::json!({"id": fault.id, "seen": fault.seen, "struck": fault.struck});
                if let (Some(object), Ok(serde_json::Value::Object(spec))) =
                    (value.as_object_mut(), serde_json::to_value(&fault.spec))
                {
                    object.extend(spec);
                }
                value
            })
            .collect()
    }
}

impl Action {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Refuse { status, .. } => *status,
            Self::Status { status, .. }
            | Self::Html { status, .. }
            | Self::Empty { status }
            | Self::Redirect { status, .. } => Some(*status),
            Self::ResetBefore | Self::ResetAfter | Self::Truncate | Self::Delay { .. } => None,
        }
    }
}

/// Fixed delay of every reply with random jitter.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latency {
    #[serde(default)]
    pub(crate) ms: u64,
    #[serde(default)]
    pub(crate) jitter_ms: u64,
}

impl Latency {
    pub(crate) fn sample(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.ms + crate::random::below(self.jitter_ms + 1))
    }
}

#[derive(Debug)]
struct Armed {
    id: u64,
    spec: FaultSpec,
    path: Option<Regex>,
    seen: u64,
    struck: u64,
}

impl Armed {
    fn strike(&mut self, service: &str, method: &str, path: &str, call: u64) -> Option<Action> {
        let spec = &self.spec;
        let matches = spec.service.as_deref().is_none_or(|s| s == service)
            && spec
                .method
                .as_deref()
                .is_none_or(|m| m.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|p| p.is_match(path))
            && spec.call.is_none_or(|number| number == call);
        if !matches || (spec.times != 0 && self.struck >= spec.times) {
            return None;
        }
        self.seen += 1;
        if self.seen <= spec.after {
            return None;
        }
        self.struck += 1;
        Some(spec.action.clone())
    }
}

fn once() -> u64 {
    1
}

fn bad_gateway() -> u16 {
    502
}

fn ok() -> u16 {
    200
}

fn found() -> u16 {
    302
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(value: serde_json::Value) -> FaultSpec {
        serde_json::from_value(value).expect("a fault")
    }

    #[test]
    fn strikes_after_the_skipped_ones_and_then_stops() {
        let mut faults = Faults::default();
        let fault = serde_json::json!({
            "service": "scm", "method": "post", "path": "^/api/domain", "after": 1, "times": 2,
            "action": {"kind": "reset_before"},
        });
        faults.arm(spec(fault)).expect("armed");
        let mut hit = |service, method, path| faults.strike(service, method, path, 9).is_some();
        assert!(!hit("scm", "POST", "/api/domain/v1"), "skipped");
        assert!(!hit("acme", "POST", "/api/domain/v1"), "other service");
        assert!(!hit("scm", "GET", "/api/domain/v1"), "other method");
        assert!(hit("scm", "POST", "/api/domain/v1"));
        assert!(hit("scm", "POST", "/api/domain/v1/5/delegation"));
        assert!(!hit("scm", "POST", "/api/domain/v1"), "spent");
    }

    #[test]
    fn a_call_number_picks_one_request() {
        let mut faults = Faults::default();
        let fault = serde_json::json!({"call": 3, "action": {"kind": "truncate"}});
        faults.arm(spec(fault)).expect("armed");
        assert!(faults.strike("scm", "GET", "/", 2).is_none());
        assert!(faults.strike("scm", "GET", "/", 3).is_some());
    }

    #[test]
    fn refuses_a_bad_expression_and_unknown_fields() {
        let mut faults = Faults::default();
        let fault = serde_json::json!({"path": "(", "action": {"kind": "truncate"}});
        assert!(faults.arm(spec(fault)).is_err());
        let unknown = serde_json::json!({"when": "now", "action": {"kind": "truncate"}});
        assert!(serde_json::from_value::<FaultSpec>(unknown).is_err());
    }
}
