//! Records on an authoritative name server: looked up, published and removed by dynamic update
//! (RFC 2136), signed with TSIG (RFC 8945).
//!
//! Everything goes over TCP to the primary. An update says how things shall be, so it may be sent
//! again after a lost reply.

mod error;
mod message;
mod options;
mod transport;

use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType, TSigner};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;

pub(crate) use error::DnsError;
pub(crate) use options::DnsUpdateOptions;

/// A name server and a key.
pub(crate) struct DnsUpdate {
    server: String,
    port: u16,
    zone: Option<Name>,
    signer: TSigner,
    ttl: u32,
    propagation: Duration,
    context: Context,
}

/// A record that proves something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct DnsRecord {
    /// Absolute, without the final dot.
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: RecordKind,
    /// Target of a C(CNAME) without the final dot, or the text of a C(TXT) without quotes.
    pub(crate) value: String,
}

/// The types in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum RecordKind {
    Cname,
    Txt,
}

impl DnsUpdate {
    /// Checks the options. Nothing is sent yet.
    pub(crate) fn connect(options: &DnsUpdateOptions, context: &Context) -> Result<Self, DnsError> {
        Ok(Self {
            // IPv6 addresses stand in brackets in URLs.
            server: options.server.trim().trim_matches(['[', ']']).to_owned(),
            port: options.port,
            zone: options.zone()?,
            signer: options.signer()?,
            ttl: options.ttl,
            propagation: Duration::from_secs(options.propagation),
            context: context.clone(),
        })
    }

    /// The records of that name and type, as the server itself knows them.
    pub(crate) async fn lookup(
        &self,
        owner: &str,
        kind: RecordKind,
    ) -> Result<Vec<DnsRecord>, DnsError> {
        let query = message::query(name(owner)?, kind.number());
        let reply = self.ask(query, &format!("look up {owner}")).await?;
        match reply.metadata.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => {}
            code => {
                let doing = format!("look up {owner}");
                return Err(self.refused(&doing, code, message::tsig_error(&reply)));
            }
        }
        Ok(records(&reply, kind)
            .filter(|it| it.name.eq_ignore_ascii_case(owner.trim_end_matches('.')))
            .collect())
    }

    /// Makes `record` the only one of its name and type, and takes `stale` ones away.
    pub(crate) async fn publish(
        &self,
        record: &DnsRecord,
        stale: &[DnsRecord],
    ) -> Result<(), DnsError> {
        let zone = self.zone_of(&record.name).await?;
        let mut update = message::update(zone);
        message::delete_all(&mut update, name(&record.name)?, record.kind.number());
        message::add(&mut update, record, self.ttl)?;
        for record in stale {
            message::delete(&mut update, record)?;
        }
        self.update(update, &format!("publish {}", record.name))
            .await
    }

    /// Puts `record` beside others of its name and type.
    pub(crate) async fn add(&self, record: &DnsRecord) -> Result<(), DnsError> {
        let mut update = message::update(self.zone_of(&record.name).await?);
        message::add(&mut update, record, self.ttl)?;
        self.update(update, &format!("publish {}", record.name))
            .await
    }

    /// Gives the zone's other name servers the time that they need: once for all that was written.
    pub(crate) async fn propagate(&self) {
        if let Some(time) = self.context.deadline.admits(self.propagation) {
            tokio::time::sleep(time).await;
        }
    }

    /// Takes exactly this record away; that it is not there is no error.
    pub(crate) async fn remove(&self, record: &DnsRecord) -> Result<(), DnsError> {
        let zone = self.zone_of(&record.name).await?;
        let mut update = message::update(zone);
        message::delete(&mut update, record)?;
        self.update(update, &format!("remove {}", record.name))
            .await
    }

    /// The CNAME and TXT records of the zone that holds `owner`, or `None` if the server does not
    /// hand zones out to this key.
    pub(crate) async fn transfer(&self, owner: &str) -> Result<Option<Vec<DnsRecord>>, DnsError> {
        let zone = self.zone_of(owner).await?;
        let doing = format!("transfer zone {zone}");
        let replies = self
            .transfer_all(message::query(zone, RecordType::AXFR), &doing)
            .await?;
        let refused = replies.first().is_none_or(|it| {
            it.metadata.response_code != ResponseCode::NoError || it.answers.is_empty()
        });
        if refused {
            return Ok(None);
        }
        Ok(Some(
            replies
                .iter()
                .flat_map(|it| records(it, RecordKind::Cname).chain(records(it, RecordKind::Txt)))
                .collect(),
        ))
    }

    /// The server's zone that holds `owner`: its SOA stands in the answer, or beside it.
    async fn zone_of(&self, owner: &str) -> Result<Name, DnsError> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        let doing = format!("find the zone of {owner}");
        let mut asked = name(owner)?;
        loop {
            let query = message::query(asked.clone(), RecordType::SOA);
            let reply = self.ask(query, &doing).await?;
            if let Some(zone) = message::zone(&reply, &asked) {
                return Ok(zone);
            }
            // The answer tells of the target then; whoever holds the alias holds its parent.
            if message::is_alias(&reply) && asked.num_labels() > 1 {
                asked = asked.base_name();
                continue;
            }
            if reply.signature().is_some_and(|it| it.data.error.is_some()) {
                let code = reply.metadata.response_code;
                return Err(self.refused(&doing, code, message::tsig_error(&reply)));
            }
            return Err(DnsError::NoZone {
                server: self.server.clone(),
                owner: owner.to_owned(),
            });
        }
    }

    async fn update(&self, update: Message, doing: &str) -> Result<(), DnsError> {
        let reply = self.ask(update, doing).await?;
        match reply.metadata.response_code {
            ResponseCode::NoError => Ok(()),
            code => Err(self.refused(doing, code, message::tsig_error(&reply))),
        }
    }
}

impl RecordKind {
    fn number(self) -> RecordType {
        match self {
            Self::Cname => RecordType::CNAME,
            Self::Txt => RecordType::TXT,
        }
    }
}

fn records(reply: &Message, kind: RecordKind) -> impl Iterator<Item = DnsRecord> {
    reply.answers.iter().filter_map(move |it| {
        let value = match (&it.data, kind) {
            (RData::CNAME(target), RecordKind::Cname) => plain(&target.0),
            (RData::TXT(text), RecordKind::Txt) => text
                .txt_data
                .iter()
                .map(|it| String::from_utf8_lossy(it).into_owned())
                .collect(),
            _ => return None,
        };
        Some(DnsRecord {
            name: plain(&it.name),
            kind,
            value,
        })
    })
}

fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_lowercase()
}

/// An absolute name, whether it ends with a dot or not.
fn name(text: &str) -> Result<Name, DnsError> {
    let absolute = format!("{}.", text.trim().trim_end_matches('.'));
    Name::from_ascii(absolute).map_err(|_| DnsError::Options(format!("'{text}' is no domain name")))
}
