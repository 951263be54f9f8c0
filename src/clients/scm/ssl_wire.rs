//! How list, details and report show the same certificate, evened out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::certificates::{SslCertificate, SslStatus, plain_serial};
use super::{Day, Id, wire};

/// An item of `GET /ssl/v1`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListItem {
    #[serde(deserialize_with = "wire::integer")]
    pub(super) ssl_id: Id,
    #[serde(default, deserialize_with = "wire::text")]
    common_name: String,
    #[serde(default, deserialize_with = "wire::list")]
    subject_alternative_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::text")]
    serial_number: String,
}

/// `GET /ssl/v1/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    #[serde(default, deserialize_with = "wire::optional_integer")]
    org_id: Option<Id>,
    #[serde(default)]
    cert_type: Option<Profile>,
    #[serde(default, deserialize_with = "wire::list")]
    subject_alternative_names: Vec<String>,
    #[serde(default, deserialize_with = "wire::text")]
    key_type: String,
    #[serde(default, rename = "certificateDetails")]
    inside: Option<Inside>,
    #[serde(default)]
    renewed: Option<bool>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    reason_code: Option<i64>,
    #[serde(flatten)]
    shared: Shared,
}

/// A row of `POST /report/v1/ssl-certificates`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    #[serde(deserialize_with = "wire::integer")]
    id: Id,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    org_id: Option<Id>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    type_id: Option<Id>,
    #[serde(default, rename = "type", deserialize_with = "wire::text")]
    type_name: String,
    /// Separated by `; `.
    #[serde(default, deserialize_with = "wire::text")]
    subj_alt_names: String,
    #[serde(default, deserialize_with = "wire::text")]
    public_key_type: String,
    #[serde(default, deserialize_with = "wire::text")]
    issuer: String,
    #[serde(flatten)]
    shared: Shared,
}

/// What details and report call alike.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shared {
    #[serde(default, deserialize_with = "wire::text")]
    common_name: String,
    #[serde(default)]
    status: Option<SslStatus>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    term: Option<i64>,
    #[serde(default, deserialize_with = "wire::text")]
    requester: String,
    #[serde(default, deserialize_with = "wire::text")]
    external_requester: String,
    #[serde(default, deserialize_with = "wire::text")]
    comments: String,
    #[serde(default, deserialize_with = "wire::text")]
    requested_via: String,
    #[serde(default, deserialize_with = "wire::text")]
    serial_number: String,
    #[serde(default)]
    requested: Option<Day>,
    #[serde(default)]
    approved: Option<Day>,
    #[serde(default)]
    declined: Option<Day>,
    #[serde(default)]
    issued: Option<Day>,
    #[serde(default)]
    expires: Option<Day>,
    #[serde(default)]
    revoked: Option<Day>,
    #[serde(default)]
    replaced: Option<Day>,
    #[serde(default, deserialize_with = "wire::list")]
    custom_fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default, deserialize_with = "wire::optional_integer")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
}

#[derive(Deserialize)]
struct Inside {
    #[serde(default, deserialize_with = "wire::text")]
    issuer: String,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
    #[serde(default, deserialize_with = "wire::text")]
    value: String,
}

impl From<ListItem> for SslCertificate {
    fn from(item: ListItem) -> Self {
        Self {
            id: item.ssl_id,
            common_name: item.common_name,
            names: names(item.subject_alternative_names.iter().map(String::as_str)),
            serial: serial(&item.serial_number),
            ..Self::default()
        }
    }
}

impl From<Details> for SslCertificate {
    fn from(details: Details) -> Self {
        let profile = details.cert_type;
        Self {
            organization: details.org_id,
            names: names(details.subject_alternative_names.iter().map(String::as_str)),
            profile: profile.as_ref().and_then(|it| it.id),
            profile_name: profile.map(|it| it.name).unwrap_or_default(),
            key: details.key_type,
            issuer: details.inside.map(|it| it.issuer).unwrap_or_default(),
            renewed: details.renewed,
            reason_code: details.reason_code,
            ..details.shared.into()
        }
    }
}

impl From<Row> for SslCertificate {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organization: row.org_id,
            names: names(row.subj_alt_names.split([';', ','])),
            profile: row.type_id,
            profile_name: row.type_name,
            key: row.public_key_type,
            issuer: row.issuer,
            ..row.shared.into()
        }
    }
}

impl From<Shared> for SslCertificate {
    fn from(shared: Shared) -> Self {
        let custom_fields: BTreeMap<String, String> = shared
            .custom_fields
            .into_iter()
            .map(|it| (it.name, it.value))
            .collect();
        Self {
            common_name: shared.common_name,
            status: shared.status,
            term: shared.term,
            requester: shared.requester,
            external_requester: shared.external_requester,
            comments: shared.comments,
            requested_via: shared.requested_via,
            serial: serial(&shared.serial_number),
            requested: shared.requested,
            approved: shared.approved,
            declined: shared.declined,
            issued: shared.issued,
            expires: shared.expires,
            revoked: shared.revoked,
            replaced: shared.replaced,
            custom_fields,
            ..Self::default()
        }
    }
}

fn serial(text: &str) -> Option<String> {
    Some(plain_serial(text)).filter(|it| !it.is_empty())
}

/// Some places write `dNSName=` before each.
fn names<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts
        .map(|it| it.trim().trim_start_matches("dNSName=").to_lowercase())
        .filter(|it| !it.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_and_report_are_one() {
        let details: Details = serde_json::from_value(json!({
            "id": 8001, "orgId": "101", "commonName": "www.example.org", "status": "Issued",
            "certType": {"id": 300, "name": "OV SSL", "terms": [199]}, "comments": "job 42",
            "subjectAlternativeNames": ["www.example.org"], "serialNumber": "0A:1B",
            "keyType": "EC - P-256", "expires": "10/05/2026", "renewed": false, "reasonCode": "4",
            "customFields": [{"name": "Ticket", "value": null}], "certificateDetails": {"issuer": "CN=CA"},
        }))
        .unwrap();
        let row: Row = serde_json::from_value(json!({
            "id": "8001", "orgId": 101, "commonName": "www.example.org", "status": "ISSUED",
            "typeId": 300, "type": "OV SSL", "comments": "job 42", "issuer": "CN=CA",
            "subjAltNames": "www.example.org; ", "serialNumber": "0a1b", "publicKeyType": "EC - P-256",
            "expires": "2026-10-05T00:00:00.000Z", "customFields": {"name": "Ticket", "value": ""},
        }))
        .unwrap();
        let (mut one, other) = (SslCertificate::from(details), SslCertificate::from(row));
        assert_eq!(one.reason_code, Some(4));
        one.id = other.id;
        one.renewed = None;
        one.reason_code = None;
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}
