//! Certificates and keys as objects of the configuration (`sys file`).

use serde::Deserialize;
use serde_json::json;

use super::files::uploaded;
use super::{Change, Icontrol, IcontrolError, ObjectPath};
use crate::http::Call;

/// A certificate object. The device shows neither the PEM nor the first day of validity.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SslCert {
    #[serde(rename = "fullPath")]
    pub(crate) path: ObjectPath,
    #[serde(default)]
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) issuer: String,
    pub(crate) subject_alternative_name: Option<String>,
    /// Decimal if it is short, else hexadecimal with colons.
    pub(crate) serial_number: Option<String>,
    /// `SHA256/AA:BB:…`; not before 14.1.
    pub(crate) fingerprint: Option<String>,
    /// Seconds since 1970.
    pub(crate) expiration_date: Option<i64>,
    pub(crate) key_type: Option<String>,
    pub(crate) certificate_key_size: Option<u32>,
    pub(crate) certificate_key_curve_name: Option<String>,
    /// Of the file as it is stored.
    pub(crate) checksum: Option<String>,
    /// RFC 3339.
    pub(crate) create_time: Option<String>,
    /// Of certificates that came with the device.
    pub(crate) system_path: Option<String>,
}

/// A key object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SslKey {
    #[serde(rename = "fullPath")]
    pub(crate) path: ObjectPath,
    pub(crate) security_type: Option<String>,
}

impl Icontrol {
    pub(crate) async fn ssl_certs(&self) -> Result<Vec<SslCert>, IcontrolError> {
        let call = Call::get(CERTS, "list certificates").query("$select", CERT_FIELDS);
        self.list(&call).await
    }

    pub(crate) async fn ssl_keys(&self) -> Result<Vec<SslKey>, IcontrolError> {
        let call = Call::get(KEYS, "list keys").query("$select", KEY_FIELDS);
        self.list(&call).await
    }
}

/// A certificate object from an uploaded file.
pub(crate) fn create_cert(cert: &ObjectPath, upload: &str) -> Change {
    let body = json!({"name": cert.to_string(), "sourcePath": source(upload)});
    Change::create(CERTS, cert, "certificate", body)
}

/// Another content, from an uploaded file. The object keeps its name, and what uses it.
pub(crate) fn replace_cert(cert: &ObjectPath, upload: &str) -> Change {
    Change::modify(
        CERTS,
        cert,
        "certificate",
        json!({"sourcePath": source(upload)}),
    )
}

pub(crate) fn delete_cert(cert: &ObjectPath) -> Change {
    Change::delete(CERTS, cert, "certificate")
}

pub(crate) fn delete_key(key: &ObjectPath) -> Change {
    Change::delete(KEYS, key, "key")
}

fn source(upload: &str) -> String {
    format!("file://{}", uploaded(upload))
}

const CERTS: &str = "tm/sys/file/ssl-cert";
const KEYS: &str = "tm/sys/file/ssl-key";
const CERT_FIELDS: &str = "fullPath,subject,issuer,subjectAlternativeName,serialNumber,fingerprint,expirationDate,\
                           keyType,certificateKeySize,certificateKeyCurveName,checksum,createTime,systemPath";
const KEY_FIELDS: &str = "fullPath,securityType";
