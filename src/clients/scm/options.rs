//! The block `scm` of options: where the API is, and who asks.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::ScmError;
use super::auth::Login;
use crate::http::ConnectionOptions;
use crate::secret::Secret;

/// How to reach Sectigo Certificate Manager (SCM), and with which credentials.
///
/// There are three kinds of credentials. O(scm.login), O(scm.password) and O(scm.customer_uri) are
/// those of an administrator; with O(scm.client_cert) and O(scm.client_key) in place of the password
/// the administrator proves itself by a certificate; O(scm.client_id) and O(scm.client_secret) are
/// those of an OAuth2 API client. Set them once with
/// C(module_defaults: {group/certwright.fleet.sectigo: {scm: ...}}).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct ScmOptions {
    /// Address of the API. Unset, it is C(https://cert-manager.com/api), or
    /// C(https://admin.enterprise.sectigo.com/api) for OAuth2.
    ///
    /// With a client certificate, C(/api) becomes C(/private/api) by itself.
    pub(crate) url: Option<String>,
    /// Name of the administrator.
    pub(crate) login: Option<String>,
    /// Password of the administrator. A freshly made API-only administrator has to log in to the
    /// web interface once and change it before the API accepts it.
    pub(crate) password: Option<Secret>,
    /// The customer's name in the address of the login page,
    /// C(https://cert-manager.com/customer/<customer_uri>).
    pub(crate) customer_uri: Option<String>,
    /// PEM file with the client certificate that is assigned to the administrator, and its chain.
    #[schemars(extend("x-type" = "path"))]
    pub(crate) client_cert: Option<String>,
    /// PEM file with the key of the client certificate.
    #[schemars(extend("x-type" = "path"))]
    pub(crate) client_key: Option<String>,
    /// Address of the OAuth2 token service. Unset, it is Sectigo's.
    ///
    /// O(scm.fingerprint) is not about this server: it is checked by CA.
    pub(crate) token_url: Option<String>,
    /// Name of the OAuth2 API client.
    pub(crate) client_id: Option<String>,
    /// Secret of the OAuth2 API client.
    pub(crate) client_secret: Option<Secret>,
    #[serde(flatten)]
    pub(crate) connection: ConnectionOptions,
}

/// Options that make sense together.
pub(super) struct Checked {
    /// Ends with `/api`.
    pub(super) base: Url,
    pub(super) login: Login,
}

impl ScmOptions {
    /// Tells the kind of credentials and the address, or what is missing or too much.
    pub(super) fn check(&self) -> Result<Checked, ScmError> {
        let login = self.credentials()?;
        let given = given(self.url.as_deref()).unwrap_or(match login {
            Login::ApiClient { .. } => OAUTH_URL,
            Login::Password { .. } | Login::Certificate { .. } => URL,
        });
        Ok(Checked {
            base: base(given, &login)?,
            login,
        })
    }

    fn credentials(&self) -> Result<Login, ScmError> {
        let has = |it: &Option<String>| given(it.as_deref()).is_some();
        let has_secret = |it: &Option<Secret>| secret(it.as_ref()).is_some();
        let certificate = has(&self.client_cert) || has(&self.client_key);
        let api_client =
            has(&self.client_id) || has_secret(&self.client_secret) || has(&self.token_url);
        if [certificate, api_client, has_secret(&self.password)]
            .into_iter()
            .filter(|it| *it)
            .count()
            > 1
        {
            return Err(ScmError::Options(
                "scm: password, client_cert with client_key, and client_id with client_secret are three \
                 kinds of credentials; give one of them"
                    .to_owned(),
            ));
        }
        if api_client {
            let (Some(client_id), Some(client_secret)) = (
                given(self.client_id.as_deref()),
                secret(self.client_secret.as_ref()),
            ) else {
                return Err(missing(&[
                    ("client_id", has(&self.client_id)),
                    ("client_secret", has_secret(&self.client_secret)),
                ]));
            };
            let token_url = given(self.token_url.as_deref()).unwrap_or(TOKEN_URL);
            return Ok(Login::ApiClient {
                token_url: https(token_url, "token_url")?,
                client_id: client_id.to_owned(),
                client_secret: client_secret.clone(),
                customer_uri: given(self.customer_uri.as_deref()).map(str::to_owned),
            });
        }
        let login = given(self.login.as_deref());
        let customer_uri = given(self.customer_uri.as_deref());
        let common = [
            ("login", login.is_some()),
            ("customer_uri", customer_uri.is_some()),
        ];
        if certificate {
            let cert = given(self.client_cert.as_deref());
            let key = given(self.client_key.as_deref());
            let (Some(login), Some(customer_uri), Some(cert), Some(key)) =
                (login, customer_uri, cert, key)
            else {
                let mut needed = common.to_vec();
                needed.extend([
                    ("client_cert", cert.is_some()),
                    ("client_key", key.is_some()),
                ]);
                return Err(missing(&needed));
            };
            return Ok(Login::Certificate {
                login: login.to_owned(),
                customer_uri: customer_uri.to_owned(),
                cert: cert.into(),
                key: key.into(),
            });
        }
        let (Some(login), Some(customer_uri), Some(password)) =
            (login, customer_uri, secret(self.password.as_ref()))
        else {
            if login.or(customer_uri).is_none() && !has_secret(&self.password) {
                return Err(ScmError::Options(
                    "scm: no credentials. Give login, password and customer_uri; or login, customer_uri, \
                     client_cert and client_key; or client_id and client_secret"
                        .to_owned(),
                ));
            }
            let mut needed = common.to_vec();
            needed.push((
                "password (or client_cert and client_key)",
                has_secret(&self.password),
            ));
            return Err(missing(&needed));
        };
        Ok(Login::Password {
            login: login.to_owned(),
            password: password.clone(),
            customer_uri: customer_uri.to_owned(),
        })
    }
}

