//! Who signs: the `issuer` block of options turned into an [`Issuer`].

mod acme;
mod external;
mod scm_standing;
mod sectigo_acme;
pub(crate) mod sectigo_enrollment;

use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::clients::dns_update::{DnsUpdate, DnsUpdateOptions};
use crate::clients::scm::{Scm, ScmOptions};
use crate::context::Context;
use crate::http::{ConnectionOptions, client_config};
use crate::lifecycle::Issuer;
use crate::secret::Secret;

use acme::{AccountKey, AcmeIssuer, Credentials, Eab, Preferences, Webroot};
use external::ExternalIssuer;
use sectigo_acme::SectigoAcmeIssuer;
use sectigo_enrollment::{Enrollment, EnrollmentIssuer, EnrollmentOptions, Place};

/// The CA that signs, and the account it knows us by.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct IssuerOptions {
    /// V(sectigo_acme) orders by ACME from Sectigo and gets the account's EAB pair from SCM by
    /// itself; V(sectigo_enrollment) orders by SCM's enrollment API, which has OV, EV and private
    /// certificates and may want a person's approval; V(acme) orders from any ACME CA; V(external) leaves the signature to somebody else:
    /// the task returns the CSR, and takes the certificate in a later run.
    #[serde(rename = "type")]
    kind: IssuerType,
    /// V(sectigo_acme): name of the ACME account in SCM.
    account: Option<String>,
    /// V(sectigo_acme): the account's organization, by name or id. Needed if several organizations
    /// have accounts of that name. V(sectigo_enrollment): the organization that orders; unset, it
    /// is the only one that the credentials see.
    organization: Option<String>,
    /// V(sectigo_acme): the account's department, by name or id. V(sectigo_enrollment): the
    /// department that orders.
    department: Option<String>,
    #[serde(flatten)]
    enrollment: EnrollmentOptions,
    /// V(sectigo_acme) and V(sectigo_enrollment): ask SCM whether the certificate in service was
    /// revoked or replaced there, and get another one at once if so. It costs one call, and never
    /// fails a run.
    #[serde(default = "yes")]
    revocation: bool,
    /// V(sectigo_acme): name or directory URL of the ACME server, if there are accounts of the same
    /// name for several.
    acme_server: Option<String>,
    /// V(acme): URL of the CA's directory.
    directory: Option<String>,
    /// V(acme): external account binding, if the CA wants it.
    ///
    /// The ACME account's key is derived from it, so that no key has to be kept.
    eab: Option<EabOptions>,
    /// V(acme) without C(eab): the key of the ACME account, a P-256 key in PEM (PKCS#8).
    /// Keep it in a vault.
    account_key: Option<Secret>,
    /// E-mail addresses that the CA may write to.
    #[serde(default)]
    contact: Vec<String>,
    /// Part of the name of the root certificate that the chain should lead to, where the CA offers
    /// several chains.
    preferred_root: Option<String>,
    /// Part of the issuer's name. A certificate from another issuer is replaced, and a new one from
    /// another issuer is not put into service.
    pub(crate) issuer_name: Option<String>,
    /// Document root of a web server on this host, under which http-01 challenges are answered.
    /// Not needed for names that the CA has validated beforehand, which is the usual case with
    /// Sectigo.
    #[schemars(extend("x-type" = "path"))]
    webroot: Option<String>,
    /// A name server on which dns-01 challenges are answered, by dynamic update (RFC 2136). Names
    /// with a wildcard that the CA has not validated beforehand need it.
    dns: Option<DnsUpdateOptions>,
    /// V(external): the signed certificates with their chains, in PEM and any order: a list, a
    /// dictionary of them, or one text. Each is used where its key is.
    #[serde(default)]
    certificates: Certificates,
    #[serde(flatten)]
    connection: ConnectionOptions,
}

/// The kind of a CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum IssuerType {
    SectigoAcme,
    SectigoEnrollment,
    Acme,
    External,
}

/// An external account binding.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct EabOptions {
    /// Key identifier.
    kid: String,
    /// HMAC key, base64url.
    hmac_key: Secret,
}

/// PEM texts, however they are wrapped.
#[derive(Clone, Debug, Default)]
struct Certificates(Vec<String>);

