//! The line that a failed attempt leaves in the log. fail2ban reads it: it does not change.

use super::Origin;
use std::fmt::{self, Write};

/// Why an attempt failed, for the operator only: whoever tried is told nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Login and proof do not belong together.
    BadCredentials,
    /// The account is suspended, or its party erased.
    Suspended,
    /// The key may not be used from there.
    Network,
    /// The credential holds no more.
    Expired,
    /// The code after the password is none that counts now, or was used before.
    Code,
    /// The code is of minutes ago, or of minutes from now: a clock is wrong, ours or the other.
    Clock,
    /// What is wrong with a certificate of an authority that is trusted, in one word.
    Certificate(&'static str),
    /// Too many failures before it.
    Throttled,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate(word) => return write!(f, "certificate_{word}"),
            Self::BadCredentials => "bad_credentials",
            Self::Suspended => "suspended",
            Self::Network => "network",
            Self::Expired => "expired",
            Self::Code => "code",
            Self::Clock => "clock",
            Self::Throttled => "throttled",
        })
    }
}

/// Logs a failed attempt, one line.
pub(super) fn report(login: &str, origin: Origin, reason: Reason) {
    tracing::warn!(target: "auth", "{}", line(login, origin, reason));
}

fn line(login: &str, origin: Origin, reason: Reason) -> String {
    let (proto, ip) = (origin.protocol, origin.address.to_canonical());
    format!("auth_failed proto={proto} ip={ip} user=\"{}\" reason={reason}", escaped(login))
}

/// Printable ASCII as it is, every other byte, the quote and the backslash as `\xNN`; 256 at most.
fn escaped(login: &str) -> String {
    let mut text = String::new();
    for byte in login.bytes() {
        let plain = (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
        if text.len() + if plain { 1 } else { 4 } > 256 {
            break;
        }
        if plain {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::Protocol;

    const SFTP: Origin = Origin {
        protocol: Protocol::Sftp,
        address: std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)),
    };

    #[test]
    fn the_line_is_the_one_that_fail2ban_knows() {
        assert_eq!(
            line("x", SFTP, Reason::BadCredentials),
            r#"auth_failed proto=sftp ip=192.0.2.7 user="x" reason=bad_credentials"#
        );
        let mapped = Origin { address: "::ffff:192.0.2.7".parse().unwrap(), ..SFTP };
        assert!(line("x", mapped, Reason::Expired).contains("ip=192.0.2.7 "));
    }

    #[test]
    fn no_login_can_forge_a_line() {
        let hostile = "a\"\r\nauth_failed ip=203.0.113.9 \u{1b}[2J\\ \u{e9}";
        assert_eq!(
            escaped(hostile),
            r"a\x22\x0d\x0aauth_failed ip=203.0.113.9 \x1b[2J\x5c \xc3\xa9"
        );
        assert_eq!(escaped(&"\n".repeat(70_000)).len(), 256);
    }
}
