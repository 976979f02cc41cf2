//! The request headers of WebDAV, read once, before anything is done. A malformed one is refused,
//! never taken as absent: it may be a guard against a lost update.

use super::if_header::{self, List};
use super::status::Failure;
use http::header::{
    AsHeaderName, CONTENT_ENCODING, CONTENT_RANGE, EXPECT, IF_MATCH, IF_NONE_MATCH,
};
use http::{HeaderMap, HeaderValue, Method};

/// What the headers of a request say.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// `Depth`.
    pub(super) depth: Option<Depth>,
    /// `Overwrite`, which is true when absent (RFC 4918 section 10.6).
    pub(super) overwrite: bool,
    pub(super) destination: Option<Destination>,
    /// The lists of `If`; empty when there is none.
    pub(super) lists: Vec<List>,
    pub(super) if_match: Option<Tags>,
    pub(super) if_none_match: Option<Tags>,
    /// `Lock-Token`, without brackets.
    pub(super) lock_token: Option<String>,
    /// `Timeout` in seconds.
    pub(super) timeout: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Zero,
    One,
    Infinity,
}

/// An entity tag (RFC 9110 section 8.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) weak: bool,
    /// Without quotes.
    pub(super) opaque: String,
}

/// `*`, or entity tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    Any,
    These(Vec<Tag>),
}

/// Where a MOVE or COPY goes to, or which resource a list of `If` is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// Whose it is: lftp puts its login and password before the host.
    pub(super) login: Option<String>,
    /// Host and port; `None` is the host of the request.
    pub(super) authority: Option<String>,
    /// The path, still encoded.
    pub(super) path: String,
}

impl Asked {
    /// Reads the headers.
    ///
    /// # Errors
    /// [`Failure::Malformed`] with the header's name.
    pub(super) fn read(method: &Method, headers: &HeaderMap) -> Result<Self, Failure> {
        let continues =
            |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        if headers.get_all(EXPECT).iter().any(|value| !continues(value)) {
            return Err(Failure::Status(http::StatusCode::EXPECTATION_FAILED));
        }
        if *method == Method::PUT {
            check_put(headers)?;
        }
        let tags = |name, text| lines(headers, name).map(|all| read(text, &all, Tags::parse));
        let asked = Self {
            depth: one(headers, "depth", Depth::parse)?,
            overwrite: one(headers, "overwrite", overwrite)?.unwrap_or(true),
            destination: one(headers, "destination", Destination::parse)?,
            lists: one(headers, "if", if_header::parse)?.unwrap_or_default(),
            if_match: tags(IF_MATCH, "if-match").transpose()?,
            if_none_match: tags(IF_NONE_MATCH, "if-none-match").transpose()?,
            lock_token: one(headers, "lock-token", coded_url)?,
            timeout: one(headers, "timeout", timeout)?,
        };
        Ok(asked)
    }
}

/// A part of a file is not written over HTTP (RFC 9110 section 14.5), nor is a file that is packed.
fn check_put(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(CONTENT_RANGE) {
        return Err(Failure::Malformed("content-range"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Failure::Status(http::StatusCode::UNSUPPORTED_MEDIA_TYPE))
        }
        _ => Ok(()),
    }
}

/// A header that may come once.
pub(super) fn one<T>(
    headers: &HeaderMap,
    name: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Failure> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
            read(name, text, parse).map(Some)
        }
        _ => Err(Failure::Malformed(name)),
    }
}

fn read<T>(
    name: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Failure> {
    parse(text.trim()).ok_or(Failure::Malformed(name))
}

/// All lines of a header that is a list; a line that is not UTF-8 makes it unreadable.
fn lines(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or_default())
        .collect();
    if lines.is_empty() { None } else { Some(lines.join(",")) }
}

impl Depth {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "0" => Some(Self::Zero),
            "1" => Some(Self::One),
            _ if text.eq_ignore_ascii_case("infinity") => Some(Self::Infinity),
            _ => None,
        }
    }
}

fn overwrite(text: &str) -> Option<bool> {
    match text {
        "T" => Some(true),
        "F" => Some(false),
        _ => None,
    }
}

