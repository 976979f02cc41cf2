//! Who is at the other end, as the PROXY protocol says: what a proxy that only passes bytes on sends
//! before them, in version 1 or 2 (`proxy-protocol.txt` of haproxy.org).
//!
//! Only a peer that is trusted is looked at, and it decides by its first bytes whether it speaks this: a
//! proxy of HTTP does not. From anybody else the same bytes are no HTTP and no SSH.

use super::trusted;
use ipnet::IpNet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How version 1 begins, which is text and ends with a line.
const TEXT: &[u8] = b"PROXY ";
/// How version 2 begins.
const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, in bytes.
const MAX_LINE: usize = 107;
/// The longest header of version 2, in bytes: what fits in the first packet.
const MAX_HEADER: usize = 536;
/// How soon to look again when a part of a signature has come.
const BREATH: Duration = Duration::from_millis(10);

/// Whom a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Client(IpAddr),
    /// Nobody, or nobody with an address: the peer itself is the client.
    Nobody,
}

/// The address of the client behind a peer. A trusted one that sends nothing in the time is its own
/// client: some clients of SSH wait until they hear something.
///
/// # Errors
/// What a trusted peer sent began as a header and is none, or did not come in time.
pub async fn client(
    stream: &mut TcpStream,
    peer: IpAddr,
    proxies: &[IpNet],
    limit: Duration,
) -> io::Result<IpAddr> {
    if !trusted(proxies, peer) || timeout(limit, stream.peek(&mut [0])).await.is_err() {
        return Ok(peer);
    }
    match timeout(limit, header(stream)).await.map_err(|_| io::ErrorKind::TimedOut)?? {
        Named::Client(client) => Ok(client.to_canonical()),
        Named::Nobody => Ok(peer),
    }
}

/// Reads the header, if there is one, and nothing of what follows.
async fn header(stream: &mut TcpStream) -> io::Result<Named> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let mut start = [0; BINARY.len()];
    loop {
        let came = stream.peek(&mut start).await?;
        let came = start.get(..came).unwrap_or_default();
        if came.starts_with(TEXT) {
            return of_text(&line(stream).await?).ok_or_else(wrong);
        }
        if came == BINARY {
            return of_binary(&block(stream).await?).ok_or_else(wrong);
        }
        if came.is_empty() || !(TEXT.starts_with(came) || BINARY.starts_with(came)) {
            return Ok(Named::Nobody);
        }
        sleep(BREATH).await;
    }
}

async fn line(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(MAX_LINE);
    while line.len() < MAX_LINE && !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await?);
    }
    Ok(line)
}

async fn block(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut block = vec![0; BINARY.len() + 4];
    stream.read_exact(&mut block).await?;
    let head = block.len();
    let length: usize = block.last_chunk().map_or(0, |l| u16::from_be_bytes(*l)).into();
    if head + length > MAX_HEADER {
        return Err(io::ErrorKind::InvalidData.into());
    }
    block.resize(head + length, 0);
    stream.read_exact(block.get_mut(head..).unwrap_or_default()).await?;
    Ok(block)
}

/// Whom a line of version 1 names; `None` when it is malformed.
fn of_text(line: &[u8]) -> Option<Named> {
    let text = std::str::from_utf8(line.strip_prefix(TEXT)?.strip_suffix(b"\r\n")?).ok()?;
    let mut words = text.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(Named::Nobody);
    }
    let (from, to) = (words.next()?, words.next()?);
    let addresses: [IpAddr; 2] = match family {
        "TCP4" => [from.parse::<Ipv4Addr>().ok()?.into(), to.parse::<Ipv4Addr>().ok()?.into()],
        "TCP6" => [from.parse::<Ipv6Addr>().ok()?.into(), to.parse::<Ipv6Addr>().ok()?.into()],
        _ => return None,
    };
    let ports = [words.next()?, words.next()?];
    let whole = ports.iter().all(|port| port.parse::<u16>().is_ok()) && words.next().is_none();
    let [client, _] = addresses;
    whole.then_some(Named::Client(client))
}

