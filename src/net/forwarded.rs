//! Who is at the other end, as `Forwarded` and `X-Forwarded-For` of a trusted proxy say.

use super::trusted;
use http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// The real address of the client. Every proxy adds at the end whom it heard from; read from there,
/// the first that is not trusted itself is the client, and what it wrote before is hearsay. A proxy that adds to one
/// header passes the other on as the client wrote it; most add to `X-Forwarded-For`, so that goes first.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut client = peer;
    if !trusted(proxies, peer) {
        return client;
    }
    let forwarded = |hop: &str| {
        let pairs = hop.split(';').filter_map(|p| p.split_once('='));
        let named = pairs.map(|(k, v)| (k.trim(), v.trim()));
        named.into_iter().find(|(k, _)| k.eq_ignore_ascii_case("for")).and_then(|(_, v)| address(v))
    };
    let hops = heard(headers, "x-forwarded-for", address);
    let hops = hops.or_else(|| heard(headers, "forwarded", forwarded));
    for hop in hops.unwrap_or_default().into_iter().rev() {
        let Some(address) = hop else {
            break;
        };
        client = address;
        if !trusted(proxies, address) {
            break;
        }
    }
    client
}

/// The hops in a header, the client first; `None` for one that cannot be read.
fn heard(
    headers: &HeaderMap,
    name: &str,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    // What a client wrote that is no text takes nothing away of what the proxy added.
    let texts: Vec<_> = lines.iter().map(|l| String::from_utf8_lossy(l.as_bytes())).collect();
    let hops: Vec<_> =
        texts.iter().flat_map(|text| text.split(',')).map(|hop| read(hop.trim())).collect();
    if lines.is_empty() { None } else { Some(hops) }
}

/// An address, perhaps quoted, in brackets or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|a| a.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn from(peer: &str, header: &'static str, value: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.insert(header, HeaderValue::from_str(value).unwrap());
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("192.0.2.1", "x-forwarded-for", "198.51.100.7"), "192.0.2.1");
        assert_eq!(from("10.0.0.1", "x-forwarded-for", "198.51.100.7"), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "x-other", "198.51.100.7"), "10.0.0.1");
    }

    #[test]
    fn what_a_client_wrote_itself_is_hearsay() {
        let chain = "203.0.113.9, 198.51.100.7, 10.0.0.2";
        assert_eq!(from("10.0.0.1", "x-forwarded-for", chain), "198.51.100.7");
        assert_eq!(from("10.0.0.1", "x-forwarded-for", "203.0.113.9, junk, 10.0.0.2"), "10.0.0.2");
        assert_eq!(from("10.0.0.1", "x-forwarded-for", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
    }

    #[test]
    fn what_a_client_writes_hides_nothing_that_its_proxy_added() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        let odd = HeaderValue::from_bytes(b"\xff, 198.51.100.7").unwrap();
        headers.insert("x-forwarded-for", odd);
        headers.insert("forwarded", HeaderValue::from_static("for=203.0.113.9"));
        let found = client("10.0.0.1".parse().unwrap(), &headers, &trusted);
        assert_eq!(found.to_string(), "198.51.100.7");
    }

    #[test]
    fn both_headers_read() {
        let value = r#"for=203.0.113.9;proto=https, For="[2001:db8::1]:4711";by=10.0.0.1"#;
        assert_eq!(from("10.0.0.1", "forwarded", value), "2001:db8::1");
        assert_eq!(from("10.0.0.1", "forwarded", "for=_hidden"), "10.0.0.1");
        assert_eq!(from("10.0.0.1", "x-forwarded-for", "198.51.100.7:80"), "198.51.100.7");
    }
}
