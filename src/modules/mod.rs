//! One file per Ansible module: its options, its result and what it does. This file runs them.

mod certificate;
mod certificate_facts;
mod f5_cert;
mod file_cert;
mod given_csr;
mod issuer_entry;
mod panos_cert;
mod raw_schema;
mod sectigo;
mod sectigo_acme_user;
mod sectigo_certificate;
mod sectigo_certificate_entry;
mod sectigo_certificate_info;
mod sectigo_domain;
mod sectigo_domain_info;
mod sectigo_domain_summary;
mod sectigo_domain_validation;
mod sectigo_user_domains;
mod site;
mod status_file;
mod verify;
mod wanted;

use std::time::Duration;

use raw_schema::raw_schema;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::ansible::spec::{Kind, OptionSpec, options_of};
use crate::ansible::{Failure, Outcome, Request, Response, normalise};
use crate::context::Context;
use crate::deadline::Deadline;

/// Every module, sorted by name.
pub(crate) const REGISTRY: &[Entry] = &[
    entry::<certificate::Certificate>(),
    entry::<f5_cert::deploy::F5CertDeploy>(),
    entry::<f5_cert::info::F5CertInfo>(),
    entry::<file_cert::deploy::FileCertDeploy>(),
    entry::<file_cert::info::FileCertInfo>(),
    entry::<panos_cert::deploy::PanosCertDeploy>(),
    entry::<panos_cert::info::PanosCertInfo>(),
    entry::<sectigo_acme_user::SectigoAcmeUser>(),
    entry::<sectigo_certificate::SectigoCertificate>(),
    entry::<sectigo_certificate_info::SectigoCertificateInfo>(),
    entry::<sectigo_domain::SectigoDomain>(),
    entry::<sectigo_domain_info::SectigoDomainInfo>(),
    entry::<sectigo_domain_validation::SectigoDomainValidation>(),
    entry::<sectigo_user_domains::SectigoUserDomains>(),
];

/// An Ansible module.
pub(crate) trait Module {
    const DOC: Doc;
    /// The one source of the module's options and of their documentation.
    type Options: DeserializeOwned + JsonSchema;
    /// The module's own keys in the result, and their documentation.
    type Returned: Serialize + JsonSchema;

    async fn run(
        options: Self::Options,
        context: &Context,
    ) -> Result<Outcome<Self::Returned>, Failure>;
}

/// What the documentation says beyond options and results.
pub(crate) struct Doc {
    /// Without the collection's name.
    pub(crate) name: &'static str,
    /// No full stop at the end.
    pub(crate) short_description: &'static str,
    /// A paragraph each.
    pub(crate) description: &'static [&'static str],
    /// Is it a member of the action group `sectigo`, i.e. has it an option `scm`?
    pub(crate) sectigo: bool,
    /// Does it change nothing, ever? (The `*_info` modules.)
    pub(crate) info: bool,
    pub(crate) notes: &'static [&'static str],
    /// Names of modules, or titles and addresses of standards.
    pub(crate) seealso: &'static [SeeAlso],
    /// YAML.
    pub(crate) examples: &'static str,
}

/// A pointer from one module's documentation.
pub(crate) enum SeeAlso {
    /// A module of this collection, without the collection's name.
    Module(&'static str),
    /// Title, address, what is found there.
    Link(&'static str, &'static str, &'static str),
}

/// A module in the registry.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) doc: Doc,
    pub(crate) options: fn() -> Vec<OptionSpec>,
    pub(crate) returned: fn() -> Vec<OptionSpec>,
    run: fn(&str, Map<String, Value>, &Context, bool, u64) -> Response,
}

/// Runs the module that is named by `name` or by the request itself.
pub(crate) fn run(name: Option<&str>, input: &[u8]) -> Response {
    let request = match Request::parse(input) {
        Ok(request) => request,
        Err(problem) => return Response::failure(&problem),
    };
    let Some(full_name) = name.or(request.controls.module_name.as_deref()) else {
        return Response::failure("the arguments do not name a module (_ansible_module_name)");
    };
    let short_name = full_name.rsplit('.').next().unwrap_or(full_name);
    let Some(entry) = REGISTRY.iter().find(|it| it.name == short_name) else {
        return Response::failure(&format!(
            "certwright {} has no module '{short_name}'. Are binary and collection of the same version?",
            env!("CARGO_PKG_VERSION")
        ));
    };
    let mut options = request.options;
    let deadline = match take_deadline(&mut options) {
        Ok(span) => Deadline::after(span),
        Err(problem) => return Response::failure(&problem),
    };
    (entry.run)(
        &format!("{COLLECTION}.{short_name}"),
        options,
        &Context::new(request.controls.check_mode, deadline),
        request.controls.diff,
        request.controls.verbosity,
    )
}

/// The options of a module with those that all of them have.
fn all_options<M: Module>() -> Vec<OptionSpec> {
    let mut options = options_of::<M::Options>();
    options.push(OptionSpec {
        name: "deadline".to_owned(),
        aliases: Vec::new(),
        kind: Kind::Int,
        required: false,
        default: Some(json!(DEFAULT_DEADLINE)),
        no_log: false,
        description: vec![
            "Seconds that the task may take as a whole, all waiting and all retries included."
                .to_owned(),
        ],
    });
    options
}

const fn entry<M: Module>() -> Entry {
    Entry {
        name: M::DOC.name,
        doc: M::DOC,
        options: all_options::<M>,
        returned: options_of::<M::Returned>,
        run: run_one::<M>,
    }
}

fn run_one<M: Module>(
    name: &str,
    options: Map<String, Value>,
    context: &Context,
    show_diff: bool,
    verbosity: u64,
) -> Response {
    let parsed = normalise::parse(name, options, &all_options::<M>(), &context.redactor);
    panic_on_request();
    let result = match parsed {
        Ok(options) => block_on(M::run(options, context)),
        Err(problem) => Err(Failure::new(problem)),
    };
    let trace = if verbosity >= TRACE_VERBOSITY {
        context.traced()
    } else {
        Vec::new()
    };
    match result {
        Ok(outcome) => Response::from_outcome(outcome, show_diff, context),
        Err(failure) => Response::from_failure(failure, context),
    }
    .traced(&trace, &context.redactor)
}

fn block_on<R>(future: impl Future<Output = Result<R, Failure>>) -> Result<R, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start: {error}")))?
        .block_on(future)
}

fn take_deadline(options: &mut Map<String, Value>) -> Result<Duration, String> {
    let seconds = match options.shift_remove("deadline") {
        None | Some(Value::Null) => Some(DEFAULT_DEADLINE),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match seconds {
        Some(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err("argument 'deadline' must be a whole number of seconds, 1 or more".to_owned()),
    }
}

/// Lets tests of development builds see what a panic prints.
fn panic_on_request() {
    #[cfg(debug_assertions)]
    if let Ok(text) = std::env::var("CERTWRIGHT_TEST_PANIC") {
        panic!("{text}");
    }
}

pub(crate) const COLLECTION: &str = "certwright.fleet";
/// Ten minutes: Sectigo's slow orders fit in, a night of 500 sites does not hang on one.
const DEFAULT_DEADLINE: u64 = 600;
/// `-vvv`
const TRACE_VERBOSITY: u64 = 3;
