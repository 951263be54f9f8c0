//! Keys, requests and certificates, up to where only the switch is missing.

use time::{Duration, OffsetDateTime};

use super::BigipTarget;
use super::naming::{Version, stamp};
use super::passphrase;
use super::placeholder::Placeholder;
use super::wish::Security;
use crate::clients::icontrol::client_ssl::{self, NewEntry, Settings};
use crate::clients::icontrol::crypto::{self, KeySecurity};
use crate::clients::icontrol::{IcontrolError, files, ssl_files};
use crate::lifecycle::{SiteSpec, TargetError};
use crate::secret::Secret;
use crate::x509::{Chain, Csr, KeyType};

/// A key that this run has made.
pub(super) struct Made {
    pub(super) version: Version,
    csr: Csr,
    passphrase: Option<Secret>,
}

impl BigipTarget {
    pub(super) async fn make_key(
        &self,
        spec: &SiteSpec,
        key: KeyType,
    ) -> Result<(String, Csr), TargetError> {
        let (version, security) = self.free_key(key).await?;
        let made = self.make_request(spec, key, &version).await;
        if made.is_err() {
            let made = self.run.made.take();
            let mut versions: Vec<Version> = made.into_iter().map(|it| it.version).collect();
            versions.push(version.clone());
            self.abandon(&versions).await;
        }
        let csr = made?;
        let passphrase = match security {
            KeySecurity::Password(passphrase) => Some(passphrase),
            KeySecurity::Normal | KeySecurity::Fips | KeySecurity::NetHsm => None,
        };
        self.run.made.borrow_mut().push(Made {
            version: version.clone(),
            csr: csr.clone(),
            passphrase,
        });
        Ok((version.id(), csr))
    }

    /// A key under a name that nobody else has. A run that began in the same second has taken the
    /// first one; its key is not touched.
    async fn free_key(&self, kind: KeyType) -> Result<(Version, KeySecurity), TargetError> {
        let first = self.run.made.borrow().is_empty();
        let mut tries = if first { SAME_SECOND } else { 1 };
        let mut version = Version {
            algorithm: kind.algorithm(),
            stamp: self.stamp().await?,
        };
        loop {
            tries -= 1;
            let security = self.security()?;
            let create = crypto::create_key(&self.naming.key(&version), kind, &security);
            match self.appliance.apply(&create).await {
                Ok(()) => return Ok((version, security)),
                Err(error) if error.is_exists() && tries > 0 => {
                    let time = version.time().unwrap_or_else(OffsetDateTime::now_utc);
                    version.stamp = stamp(time + Duration::SECOND);
                }
                Err(error) => return Err(self.advise(error)),
            }
        }
    }

    fn security(&self) -> Result<KeySecurity, TargetError> {
        Ok(match self.wish.security {
            Security::Normal => KeySecurity::Normal,
            Security::Fips => KeySecurity::Fips,
            Security::NetHsm => KeySecurity::NetHsm,
            Security::Password => {
                let fresh = passphrase::generate().map_err(|problem| self.explain(problem))?;
                let redactor = &self.appliance.client.context().redactor;
                redactor.protect(fresh.expose());
                KeySecurity::Password(fresh)
            }
        })
    }

    async fn make_request(
        &self,
        spec: &SiteSpec,
        kind: KeyType,
        version: &Version,
    ) -> Result<Csr, TargetError> {
        let name = self.naming.csr(version);
        let create = crypto::create_csr(
            &name,
            &self.naming.key(version),
            spec.common_name.as_deref(),
            &spec.names,
            &self.wish.subject,
        );
        self.appliance
            .apply(&create)
            .await
            .map_err(|error| self.advise(error))?;
        let fetched = self.appliance.client.fetch_csr(&name).await?;
        let csr = fetched.ok_or_else(|| {
            self.explain(format!("the request {name} was made, but cannot be read"))
        })?;
        if csr.key_type != Some(kind) || csr.names != spec.names {
            return Err(self.explain(format!(
                "the request {name} is for {:?}, which is not what was asked for",
                csr.names
            )));
        }
        Ok(csr)
    }

    /// One time for all keys of a run, later than that of everything that is there: so names are
    /// free, and the newest is known by its name.
    async fn stamp(&self) -> Result<String, TargetError> {
        if let Some(first) = self.run.made.borrow().first() {
            return Ok(first.version.stamp.clone());
        }
        let snapshot = self.appliance.snapshot().await?;
        let unfinished = self.appliance.unfinished().await?;
        let certs = snapshot.certs.iter().map(|it| &it.path);
        let keys = unfinished.keys.iter().map(|it| &it.path);
        let newest = certs
            .chain(keys)
            .filter_map(|it| self.naming.parse(it)?.0.time())
            .chain(
                unfinished
                    .csrs
                    .iter()
                    .filter_map(|it| self.naming.parse_csr(it)?.time()),
            )
            .max();
        let now = OffsetDateTime::now_utc();
        Ok(stamp(
            newest.map_or(now, |it| now.max(it + Duration::SECOND)),
        ))
    }

