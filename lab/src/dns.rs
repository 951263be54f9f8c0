//! The DNS that the CA sees: records set by tests, then a real server if a
//! switch names one.

use crate::random;
use crate::state::{Lab, World};
use std::time::Duration;
use tokio::net::UdpSocket;

/// Kinds of records that prove control.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Txt,
    Cname,
}

/// The values of a name's records.
pub(crate) async fn lookup(lab: &Lab, name: &str, kind: Kind) -> Result<Vec<String>, String> {
    let (mut values, server) = {
        let world = lab.world();
        let mut values = published(&world, name, kind.label());
        if kind == Kind::Txt {
            let table = &world.switches.acme_dns01;
            let bare = name.strip_prefix("_acme-challenge.").unwrap_or(name);
            for key in [name, bare] {
                values.extend(table.get(key).into_iter().flatten().cloned());
            }
        }
        (values, world.switches.dns_server.clone())
    };
    if !server.is_empty() {
        values.extend(query(&server, name, kind.number()).await?);
    }
    Ok(values)
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Txt => "TXT",
            Self::Cname => "CNAME",
        }
    }

    fn number(self) -> u16 {
        match self {
            Self::Txt => TXT,
            Self::Cname => CNAME,
        }
    }
}

fn published(world: &World, name: &str, kind: &str) -> Vec<String> {
    let plain = |name: &str| name.trim_end_matches('.').to_lowercase();
    world
        .dns
        .iter()
        .filter(|record| {
            record.kind.eq_ignore_ascii_case(kind) && plain(&record.name) == plain(name)
        })
        .map(|record| record.value.clone())
        .collect()
}

async fn query(server: &str, name: &str, kind: u16) -> Result<Vec<String>, String> {
    let id = u16::from_be_bytes(random::bytes());
    let question = question(id, name, kind).ok_or_else(|| format!("{name} is no DNS name"))?;
    let exchange = async {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(server).await?;
        for _ in 0..3 {
            socket.send(&question).await?;
            let mut buffer = vec![0; 4096];
            let received = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut buffer));
            if let Ok(length) = received.await {
                buffer.truncate(length?);
                if buffer.starts_with(&id.to_be_bytes()) {
                    return Ok(buffer);
                }
            }
        }
        Err(std::io::Error::from(std::io::ErrorKind::TimedOut))
    };
    let message = exchange
        .await
        .map_err(|error| format!("DNS server {server}: {error}"))?;
    answers(&message, kind).ok_or_else(|| format!("DNS server {server} sent a broken answer"))
}

fn question(id: u16, name: &str, kind: u16) -> Option<Vec<u8>> {
    let mut message = id.to_be_bytes().to_vec();
    // Recursion desired; one question.
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        message.push(
            u8::try_from(label.len())
                .ok()
                .filter(|n| (1..=63).contains(n))?,
        );
        message.extend(label.bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend(IN.to_be_bytes());
    Some(message)
}

/// The values of one kind in the answer section, whatever their owner: a
/// server that follows CNAME records puts the targets there too.
fn answers(message: &[u8], wanted: u16) -> Option<Vec<String>> {
    let short = |at: usize| {
        Some(u16::from_be_bytes([
            *message.get(at)?,
            *message.get(at + 1)?,
        ]))
    };
    let mut at = 12;
    for _ in 0..short(4)? {
        at = skip_name(message, at)? + 4;
    }
    let mut values = Vec::new();
    for _ in 0..short(6)? {
        at = skip_name(message, at)?;
        let (kind, length) = (short(at)?, usize::from(short(at + 8)?));
        let data = message.get(at + 10..at + 10 + length)?;
        if kind == wanted {
            values.push(match kind {
                TXT => strings(data)?,
                _ => expand_name(message, at + 10)?,
            });
        }
        at += 10 + length;
    }
    Some(values)
}

fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += usize::from(length) + 1,
        }
    }
}

fn expand_name(message: &[u8], mut at: usize) -> Option<String> {
    let mut name = String::new();
    // More jumps than labels can be: a loop.
    for _ in 0..128 {
        match *message.get(at)? {
            0 => return Some(name),
            length if length & 0xc0 == 0xc0 => {
                at = usize::from(length & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
            }
            length => {
                let end = at + 1 + usize::from(length);
                name.push_str(&String::from_utf8_lossy(message.get(at + 1..end)?));
                name.push('.');
                at = end;
            }
        }
    }
    None
}

fn strings(mut data: &[u8]) -> Option<String> {
    let mut text = String::new();
    while let Some((length, rest)) = data.split_first() {
        let (part, rest) = rest.split_at_checked(usize::from(*length))?;
        text.push_str(&String::from_utf8_lossy(part));
        data = rest;
    }
    Some(text)
}

const IN: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_txt_answers_behind_compressed_names() {
        let mut message = question(7, "_acme-challenge.example.org", TXT).expect("a question");
        message[7] = 1;
        message.extend([0xc0, 12]);
        message.extend(TXT.to_be_bytes());
        message.extend(IN.to_be_bytes());
        message.extend([0, 0, 0, 60, 0, 6, 2, b'a', b'b', 2, b'c', b'd']);
        assert_eq!(answers(&message, TXT), Some(vec!["abcd".to_owned()]));
        assert_eq!(answers(&message[..message.len() - 1], TXT), None);
    }
}