impl Tag {
    /// The tag that `text` begins with, and what comes after it.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let strong = text.strip_prefix("W/");
        let (opaque, after) = strong.unwrap_or(text).strip_prefix('"')?.split_once('"')?;
        if opaque.contains(char::is_control) {
            return None;
        }
        Some((Self { weak: strong.is_some(), opaque: opaque.to_owned() }, after))
    }
}

impl Tags {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = text;
        loop {
            let (tag, after) = Tag::parse(rest)?;
            tags.push(tag);
            rest = match after.trim_start().strip_prefix(',') {
                Some(after) => after.trim_start(),
                None if after.trim().is_empty() => return Some(Self::These(tags)),
                None => return None,
            };
        }
    }

    /// Whether a resource with this tag meets `If-None-Match`'s comparison, which is weak: a proxy
    /// that packs a file also weakens its tag.
    pub(super) fn matches(&self, etag: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|t| Some(t.opaque.as_str()) == etag),
        }
    }

    /// The tags that `If-Match` compares: weak ones never match.
    pub(super) fn strong(&self) -> Option<Vec<String>> {
        match self {
            Self::Any => None,
            Self::These(tags) => {
                Some(tags.iter().filter(|t| !t.weak).map(|t| t.opaque.clone()).collect())
            }
        }
    }
}

impl Destination {
    /// Reads an absolute URI or an absolute path (RFC 4918 section 8.3).
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\\".contains(c)) {
            return None;
        }
        if text.starts_with('/') {
            let network = text.starts_with("//");
            return (!network).then(|| Self {
                login: None,
                authority: None,
                path: text.to_owned(),
            });
        }
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at_checked(slash)?,
            None => (rest, "/"),
        };
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let login = user.map(|user| user.split_once(':').map_or(user, |(login, _)| login));
        (!host.is_empty()).then(|| Self {
            login: login
                .map(|l| percent_encoding::percent_decode_str(l).decode_utf8_lossy().into()),
            authority: Some(host.to_ascii_lowercase()),
            path: path.to_owned(),
        })
    }

    /// Whether it is on this server: at the request's own host, or at a public name of it.
    pub(super) fn is_here(&self, host: Option<&str>, public: &[String]) -> bool {
        let Some(authority) = &self.authority else {
            return true;
        };
        let authority = without_default_port(authority);
        let same = |other: &str| without_default_port(other).eq_ignore_ascii_case(authority);
        host.is_some_and(same)
            || public.iter().any(|p| same(p) || p.eq_ignore_ascii_case(without_port(authority)))
    }
}

