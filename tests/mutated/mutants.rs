//! Requests as bytes, and the ways to make them wrong that leave an answer due.

use crate::seeds::Known;
use http::{HeaderName, HeaderValue, Method, Uri};

/// What parsers trip over.
const WORDS: [&str; 48] = [
    "<",
    ">",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "W/",
    "Not ",
    "()",
    "(<",
    "([\"",
    "<>",
    ",",
    ";",
    "=",
    "-",
    "--",
    "*",
    ":",
    "/",
    "//",
    "/./",
    "/../",
    "%2e%2e",
    "%2f",
    "%00",
    "%ff",
    "%",
    "?",
    "#",
    "\\",
    "\u{202e}",
    "e\u{301}",
    "\u{feff}",
    "http://",
    "https://evil.example/",
    "bytes=",
    "0-",
    "infinity",
    "Second-",
    "-1",
    "18446744073709551616",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "]]>",
    "xmlns:D=\"\"",
    "<a>",
];

/// The longest target or header value, and the longest head that is no longer to be read.
const LONGEST: usize = 8 * 1024;
const LONGEST_HEAD: usize = 60 * 1024;

/// The same numbers for the same seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    /// Without those that say who asks, of which host, and how long the body is.
    pub(crate) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) chunked: bool,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()));
        Self {
            method: method.into(),
            target: target.into(),
            headers: headers.collect(),
            body: body.into(),
            chunked: false,
        }
    }

    pub(crate) fn chunked(self) -> Self {
        Self { chunked: true, ..self }
    }

    /// With what the client knows in place of `{...}`, and with its host and credentials.
    pub(crate) fn filled(&self, known: &Known) -> Self {
        let fill = |bytes: &[u8]| known.fill(bytes);
        let first = [("Host", &known.host), ("Authorization", &known.authorization)];
        let first = first.map(|(name, value)| (name.into(), value.clone().into_bytes()));
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), fill(value)));
        Self {
            target: fill(&self.target),
            headers: first.into_iter().chain(headers).collect(),
            body: fill(&self.body),
            ..self.clone()
        }
    }

    /// What goes over the wire. However it was mutated, the body ends where it says.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = [&self.method[..], b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            bytes.extend([name, &b": "[..], value, b"\r\n"].concat());
        }
        if !self.chunked {
            let length = self.body.len();
            bytes.extend(format!("Content-Length: {length}\r\n\r\n").as_bytes());
            bytes.extend(&self.body);
            return bytes;
        }
        bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        for piece in self.body.chunks(7_000) {
            bytes.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend([piece, b"\r\n"].concat());
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    }

    /// Whether HTTP allows it, so that the connection must be kept.
    pub(crate) fn is_http(&self) -> bool {
        let header = |(name, value): &(Vec<u8>, Vec<u8>)| {
            HeaderName::from_bytes(name).is_ok() && HeaderValue::from_bytes(value).is_ok()
        };
        Method::from_bytes(&self.method).is_ok()
            && is_target(&self.target)
            && self.headers.iter().all(header)
            && self.headers.len() < 99
    }
}

/// Makes one to three things in it wrong.
pub(crate) fn mutate(request: &mut Request, seeds: &[Request], known: &Known, random: &mut Random) {
    let other = random.of(seeds).filled(known);
    for _ in 0..=random.below(3) {
        match random.below(20) {
            0..4 => bytes(&mut request.target, &other.target, random),
            4..10 => {
                // Who asks is mutated seldom: then nothing else of the request is looked at.
                let first = if random.below(100) == 0 { 0 } else { 2 };
                let at = first + random.below(request.headers.len().saturating_sub(first));
                let with = random.of(&other.headers).1.clone();
                if let Some((_, value)) = request.headers.get_mut(at) {
                    bytes(value, &with, random);
                }
            }
            10..14 => bytes(&mut request.body, &other.body, random),
            14 => request.headers.extend(other.headers.iter().skip(2).cloned()),
            15 => {
                let again = request.headers[random.below(request.headers.len())].clone();
                request.headers.push(again);
            }
            16 if request.headers.len() > 2 => {
                let gone = 2 + random.below(request.headers.len() - 2);
                request.headers.remove(gone);
            }
            17 => request.method = random.of(&crate::person::METHODS).as_bytes().to_vec(),
            18 => request.body.clone_from(&other.body),
            _ => request.target.clone_from(&other.target),
        }
    }
    if random.below(100) > 0 {
        mend(request);
    }
    let length = |request: &Request| request.bytes().len() - request.body.len();
    while length(request) > LONGEST_HEAD {
        request.headers.pop();
    }
}

/// What HTTP itself cannot carry is left out: the rest of the request is to be looked at.
fn mend(request: &mut Request) {
    for (_, value) in &mut request.headers {
        value.retain(|byte| !byte.is_ascii_control());
    }
    request.target.retain(|byte| !byte.is_ascii_control() && !b" \"<>\\^`{|}".contains(byte));
    if !is_target(&request.target) {
        request.target = [b"/", String::from_utf8_lossy(&request.target).as_bytes()].concat();
    }
}

fn is_target(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && Uri::try_from(bytes).is_ok()
}

/// Flips, cuts, doubles or splices.
fn bytes(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let from = random.below(bytes.len() + 1);
    let to = from + random.below((bytes.len() - from).min(40) + 1);
    match random.below(7) {
        0 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
        1 if from < bytes.len() => bytes[from] = random.next().to_le_bytes()[0],
        2 => bytes.truncate(from),
        3 => drop(bytes.drain(from..to)),
        4 => {
            let piece = bytes[from..to].repeat(1 << random.below(10));
            bytes.splice(from..from, piece.into_iter().take(LONGEST / 2));
        }
        5 => {
            let start = random.below(other.len() + 1);
            let end = start + random.below(other.len() - start + 1);
            bytes.splice(from..to, other[start..end].iter().copied());
        }
        _ => drop(bytes.splice(from..to, random.of(&WORDS).bytes()).collect::<Vec<_>>()),
    }
    bytes.truncate(LONGEST);
}
