//! Numbers that SCM gives to SSL certificates.

use serde::Deserialize;

use super::{Call, Id, Scm, ScmError, wire};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(deserialize_with = "wire::integer")]
    ssl_id: Id,
}

impl Scm {
    /// `GET /ssl/v1?serialNumber=…`: the number of the certificate with this serial number
    /// (hexadecimal), if SCM has one.
    pub(crate) async fn ssl_id(&self, serial: &str) -> Result<Option<Id>, ScmError> {
        let call = Call::get("ssl/v1", "look for a certificate by its serial number")
            .query("size", "2".to_owned())
            .query("position", "0".to_owned())
            .query("serialNumber", with_colons(serial));
        let found: Vec<Listed> = self.read(&call).await?;
        Ok(found.first().map(|it| it.ssl_id))
    }
}

/// SCM's spelling: two digits at a time.
fn with_colons(serial: &str) -> String {
    let digits = serial.to_ascii_uppercase();
    let even = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits
    };
    let pairs: Vec<&str> = (0..even.len())
        .step_by(2)
        .filter_map(|at| even.get(at..at + 2))
        .collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::with_colons;

    #[test]
    fn serial_numbers_are_spelled_as_scm_does() {
        assert_eq!(with_colons("a1b2"), "A1:B2");
        assert_eq!(with_colons("a1b"), "0A:1B");
    }
}
