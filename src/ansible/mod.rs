//! Ansible's module protocol. Nothing in here knows what a certificate is.

pub(crate) mod docs;
pub(crate) mod normalise;
pub(crate) mod panic;
mod redact;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod spec;

pub(crate) use redact::Redactor;
pub(crate) use request::Request;
pub(crate) use response::{Diff, Failure, ManualAction, Outcome, Response};
