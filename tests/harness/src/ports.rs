//! Ports for servers that are told where to listen.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::net::TcpListener;
use std::ops::Range;

/// Ports that systems give to nobody who does not ask for them: those of outgoing connections begin above (RFC 6335, section 6; Linux: 32768). A server can so be
/// stopped and started again at its port, however many connections browsers open meanwhile.
const PORTS: Range<u16> = 10_240..32_768;
/// How many are tried.
const TRIES: u32 = 100;

/// A port that nothing listens on right now, and that no outgoing connection will take.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    // At random: other runs of these tests draw, too.
    let drawn = RandomState::new();
    let count = u64::from(PORTS.end - PORTS.start);
    let ports = (0..TRIES).filter_map(|nth| u16::try_from(drawn.hash_one(nth) % count).ok());
    ports
        .map(|offset| PORTS.start + offset)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| Error::from(ErrorKind::AddrInUse))
}