    /// Puts password keys away in a profile that nothing uses yet: it alone can keep passphrases.
    pub(super) async fn park_keys(&self) -> Result<(), TargetError> {
        if !self.wish.with_passphrase() {
            return Ok(());
        }
        let parked = self.park_made().await;
        if parked.is_err() {
            let made = self.run.made.take();
            let versions: Vec<Version> = made.into_iter().map(|it| it.version).collect();
            self.abandon(&versions).await;
        }
        parked
    }

    async fn park_made(&self) -> Result<(), TargetError> {
        let made: Vec<(Version, Csr, Option<Secret>)> = self
            .run
            .made
            .borrow()
            .iter()
            .map(|it| (it.version.clone(), it.csr.clone(), it.passphrase.clone()))
            .collect();
        let Some((first, ..)) = made.first() else {
            return Ok(());
        };
        let profile = self.naming.profile_of(&first.stamp);
        let mut entries = Vec::new();
        for (version, csr, passphrase) in made {
            let placeholder = Placeholder::for_csr(&csr)
                .map_err(|error| self.explain(format!("no placeholder can be made: {error}")))?;
            self.put_certificates(
                &version,
                &placeholder.certificate,
                &placeholder.chain,
                false,
            )
            .await?;
            entries.push(self.entry(&version, passphrase));
        }
        let settings = Settings {
            entries: Some(entries),
            ..self.settings()
        };
        self.appliance
            .apply(&client_ssl::create(&profile, &settings))
            .await
            .map_err(|error| self.advise(error))
    }

    pub(super) async fn install_chain(&self, id: &str, chain: &Chain) -> Result<(), TargetError> {
        let version = self.version(id)?;
        let parked = self.wish.with_passphrase();
        self.put_certificates(&version, &chain.leaf.to_pem(), &chain.chain_pem(), parked)
            .await
    }

    /// Chain first: a version whose certificate is the CA's is complete.
    async fn put_certificates(
        &self,
        version: &Version,
        certificate: &str,
        chain: &str,
        parked: bool,
    ) -> Result<(), TargetError> {
        let mut uploads = Vec::new();
        for (object, suffix, pem) in [
            (self.naming.chain(version), "_chain.crt", chain),
            (self.naming.cert(version), ".crt", certificate),
        ] {
            let upload = self.naming.csr(version) + suffix;
            self.appliance
                .client
                .upload(&upload, pem.as_bytes())
                .await?;
            uploads.push(files::uploaded(&upload));
            let create = ssl_files::create_cert(&object, &upload);
            let replace = ssl_files::replace_cert(&object, &upload);
            // Whatever an earlier try has left is replaced.
            if parked {
                match self.appliance.apply(&replace).await {
                    Err(error) if error.is_not_found() => self.appliance.apply(&create).await?,
                    other => other?,
                }
            } else {
                match self.appliance.apply(&create).await {
                    Err(error) if error.is_exists() => self.appliance.apply(&replace).await?,
                    other => other?,
                }
            }
        }
        self.appliance.client.remove_files(&uploads).await?;
        Ok(())
    }

    pub(super) fn entry(&self, version: &Version, passphrase: Option<Secret>) -> NewEntry {
        NewEntry {
            name: version.algorithm.name().to_owned(),
            cert: self.naming.cert(version).to_string(),
            key: self.naming.key(version).to_string(),
            chain: Some(self.naming.chain(version).to_string()),
            passphrase,
            usage: None,
        }
    }

    pub(super) fn version(&self, id: &str) -> Result<Version, TargetError> {
        Version::parse(id).ok_or_else(|| self.explain(format!("'{id}' is no version")))
    }

    /// What could not be completed goes again; what cannot be removed now, the next run removes.
    async fn abandon(&self, versions: &[Version]) {
        let stamps = versions.iter().map(|it| it.stamp.clone());
        let mut ids: Vec<String> = stamps
            .map(|it| self.naming.profile_of(&it).to_string())
            .collect();
        ids.extend(versions.iter().map(Version::id));
        ids.dedup();
        if self.remove(&ids).await.is_err() {
            self.appliance.leave_open();
        }
    }

    /// The device's refusal, with the way out where password keys are the cause.
    fn advise(&self, error: IcontrolError) -> TargetError {
        let refused = matches!(error, IcontrolError::Refused { .. });
        let needs_rsa = error.id() == Some("010717e3");
        if refused && !needs_rsa && self.wish.with_passphrase() {
            return TargetError(format!(
                "{error} If this release makes no password-protected keys over its API, or no requests with them, \
                 `key_security: normal` is the way out"
            ));
        }
        error.into()
    }
}

/// So many runs may begin within one second.
const SAME_SECOND: usize = 5;
