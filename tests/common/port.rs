//! Ports for servers of tests that have to be told theirs: nginx, BIND, Pebble.

#![allow(unreachable_pub, clippy::unwrap_used)]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Socket, Type};

/// One's own until it is dropped, though nobody listens on it before the server does.
///
/// Asking the system for any port and giving it back at once would leave it to whoever asks next,
/// and with many tests at once somebody does.
pub struct Port {
    pub number: u16,
    _held: Socket,
}

impl Port {
    pub fn reserve() -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into())
    }

    pub fn at(ip: IpAddr) -> Self {
        (0..1000)
            .find_map(|_| Self::try_at(SocketAddr::new(ip, any())))
            .expect("a free port")
    }

    fn try_at(address: SocketAddr) -> Option<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        // Bound for itself alone, so that no two tests hold the same ...
        socket.bind(&address.into()).ok()?;
        // ... and from here on open to a server, all of which ask for their address in this way.
        socket.set_reuse_address(true).unwrap();
        UdpSocket::bind(address).ok()?;
        Some(Self {
            number: address.port(),
            _held: socket,
        })
    }
}

/// From below those that systems hand out by themselves: no connection will ever start from it.
fn any() -> u16 {
    let random = RandomState::new().build_hasher().finish() % u64::from(END - START);
    START + u16::try_from(random).unwrap()
}

const START: u16 = 10_000;
const END: u16 = 32_768;