fn without_default_port(authority: &str) -> &str {
    let bare = authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80"));
    bare.unwrap_or(authority)
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// `<uri>`.
fn coded_url(text: &str) -> Option<String> {
    let uri = text.strip_prefix('<')?.strip_suffix('>')?;
    let plain = !uri.contains(|c: char| c.is_whitespace() || c.is_control() || "<>".contains(c));
    (plain && uri.contains(':')).then(|| uri.to_owned())
}

/// The first time that is understood (RFC 4918 section 10.7): `Infinite, Second-4100000000`.
fn timeout(text: &str) -> Option<u32> {
    text.split(',').map(str::trim).find_map(|word| {
        if word.eq_ignore_ascii_case("infinite") {
            return Some(u32::MAX);
        }
        let (unit, number) = word.split_at_checked(7)?;
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let seconds = unit.eq_ignore_ascii_case("second-") && digits;
        seconds.then(|| number.parse().unwrap_or(u32::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;
    use proptest::prelude::*;

    fn asked(name: &'static str, value: &[u8]) -> Result<Asked, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        Asked::read(&Method::PUT, &headers)
    }

    #[test]
    fn malformed_headers_are_refused_by_name() {
        for (name, values) in [
            ("if", &["<", "(<", "([", "(", "()", "(<a>", "(\"", "(<opaquelocktoken:a"] as &[_]),
            ("if-match", &["\"", "", "abc", "\"a\" \"b\"", "W/", "*, \"a\"", "\"a\","]),
            ("if-none-match", &["\"", "abc", "W/\"", "w/\"a\""]),
            ("lock-token", &["", "a:b", "<>", "<a", "<a b:c>", "<<a:b>>", "<a>"]),
            ("timeout", &["", "Second", "Second-", "Second--1", "Second-x", "soon"]),
            ("depth", &["", "2", "-1", "infinit", "0,1"]),
            ("overwrite", &["", "t", "f", "X", "TF", "true"]),
            (
                "destination",
                &["", "x", "//h/x", "ftp://h/x", "http://", "http://u@/x", "http:///x", "/a b"],
            ),
            ("content-range", &["bytes 0-1/2"]),
        ] {
            for value in values {
                let failure = asked(name, value.as_bytes()).err();
                assert_eq!(failure, Some(Failure::Malformed(name)), "{name}: {value}");
            }
        }
        assert_eq!(asked("depth", b"\xff").err(), Some(Failure::Malformed("depth")));
        assert_eq!(asked("if-match", b"\xff").err(), Some(Failure::Malformed("if-match")));
        let mut headers = HeaderMap::new();
        headers.append("destination", HeaderValue::from_static("/a"));
        headers.append("destination", HeaderValue::from_static("/b"));
        let failure = Asked::read(&Method::GET, &headers).err();
        assert_eq!(failure, Some(Failure::Malformed("destination")));
    }

    #[test]
    fn packed_content_is_not_taken() {
        assert!(asked("content-encoding", b"gzip").is_err());
        assert!(asked("content-encoding", b"Identity").is_ok());
    }

    #[test]
    fn overwrite_is_true_unless_it_says_f() {
        assert!(Asked::read(&Method::PUT, &HeaderMap::new()).unwrap().overwrite);
        assert!(asked("overwrite", b"T").unwrap().overwrite);
        assert!(!asked("overwrite", b"F").unwrap().overwrite);
    }

    #[test]
    fn depth_reads_in_any_case() {
        assert_eq!(asked("depth", b"0").unwrap().depth, Some(Depth::Zero));
        assert_eq!(asked("depth", b"1").unwrap().depth, Some(Depth::One));
        assert_eq!(asked("depth", b"Infinity").unwrap().depth, Some(Depth::Infinity));
    }

    #[test]
    fn the_first_understood_timeout_counts() {
        let read = |text: &str| asked("timeout", text.as_bytes()).unwrap().timeout;
        assert_eq!(read("Infinite, Second-4100000000"), Some(u32::MAX));
        assert_eq!(read("Second-600"), Some(600));
        assert_eq!(read("Extend, second-99999999999"), Some(u32::MAX));
    }

    #[test]
    fn weak_tags_meet_if_none_match_but_not_if_match() {
        let tags = asked("if-none-match", b"W/\"a\" , \"b\"").unwrap().if_none_match.unwrap();
        assert!(tags.matches(Some("a")) && tags.matches(Some("b")));
        assert!(!tags.matches(Some("c")) && !tags.matches(None));
        assert_eq!(tags.strong(), Some(vec!["b".into()]));
        assert_eq!(asked("if-match", b"*").unwrap().if_match, Some(Tags::Any));
    }

    #[test]
    fn a_destination_is_here_only_at_our_own_names() {
        let here = |text: &str, host: &str| {
            Destination::parse(text).unwrap().is_here(Some(host), &["dossier.example.nl".into()])
        };
        assert!(here("/x", "h"));
        assert!(here("http://H:80/x", "h"));
        assert!(here("https://h:8443/x", "h:8443"));
        assert!(here("https://u:p@h:8443/x", "h:8443"));
        assert!(here("https://dossier.example.nl/x", "10.0.0.1:8443"));
        assert!(here("https://Dossier.example.nl:8443/x", "10.0.0.1"));
        assert!(!here("http://evil.example/x", "h"));
        assert!(!here("http://h@evil.example/x", "h"));
        assert!(!here("http://h:81/x", "h"));
        assert!(!here("http://h.evil/x", "h"));
        assert!(!Destination::parse("http://h/x").unwrap().is_here(None, &[]));
        assert_eq!(Destination::parse("http://h").unwrap().path, "/");
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(
            which in 0usize..9,
            value in proptest::collection::vec(prop_oneof![32u8..127, 128u8..=255], 0..80),
        ) {
            let names = ["if", "if-match", "if-none-match", "lock-token", "timeout", "depth",
                "overwrite", "destination", "content-encoding"];
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static(names[which]),
                HeaderValue::from_bytes(&value).unwrap(),
            );
            for method in [Method::PUT, Method::GET] {
                drop(Asked::read(&method, &headers));
            }
        }
    }
}
