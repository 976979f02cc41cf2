//! HTTP Basic (RFC 7617): the header, and the answers to those who are not let in.

use super::status::{Failure, plain, refuse};
use super::{Body, full};
use crate::auth::{Auth, Denied, Half, Origin, Progress};
use crate::dossier::Language;
use crate::vfs::{Protocol, Session};
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use std::net::IpAddr;

/// Signs in who asks.
///
/// # Errors
/// The answer for who is not let in: the same for every reason but haste.
pub(super) async fn sign_in(
    auth: &Auth,
    headers: &HeaderMap,
    address: IpAddr,
) -> Result<Session, Response<Body>> {
    let origin = Origin { protocol: Protocol::Dav, address };
    let denied = match headers.get(AUTHORIZATION).and_then(credentials) {
        Some((login, secret)) => match auth.password(&login, &secret, origin).await {
            Ok(Progress::In(session)) => return Ok(session),
            Ok(Progress::Half(half)) => return Err(no_room_for_a_code(&half)),
            Err(denied) => denied,
        },
        None => Denied::Refused,
    };
    Err(match denied {
        Denied::Refused => {
            let status = Failure::Status(StatusCode::UNAUTHORIZED);
            refuse(status, &Method::GET, Language::default())
        }
        Denied::Throttled(seconds) => later(StatusCode::TOO_MANY_REQUESTS, seconds),
        Denied::Busy(seconds) => later(StatusCode::SERVICE_UNAVAILABLE, seconds),
    })
}

/// Basic has one secret and nowhere to ask for a code. Who is told so knows the password.
fn no_room_for_a_code(half: &Half) -> Response<Body> {
    let status = Failure::Status(StatusCode::UNAUTHORIZED);
    let mut response = refuse(status, &Method::GET, half.language());
    *response.body_mut() = full(half.language().pick(
        "Dit account gebruikt eenmalige codes: meld u hier aan met een app-wachtwoord, niet met het \
         wachtwoord van het account.",
        "This account has one-time codes: sign in here with an app password, not with the account's \
         password.",
    ).to_owned());
    response
}

fn later(status: StatusCode, seconds: u32) -> Response<Body> {
    let mut response = plain(status, String::new());
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Login and secret. Windows writes `DOMAIN\login`.
fn credentials(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (login, secret) = decoded.split_once(':')?;
    let login = login.rsplit_once('\\').map_or(login, |(_, login)| login);
    Some((login.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        credentials(&HeaderValue::from_str(text).unwrap())
    }

    fn basic(pair: &[u8]) -> Option<(String, String)> {
        read(&format!("Basic {}", BASE64.encode(pair)))
    }

    #[test]
    fn login_and_secret_are_read() {
        let pair = |login: &str, secret: &str| Some((login.to_owned(), secret.to_owned()));
        assert_eq!(basic(b"petra:a:b"), pair("petra", "a:b"));
        assert_eq!(basic(b"KANTOOR\\petra:x\\y"), pair("petra", "x\\y"));
        assert_eq!(basic("josé:ü".as_bytes()), pair("josé", "ü"));
        assert_eq!(read("basic cDp4"), pair("p", "x"));
    }

    #[test]
    fn anything_else_is_nobody() {
        assert_eq!(basic(b"petra"), None);
        assert_eq!(basic(b"\xff:x"), None);
        assert_eq!(read("Bearer cDp4"), None);
        assert_eq!(read("Basic"), None);
        assert_eq!(read("Basic !!!"), None);
    }
}