/// An option that is set to the empty string, as an unset variable's look-up gives, is not set.
fn given(option: Option<&str>) -> Option<&str> {
    option.map(str::trim).filter(|it| !it.is_empty())
}

fn secret(option: Option<&Secret>) -> Option<&Secret> {
    option.filter(|it| !it.expose().is_empty())
}

fn missing(options: &[(&str, bool)]) -> ScmError {
    let missing: Vec<&str> = options
        .iter()
        .filter(|(_, there)| !there)
        .map(|(name, _)| *name)
        .collect();
    ScmError::Options(format!(
        "scm: incomplete credentials, missing: {}",
        missing.join(", ")
    ))
}

/// The address whose path ends with `/api`, or `/private/api` for a client certificate
/// (SCM REST API 25.5, "Authentication").
fn base(given: &str, login: &Login) -> Result<Url, ScmError> {
    let mut url = https(given, "url")?;
    let path = url.path().trim_end_matches('/').to_owned();
    let path = path.strip_suffix("/api").unwrap_or(&path);
    let private = path.ends_with("/private");
    let path = match (login, private) {
        (Login::Certificate { .. }, false) => format!("{path}/private/api"),
        (Login::Password { .. } | Login::ApiClient { .. }, true) => {
            return Err(ScmError::Options(
                "scm: an url with /private takes client certificates only; give client_cert and client_key, \
                 or leave /private out"
                    .to_owned(),
            ));
        }
        _ => format!("{path}/api"),
    };
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn https(given: &str, option: &str) -> Result<Url, ScmError> {
    match Url::parse(given) {
        Ok(url) if url.scheme() == "https" && url.has_host() => Ok(url),
        Ok(url) if url.scheme() == "http" => Err(ScmError::Options(format!(
            "scm: {option} must start with https://; credentials do not travel in the clear"
        ))),
        _ => Err(ScmError::Options(format!(
            "scm: {option} is not an address such as {URL}"
        ))),
    }
}

const URL: &str = "https://cert-manager.com/api";
const OAUTH_URL: &str = "https://admin.enterprise.sectigo.com/api";
const TOKEN_URL: &str =
    "https://auth.sso.sectigo.com/auth/realms/apiclients/protocol/openid-connect/token";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ansible::spec::options_of;

    fn check(options: Value) -> Result<Checked, String> {
        serde_json::from_value::<ScmOptions>(options)
            .unwrap()
            .check()
            .map_err(|it| it.to_string())
    }

    #[test]
    fn the_address_fits_the_credentials() {
        let password = json!({"login": "a", "password": "b", "customer_uri": "c"});
        let certificate =
            json!({"login": "a", "customer_uri": "c", "client_cert": "/c", "client_key": "/k"});
        let api_client = json!({"client_id": "a", "client_secret": "b"});
        let cases = [
            (&password, None, "https://cert-manager.com/api"),
            (
                &password,
                Some("https://h.example"),
                "https://h.example/api",
            ),
            (
                &password,
                Some("https://h.example/api/"),
                "https://h.example/api",
            ),
            (
                &password,
                Some("https://h.example/x/api"),
                "https://h.example/x/api",
            ),
            (&certificate, None, "https://cert-manager.com/private/api"),
            (
                &certificate,
                Some("https://h.example/api"),
                "https://h.example/private/api",
            ),
            (
                &certificate,
                Some("https://h.example/private/"),
                "https://h.example/private/api",
            ),
            (
                &certificate,
                Some("https://h.example/private/api"),
                "https://h.example/private/api",
            ),
            (
                &api_client,
                None,
                "https://admin.enterprise.sectigo.com/api",
            ),
        ];
        for (options, url, expected) in cases {
            let mut options = options.clone();
            options["url"] = json!(url);
            let checked = check(options).ok().unwrap();
            assert_eq!(checked.base.as_str(), expected);
        }
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let cases = [
            (json!({}), "no credentials"),
            (json!({"login": "", "password": ""}), "no credentials"),
            (
                json!({"login": "a", "password": "b"}),
                "missing: customer_uri",
            ),
            (
                json!({"login": "a", "customer_uri": "b"}),
                "missing: password",
            ),
            (json!({"client_id": "a"}), "missing: client_secret"),
            (
                json!({"client_cert": "/c"}),
                "missing: login, customer_uri, client_key",
            ),
            (
                json!({"login": "a", "password": "b", "customer_uri": "c", "client_id": "d"}),
                "three kinds",
            ),
            (
                json!({"login": "a", "password": "b", "customer_uri": "c",
                       "url": "https://h.example/private/api"}),
                "client certificates only",
            ),
            (
                json!({"login": "a", "password": "b", "customer_uri": "c", "url": "http://h.example"}),
                "https://",
            ),
            (
                json!({"login": "a", "password": "b", "customer_uri": "c", "url": "cert-manager.com"}),
                "not an address",
            ),
        ];
        for (options, expected) in cases {
            let error = check(options.clone()).err().unwrap();
            assert!(error.contains(expected), "{options}: {error}");
        }
    }

    #[test]
    fn connection_options_are_members_of_the_block() {
        let options = options_of::<ScmOptions>();
        for name in [
            "url",
            "ca_path",
            "fingerprint",
            "validate_certs",
            "proxy",
            "timeout",
        ] {
            assert!(options.iter().any(|it| it.name == name), "{name}");
        }
        assert!(
            options
                .iter()
                .all(|it| !it.required && !it.description.is_empty())
        );
        let secret: Vec<_> = options
            .iter()
            .filter(|it| it.no_log)
            .map(|it| &it.name)
            .collect();
        assert_eq!(secret, ["password", "client_secret", "proxy"]);
    }
}