/// The same of a block of version 2. What it says besides addresses is for others.
fn of_binary(block: &[u8]) -> Option<Named> {
    let (&[command, family], rest) = block.strip_prefix(BINARY)?.split_first_chunk()?;
    let (length, said) = rest.split_first_chunk()?;
    if said.len() != usize::from(u16::from_be_bytes(*length)) {
        return None;
    }
    // The proxy for itself, to see whether we are there.
    match command {
        0x20 => return Some(Named::Nobody),
        0x21 => {}
        _ => return None,
    }
    match family {
        0x11 => {
            let (client, _) = said.get(..12)?.split_first_chunk::<4>()?;
            Some(Named::Client(Ipv4Addr::from(*client).into()))
        }
        0x21 => {
            let (client, _) = said.get(..36)?.split_first_chunk::<16>()?;
            Some(Named::Client(IpAddr::from(*client)))
        }
        // Nobody that has an address, or not over TCP.
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => Some(Named::Nobody),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    const LIMIT: Duration = Duration::from_millis(200);

    fn binary(command: u8, family: u8, said: &[u8]) -> Vec<u8> {
        let length = u16::try_from(said.len()).unwrap().to_be_bytes();
        [BINARY, &[command, family], &length, said].concat()
    }

    fn v4(extra: usize) -> Vec<u8> {
        let ends = [198, 51, 100, 7, 192, 0, 2, 1, 0x30, 0x39, 1, 0xbb];
        binary(0x21, 0x11, &[&ends[..], &vec![4; extra]].concat())
    }

    fn v6() -> Vec<u8> {
        let client: Ipv6Addr = "2001:db8::7".parse().unwrap();
        binary(0x21, 0x21, &[&client.octets()[..], &[0; 16], &[0; 4]].concat())
    }

    /// What is made of these bytes by somebody who trusts whoever sends them, and what is left for HTTP
    /// or SSH. Without `more` nothing follows until the time is over.
    async fn told(bytes: &[u8], more: bool) -> Result<(String, Vec<u8>), io::ErrorKind> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut other = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut stream, peer) = listener.accept().await.unwrap();
        other.write_all(bytes).await.unwrap();
        if more {
            other.shutdown().await.unwrap();
        }
        let trusted = ["127.0.0.0/8".parse().unwrap()];
        let client = client(&mut stream, peer.ip(), &trusted, LIMIT).await.map_err(|e| e.kind())?;
        drop(other.shutdown().await);
        let mut left = Vec::new();
        stream.read_to_end(&mut left).await.unwrap();
        Ok((client.to_string(), left))
    }

    #[tokio::test]
    async fn the_client_is_told_in_either_version_and_what_follows_is_left() {
        for (header, client) in [
            (b"PROXY TCP4 198.51.100.7 192.0.2.1 12345 443\r\n".to_vec(), "198.51.100.7"),
            (b"PROXY TCP6 2001:db8::7 2001:db8::1 12345 443\r\n".to_vec(), "2001:db8::7"),
            (b"PROXY TCP6 ::ffff:198.51.100.7 ::1 1 443\r\n".to_vec(), "198.51.100.7"),
            (b"PROXY UNKNOWN ffff ffff 65535 65535\r\n".to_vec(), "127.0.0.1"),
            (v4(0), "198.51.100.7"),
            (v4(MAX_HEADER - 28), "198.51.100.7"),
            (v6(), "2001:db8::7"),
            (binary(0x20, 0x11, &[0; 12]), "127.0.0.1"),
            (binary(0x21, 0x00, &[]), "127.0.0.1"),
            (binary(0x21, 0x31, &[b'/'; 216]), "127.0.0.1"),
        ] {
            let all = [&header[..], b"GET / HTTP/1.1\r\n"].concat();
            let expected = (client.to_owned(), b"GET / HTTP/1.1\r\n".to_vec());
            assert_eq!(told(&all, true).await, Ok(expected), "{header:?}");
        }
    }

    #[tokio::test]
    async fn who_speaks_at_once_or_says_nothing_is_its_own_client() {
        for said in
            [&b"SSH-2.0-x\r\n"[..], b"\x16\x03\x01", b"PROPFIND / HTTP/1.1\r\n", b"PUT", b""]
        {
            let expected = ("127.0.0.1".to_owned(), said.to_vec());
            assert_eq!(told(said, true).await, Ok(expected));
        }
        assert_eq!(told(b"", false).await, Ok(("127.0.0.1".to_owned(), Vec::new())), "it waits");
    }

    #[tokio::test]
    async fn what_began_as_a_header_and_is_none_closes_the_connection() {
        let malformed = io::ErrorKind::InvalidData;
        for (said, kind) in [
            (b"PROXY TCP4 198.51.100.7 192.0.2.1 12345\r\n".to_vec(), malformed),
            (b"PROXY TCP4 2001:db8::7 2001:db8::1 12345 443\r\n".to_vec(), malformed),
            (b"PROXY TCP4 198.51.100.7 192.0.2.1 12345 443 7\r\n".to_vec(), malformed),
            (b"PROXY TCP4 198.51.100.7 192.0.2.1 99999 443\r\n".to_vec(), malformed),
            ([b"PROXY UNKNOWN ", &[b'x'; MAX_LINE][..]].concat(), malformed),
            (binary(0x22, 0x11, &[0; 12]), malformed),
            (binary(0x11, 0x11, &[0; 12]), malformed),
            (binary(0x21, 0x11, &[0; 11]), malformed),
            (binary(0x21, 0x21, &[0; 35]), malformed),
            (binary(0x21, 0x41, &[0; 12]), malformed),
            (v4(MAX_HEADER - 27), malformed),
            (v4(0)[..20].to_vec(), io::ErrorKind::UnexpectedEof),
        ] {
            assert_eq!(told(&said, true).await, Err(kind), "{said:?}");
        }
        for half in [&b"PROXY TCP4 "[..], &v4(0)[..20], b"PRO"] {
            assert_eq!(told(half, false).await, Err(io::ErrorKind::TimedOut), "{half:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_told_apart(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            of_text(&bytes);
            of_binary(&bytes);
            of_text(&[TEXT, &bytes, b"\r\n"].concat());
            let Some([command, family, rest @ ..]) = bytes.get(..) else { return Ok(()) };
            of_binary(&binary(*command, *family, rest));
        }

        #[test]
        fn an_address_comes_through(client: Ipv6Addr, four: Ipv4Addr, port: u16) {
            let expected = Some(Named::Client(client.into()));
            let text = format!("PROXY TCP6 {client} ::1 {port} {port}\r\n");
            prop_assert_eq!(of_text(text.as_bytes()), expected);
            let said = [&client.octets()[..], &[0; 20]].concat();
            prop_assert_eq!(of_binary(&binary(0x21, 0x21, &said)), expected);
            let text = format!("PROXY TCP4 {four} 127.0.0.1 {port} {port}\r\n");
            prop_assert_eq!(of_text(text.as_bytes()), Some(Named::Client(four.into())));
        }
    }
}
