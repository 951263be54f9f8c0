//! The messages, without sending them.

use hickory_proto::op::{Message, OpCode, Query, UpdateMessage};
use hickory_proto::rr::rdata::tsig::TsigError;
use hickory_proto::rr::rdata::{CNAME, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::{DnsError, DnsRecord, RecordKind, name};

pub(super) fn query(owner: Name, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(owner, kind));
    message
}

/// An update of `zone` that does nothing yet (RFC 2136 §2.3).
pub(super) fn update(zone: Name) -> Message {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Update;
    message.metadata.recursion_desired = false;
    message.add_zone(Query::query(zone, RecordType::SOA));
    message
}

/// RFC 2136 §2.5.2: takes away whatever there is of that name and type.
pub(super) fn delete_all(update: &mut Message, owner: Name, kind: RecordType) {
    let mut record = Record::update0(owner, 0, kind);
    record.dns_class = DNSClass::ANY;
    update.add_update(record);
}

/// RFC 2136 §2.5.1
pub(super) fn add(update: &mut Message, record: &DnsRecord, ttl: u32) -> Result<(), DnsError> {
    let owner = name(&record.name)?;
    update.add_update(Record::from_rdata(owner, ttl, data(record)?));
    Ok(())
}

/// RFC 2136 §2.5.4: takes exactly this record away.
pub(super) fn delete(update: &mut Message, record: &DnsRecord) -> Result<(), DnsError> {
    let mut gone = Record::from_rdata(name(&record.name)?, 0, data(record)?);
    gone.dns_class = DNSClass::NONE;
    update.add_update(gone);
    Ok(())
}

/// What the server says about the signature of the request.
pub(super) fn tsig_error(reply: &Message) -> Option<String> {
    let error = reply.signature()?.data.error.as_ref()?;
    Some(match error {
        TsigError::BadSig => "BADSIG, the signature is wrong".to_owned(),
        TsigError::BadKey => "BADKEY, it does not know the key".to_owned(),
        TsigError::BadTime => "BADTIME, the clocks differ".to_owned(),
        other => format!("{other:?}"),
    })
}

/// The zone of `owner`, if `reply` has its SOA.
pub(super) fn zone(reply: &Message, owner: &Name) -> Option<Name> {
    reply
        .answers
        .iter()
        .chain(&reply.authorities)
        .filter(|it| it.record_type() == RecordType::SOA)
        .map(|it| &it.name)
        .find(|it| it.zone_of(owner))
        .cloned()
}

/// Is what was asked for only another name?
pub(super) fn is_alias(reply: &Message) -> bool {
    reply
        .answers
        .iter()
        .any(|it| it.record_type() == RecordType::CNAME)
}

fn data(record: &DnsRecord) -> Result<RData, DnsError> {
    Ok(match record.kind {
        RecordKind::Cname => RData::CNAME(CNAME(name(&record.value)?)),
        // Strings of a text record hold 255 bytes at most (RFC 1035 §3.3).
        RecordKind::Txt => RData::TXT(TXT::from_bytes(
            record.value.as_bytes().chunks(255).collect(),
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str) -> DnsRecord {
        DnsRecord {
            name: "_pki-validation.example.org".to_owned(),
            kind: RecordKind::Txt,
            value: value.to_owned(),
        }
    }

    #[test]
    fn an_update_replaces_the_set_and_names_its_zone() {
        let zone = name("example.org").unwrap();
        let mut message = update(zone.clone());
        let owner = name("_pki-validation.example.org").unwrap();
        delete_all(&mut message, owner, RecordType::TXT);
        add(&mut message, &record("a\"b;c\\d"), 60).unwrap();
        delete(&mut message, &record("old")).unwrap();
        let read = Message::from_vec(&message.to_vec().unwrap()).unwrap();
        assert_eq!(read.metadata.op_code, OpCode::Update);
        assert_eq!(read.queries[0].name, zone);
        let classes: Vec<_> = read.authorities.iter().map(|it| it.dns_class).collect();
        assert_eq!(classes, [DNSClass::ANY, DNSClass::IN, DNSClass::NONE]);
        assert_eq!(read.authorities[1].ttl, 60);
    }

    #[test]
    fn long_texts_are_cut_into_strings() {
        let RData::TXT(text) = data(&record(&"x".repeat(600))).unwrap() else {
            panic!("a text");
        };
        let lengths: Vec<_> = text.txt_data.iter().map(|it| it.len()).collect();
        assert_eq!(lengths, [255, 255, 90]);
    }
}