impl IssuerOptions {
    /// Checks the options and builds the issuer; nothing is sent yet. `ari`: shall the CA be asked
    /// when it would like a renewal?
    pub(crate) fn connect(
        self,
        scm: Option<&ScmOptions>,
        ari: bool,
        context: &Context,
    ) -> Result<Box<dyn Issuer>, String> {
        let dns = self
            .dns
            .map(|it| DnsUpdate::connect(&it, context).map_err(|error| error.to_string()))
            .transpose()?;
        let preferences = Preferences {
            preferred_root: self.preferred_root,
            webroot: self.webroot.as_deref().map(Webroot::new),
            dns: dns.map(Arc::new),
            ari,
        };
        // Files that the options name are looked at before anything is done.
        client_config(&self.connection, None).map_err(|problem| format!("issuer: {problem}"))?;
        let contact = self.contact.iter().map(|it| contact_url(it)).collect();
        match self.kind {
            IssuerType::External => Ok(Box::new(ExternalIssuer {
                certificates: self.certificates.0,
            })),
            IssuerType::SectigoEnrollment => {
                let scm = Scm::connect(scm_of(scm, "sectigo_enrollment")?, context)
                    .map_err(|error| error.to_string())?;
                let place = Place {
                    organization: self.organization,
                    department: self.department,
                };
                Ok(Box::new(EnrollmentIssuer {
                    enrollment: Enrollment::new(scm, self.enrollment, place, context),
                    revocation: self.revocation,
                }))
            }
            IssuerType::SectigoAcme => {
                let account = self
                    .account
                    .ok_or("missing required arguments: account found in issuer")?;
                Ok(Box::new(SectigoAcmeIssuer::new(
                    Scm::connect(scm_of(scm, "sectigo_acme")?, context)
                        .map_err(|error| error.to_string())?,
                    sectigo_acme::Account {
                        name: account,
                        organization: self.organization,
                        department: self.department,
                        acme_server: self.acme_server,
                    },
                    self.connection,
                    contact,
                    preferences,
                    self.revocation,
                    context,
                )))
            }
            IssuerType::Acme => {
                let directory = self
                    .directory
                    .ok_or("missing required arguments: directory found in issuer")?;
                let eab = self
                    .eab
                    .map(|it| Eab::new(&it.kid, &it.hmac_key))
                    .transpose()?;
                let key = match (&self.account_key, &eab) {
                    (Some(pem), _) => AccountKey::from_pem(pem)?,
                    (None, Some(eab)) => AccountKey::derive(eab, &directory)?,
                    (None, None) => {
                        return Err(
                            "missing required arguments: account_key found in issuer (or eab, from which the key is \
                             derived)"
                                .to_owned(),
                        );
                    }
                };
                let credentials = Credentials { key, eab, contact };
                AcmeIssuer::new(
                    &directory,
                    &self.connection,
                    credentials,
                    preferences,
                    context,
                )
                .map(|it| Box::new(it) as Box<dyn Issuer>)
                .map_err(|error| error.to_string())
            }
        }
    }
}

fn scm_of<'a>(scm: Option<&'a ScmOptions>, kind: &str) -> Result<&'a ScmOptions, String> {
    scm.ok_or_else(|| {
        format!(
            "missing required arguments: scm. An issuer of type {kind} works through SCM; set scm once with \
             module_defaults: group/certwright.fleet.sectigo"
        )
    })
}

fn yes() -> bool {
    true
}

fn contact_url(address: &str) -> String {
    if address.contains(':') {
        address.to_owned()
    } else {
        format!("mailto:{address}")
    }
}

impl<'de> Deserialize<'de> for Certificates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = match Value::deserialize(deserializer)? {
            Value::String(text) => vec![Value::String(text)],
            Value::Array(items) => items,
            Value::Object(members) => members.into_iter().map(|(_, it)| it).collect(),
            _ => {
                return Err(serde::de::Error::custom(
                    "expected PEM text, or a list or dictionary of it",
                ));
            }
        };
        texts
            .into_iter()
            .map(|it| match it {
                Value::String(text) => Ok(text),
                _ => Err(serde::de::Error::custom("expected PEM text")),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl JsonSchema for Certificates {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Certificates".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"x-type": "raw"})
    }
}
