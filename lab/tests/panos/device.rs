//! One administrator at one device.

use crate::common::Lab;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

pub(crate) struct Device<'a> {
    pub(crate) lab: &'a Lab,
    /// A member of the ready line.
    unit: &'static str,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answer {
    /// The text between two marks.
    pub(crate) fn between(&self, start: &str, end: &str) -> &str {
        let (_, rest) = self
            .text
            .split_once(start)
            .unwrap_or_else(|| panic!("{start} in {}", self.text));
        rest.split_once(end).map_or(rest, |(found, _)| found)
    }

    #[track_caller]
    pub(crate) fn good(&self) -> &Self {
        assert!(self.text.contains("status=\"success\""), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn refused(&self, code: Option<u16>, text: &str) {
        assert!(self.text.contains("status=\"error\""), "{}", self.text);
        assert!(self.text.contains(text), "{}", self.text);
        match code {
            Some(code) => assert!(
                self.text.contains(&format!("code=\"{code}\"")),
                "{}",
                self.text
            ),
            None => assert!(!self.text.contains("code="), "{}", self.text),
        }
    }
}

impl<'a> Device<'a> {
    /// Logs in as somebody.
    pub(crate) async fn login(lab: &'a Lab, unit: &'static str, user: &str) -> Self {
        let password = password(lab, unit, user);
        let answer = send(
            lab,
            unit,
            "",
            &[("type", "keygen"), ("user", user), ("password", &password)],
        )
        .await;
        let key = answer.between("<key>", "</key>").to_owned();
        Self { lab, unit, key }
    }

    pub(crate) async fn send(&self, parameters: &[(&str, &str)]) -> Answer {
        send(self.lab, self.unit, &self.key, parameters).await
    }

    pub(crate) async fn op(&self, command: &str) -> Answer {
        self.send(&[("type", "op"), ("cmd", command)]).await
    }

    pub(crate) async fn config(&self, action: &str, path: &str) -> Answer {
        self.send(&[("type", "config"), ("action", action), ("xpath", path)])
            .await
    }

    pub(crate) async fn set(&self, path: &str, element: &str) -> Answer {
        self.send(&[
            ("type", "config"),
            ("action", "set"),
            ("xpath", path),
            ("element", element),
        ])
        .await
    }

    /// Commits with this command and waits for the job's end.
    pub(crate) async fn commit(&self, command: &str) -> Answer {
        let answer = self.send(&[("type", "commit"), ("cmd", command)]).await;
        self.finished(answer.good().between("<job>", "</job>"))
            .await
    }

    pub(crate) async fn finished(&self, job: &str) -> Answer {
        for _ in 0..100 {
            let shown = self
                .op(&format!("<show><jobs><id>{job}</id></jobs></show>"))
                .await;
            if shown.text.contains("<status>FIN</status>") {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("job {job} does not end");
    }

    /// Makes a key pair with a request.
    pub(crate) async fn generate(&self, name: &str, algorithm: &str) -> Answer {
        self.op(&format!(
            "<request><certificate><generate><certificate-name>{name}</certificate-name>\
             <name>www.example.org</name><algorithm>{algorithm}</algorithm><digest>sha256</digest>\
             <signed-by>external</signed-by><hostname><member>www.example.org</member></hostname>\
             </generate></certificate></request>"
        ))
        .await
    }

    pub(crate) async fn request(&self, name: &str) -> String {
        let parameters = [
            ("type", "export"),
            ("category", "certificate"),
            ("certificate-name", name),
            ("format", "pkcs10"),
            ("include-key", "no"),
        ];
        self.send(&parameters).await.text
    }

    pub(crate) async fn import(&self, parameters: &[(&str, &str)], file: &str) -> Answer {
        let url = format!("{}/api/", self.lab.text(&format!("/{}/url", self.unit)));
        let body = format!(
            "--b7d1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cert.pem\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{file}\r\n--b7d1--\r\n"
        );
        let request = self
            .lab
            .http
            .post(url)
            .query(&[("type", "import"), ("format", "pem")])
            .query(parameters)
            .header("X-PAN-KEY", &self.key)
            .header(CONTENT_TYPE, "multipart/form-data; boundary=b7d1")
            .body(body);
        answer(request).await
    }

    pub(crate) async fn import_certificate(&self, name: &str, pem: &str) -> Answer {
        self.import(
            &[("category", "certificate"), ("certificate-name", name)],
            pem,
        )
        .await
    }
}

pub(crate) fn password(lab: &Lab, unit: &str, user: &str) -> String {
    let users = lab.ready[unit]["users"].as_array().expect("users");
    let user = users.iter().find(|known| known["user"] == user);
    let password = user.and_then(|user| user["password"].as_str());
    password.expect("a password").to_owned()
}

pub(crate) async fn send(lab: &Lab, unit: &str, key: &str, parameters: &[(&str, &str)]) -> Answer {
    let url = format!("{}/api/", lab.text(&format!("/{unit}/url")));
    let mut request = lab.http.post(url).form(parameters);
    if !key.is_empty() {
        request = request.header("X-PAN-KEY", key);
    }
    answer(request).await
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        text: response.text().await.expect("a body"),
    }
}

/// A CA of the tests.
pub(crate) struct Authority {
    issuer: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = rcgen::CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Test CA");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().expect("a key");
        let issuer = rcgen::CertifiedIssuer::self_signed(params, key).expect("a CA");
        Self { issuer }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Signs a request.
    pub(crate) fn sign(&self, request: &str) -> String {
        let params = rcgen::CertificateSigningRequestParams::from_pem(request).expect("a request");
        params.signed_by(&self.issuer).expect("a certificate").pem()
    }

    /// A certificate for a key of its own, and the key.
    pub(crate) fn pair(&self) -> (String, String) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(vec!["other.example.org".to_owned()]);
        let certificate = params
            .and_then(|params| params.signed_by(&key, &self.issuer))
            .expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

pub(crate) async fn state(lab: &Lab) -> Value {
    lab.state().await["panos"].clone()
}

pub(crate) const P256: &str = "<ECDSA><ecdsa-nbits>256</ecdsa-nbits></ECDSA>";
pub(crate) const SHARED: &str = "/config/shared/certificate";
pub(crate) const SETTINGS: &str = "<protocol-settings><min-version>tls1-2</min-version><max-version>max</max-version></protocol-settings>";
