//! `certificate`: a CSR in, a certificate out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ansible::{Failure, Outcome};
use crate::clients::scm::ScmOptions;
use crate::context::Context;
use crate::issuers::IssuerOptions;
use crate::lifecycle::{Issuance, IssueRequest};
use crate::modules::certificate_facts::CertificateFacts;
use crate::modules::given_csr::given_csr;
use crate::modules::{Doc, Module, SeeAlso};

/// Has a request signed.
pub(super) struct Certificate;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Options {
    scm: Option<ScmOptions>,
    issuer: IssuerOptions,
    /// The request, PKCS#10 in PEM. The certificate gets the names that stand in it.
    csr: String,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Returned {
    /// The certificate in PEM. Not in check mode, and not while it is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// The intermediates in PEM, nearest to the certificate first.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<String>,
    /// Certificate and intermediates.
    #[serde(skip_serializing_if = "Option::is_none")]
    fullchain: Option<String>,
    /// What a certificate that is not there yet waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<String>,
    /// Facts of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<CertificateFacts>,
}

impl Module for Certificate {
    const DOC: Doc = Doc {
        name: "certificate",
        short_description: "Have a certificate signing request signed",
        description: &[
            "Takes a CSR that was made where its key is, orders a certificate for it and returns it with its chain, \
             checked and in order.",
            "It keeps nothing, so every run gets another certificate: run it only when a CSR waits.",
        ],
        sectigo: true,
        info: false,
        notes: &["In check mode nothing is ordered, and no certificate is returned."],
        seealso: &[SeeAlso::Module("file_cert_deploy")],
        examples: r#"
- name: Sign on the controller what was made on a host that cannot reach the CA
  certwright.fleet.certificate:
    csr: "{{ site.csrs['ecdsa-p256'] }}"
    issuer:
      type: sectigo_acme
      account: web-team
  delegate_to: localhost
  register: signed
"#,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let csr = given_csr(&options.csr).map_err(Failure::new)?;
        let issuer_name = options.issuer.issuer_name.clone();
        let issuer = options
            .issuer
            .connect(options.scm.as_ref(), false, context)
            .map_err(Failure::new)?;
        let mut outcome = Outcome {
            changed: true,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned::default(),
        };
        if context.check {
            return Ok(outcome);
        }
        // Whoever hands a request over may have done so before.
        issuer.recall(&csr).await;
        let request = IssueRequest {
            csr: &csr,
            replaces: None,
        };
        match issuer.issue(&request).await {
            Ok(Issuance::Issued(chain)) => {
                let now = OffsetDateTime::now_utc();
                chain.check(&csr.names, now).map_err(|error| {
                    Failure::new(format!("the CA's answer is not usable: {error}")).changed(true)
                })?;
                if let Some(wanted) = issuer_name.filter(|it| !chain.leaf.issuer.contains(it)) {
                    return Err(Failure::new(format!(
                        "the certificate is from '{}' and not from '{wanted}' as issuer.issuer_name asks",
                        chain.leaf.issuer
                    ))
                    .changed(true));
                }
                outcome.returned = Returned {
                    certificate: Some(chain.leaf.to_pem()),
                    chain: Some(chain.chain_pem()),
                    fullchain: Some(chain.fullchain_pem()),
                    waiting: None,
                    facts: Some(CertificateFacts::of(&(&chain.leaf).into(), now)),
                };
            }
            Ok(Issuance::Pending {
                message,
                manual_actions,
            }) => {
                outcome.changed = false;
                outcome.manual_actions = manual_actions;
                outcome.returned.waiting = Some(message);
            }
            Err(error) => {
                return Err(Failure::new(error.message).manual_actions(error.manual_actions));
            }
        }
        Ok(outcome)
    }
}
