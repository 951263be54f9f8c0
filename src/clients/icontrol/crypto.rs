//! Keys and requests that are made on the device (`sys crypto`). Neither can be part of a
//! transaction.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::path::is_plain;
use super::{Change, Icontrol, IcontrolError, ObjectPath, files};
use crate::http::Call;
use crate::secret::Secret;
use crate::x509::{Csr, KeyType};

/// How the device keeps a private key.
#[derive(Clone, Debug)]
pub(crate) enum KeySecurity {
    /// As it is.
    Normal,
    /// Encrypted; a profile needs the passphrase.
    Password(Secret),
    /// In the device's hardware security module.
    Fips,
    /// In one on the network.
    NetHsm,
}

/// What a request says about its subject, besides the names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) organization: Option<String>,
    pub(crate) organizational_unit: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) email: Option<String>,
}

#[derive(Deserialize)]
struct CsrItem {
    name: String,
}

impl Icontrol {
    /// Names of all requests; the device tells no partition. (No paging: few releases know it here,
    /// and requests do not live long.)
    pub(crate) async fn csrs(&self) -> Result<Vec<String>, IcontrolError> {
        #[derive(Deserialize)]
        struct List {
            #[serde(default)]
            items: Vec<CsrItem>,
        }
        let list: List = self.read(&Call::get(CSRS, "list requests")).await?;
        let bare = |it: CsrItem| ObjectPath::parse(&it.name).name().to_owned();
        Ok(list.items.into_iter().map(bare).collect())
    }

    /// The PEM of a request in `/Common`, which REST does not show: `tmsh` prints it. Without a
    /// shell (appliance mode) the file is moved to where it can be read, and stays there; so the
    /// second look finds it. `None` if there is no such request.
    pub(crate) async fn csr(&self, name: &str) -> Result<Option<Csr>, IcontrolError> {
        if !is_plain(name) {
            return Ok(None);
        }
        let arguments = format!("-c 'tmsh list sys crypto csr {name}'");
        match self.util("bash", &arguments, "print a request").await {
            Ok(printed) => return Ok(find(&printed)),
            Err(error) if no_shell(&error) => {}
            Err(error) => return Err(error),
        }
        let moved = self.get_bulk(name).await?;
        Ok(moved.and_then(|it| find(&String::from_utf8_lossy(&it))))
    }

    /// The same right after the request was made: where there is no shell, its file is moved.
    pub(crate) async fn fetch_csr(&self, name: &str) -> Result<Option<Csr>, IcontrolError> {
        if let Some(csr) = self.csr(name).await? {
            return Ok(Some(csr));
        }
        let made = format!("/config/ssl/ssl.csr/{name}");
        self.move_file(&made, &files::bulk(name)).await?;
        let moved = self.get_bulk(name).await?;
        Ok(moved.and_then(|it| find(&String::from_utf8_lossy(&it))))
    }
}

/// A new key.
pub(crate) fn create_key(key: &ObjectPath, kind: KeyType, security: &KeySecurity) -> Change {
    let mut body = json!({"name": key.to_string(), "securityType": security.name()});
    match kind {
        KeyType::Rsa2048 => rsa(&mut body, "2048"),
        KeyType::Rsa3072 => rsa(&mut body, "3072"),
        KeyType::Rsa4096 => rsa(&mut body, "4096"),
        KeyType::EcdsaP256 => ec(&mut body, "prime256v1"),
        KeyType::EcdsaP384 => ec(&mut body, "secp384r1"),
        KeyType::EcdsaP521 => ec(&mut body, "secp521r1"),
    }
    if let KeySecurity::Password(passphrase) = security {
        body["passphrase"] = json!(passphrase.expose());
    }
    Change::create(KEYS, key, "key", body).doing(format!(
        "create the {kind} key {key} (security type {})",
        security.name()
    ))
}

/// A request in `/Common`, where all releases keep its file in the same place, by a key anywhere.
/// The first of `names` becomes the common name if it fits (64 characters, X.520).
pub(crate) fn create_csr(
    name: &str,
    key: &ObjectPath,
    common_name: Option<&str>,
    names: &[String],
    subject: &Subject,
) -> Change {
    let alternative: Vec<String> = names.iter().map(|it| format!("DNS:{it}")).collect();
    // The device insists on a common name: the shortest will fit if any does.
    let shortest = names.iter().min_by_key(|it| it.len());
    let common_name = common_name
        .filter(|it| it.len() <= LONGEST_COMMON_NAME)
        .or(shortest.map(String::as_str))
        .unwrap_or_default();
    let mut body = Map::new();
    for (property, value) in [
        ("name", Some(name)),
        ("key", Some(key.to_string().as_str())),
        ("commonName", Some(common_name)),
        (
            "subjectAlternativeName",
            Some(alternative.join(",").as_str()),
        ),
        ("organization", subject.organization.as_deref()),
        ("ou", subject.organizational_unit.as_deref()),
        ("city", subject.city.as_deref()),
        ("state", subject.state.as_deref()),
        ("country", subject.country.as_deref()),
        ("emailAddress", subject.email.as_deref()),
    ] {
        if let Some(value) = value {
            body.insert(property.to_owned(), json!(value));
        }
    }
    let path = ObjectPath::parse(name);
    Change::create(CSRS, &path, "request", Value::Object(body)).found_at(format!("{CSRS}/{name}"))
}

pub(crate) fn delete_csr(name: &str) -> Change {
    let path = ObjectPath::parse(name);
    Change::delete(CSRS, &path, "request")
}

impl KeySecurity {
    fn name(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Password(_) => "password",
            Self::Fips => "fips",
            Self::NetHsm => "nethsm",
        }
    }
}

fn rsa(body: &mut Value, size: &str) {
    body["keyType"] = json!("rsa-private");
    body["keySize"] = json!(size);
}

fn ec(body: &mut Value, curve: &str) {
    body["keyType"] = json!("ec-private");
    body["curveName"] = json!(curve);
}

/// Is that because the device has no shell for REST, or none for this user?
fn no_shell(error: &IcontrolError) -> bool {
    error.is_not_found() || matches!(error, IcontrolError::Denied { .. })
}

/// The request, wherever it stands in what a tool printed.
fn find(printed: &str) -> Option<Csr> {
    let start = printed.find(BEGIN)?;
    let end = printed[start..].find(END)? + start + END.len();
    Csr::parse(&printed[start..end])
}

const KEYS: &str = "tm/sys/crypto/key";
const CSRS: &str = "tm/sys/crypto/csr";
const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END: &str = "-----END CERTIFICATE REQUEST-----";
const LONGEST_COMMON_NAME: usize = 64;
