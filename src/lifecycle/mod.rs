//! The corridor between issuers and targets: look, decide, act, prove, retire.
//!
//! It knows neither a vendor nor Ansible. An [`Issuer`] turns a request into a certificate, a
//! [`Target`] holds keys and serves certificates; every pair works together because they meet
//! only here.

mod converge;
mod decide;
mod held;
mod issuer;
mod observation;
mod report;
mod spec;
mod target;
pub(crate) mod verify;

pub(crate) use converge::{Stopped, converge};
pub(crate) use decide::{Plan, Reason, Step, VariantPlan, decide};
pub(crate) use held::Held;
pub(crate) use issuer::{Issuance, IssueError, IssueRequest, Issuer, Standing, Window};
pub(crate) use observation::{InService, Observation, Pending, Served, VariantObservation};
pub(crate) use report::{Report, VariantReport};
pub(crate) use spec::{RenewPolicy, SiteSpec};
pub(crate) use target::{Target, TargetError};
