//! What goes wrong, as HTTP says it: one table, and the answers that are not 2xx.

use super::allow::METHODS;
use super::{Body, full};
use crate::dossier::{Error, Language, Refusal};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Response, StatusCode};

/// What a client without credentials is asked for (RFC 7617).
pub(super) const CHALLENGE: &str = r#"Basic realm="loondossier", charset="UTF-8""#;

/// Seconds after which a client may come back when storage was away.
const RETRY_SECONDS: u32 = 5;

/// Why a request was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The door said so.
    Door(Error),
    /// This header or body does not follow its grammar.
    Malformed(&'static str),
    /// A change at an address with a query.
    Query,
    /// PROPFIND without a bound (RFC 4918 section 9.1).
    FiniteDepth,
    /// HTTP itself says so.
    Status(StatusCode),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Door(error)
    }
}

/// The status of an error of the door.
pub(super) fn status(error: Error, method: &Method) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Exists if method.as_str() == "MKCOL" => StatusCode::METHOD_NOT_ALLOWED,
        Error::Precondition if method.as_str() == "UNLOCK" => StatusCode::CONFLICT,
        Error::Exists | Error::Precondition => StatusCode::PRECONDITION_FAILED,
        Error::NoParent | Error::NotEmpty | Error::NotFolder | Error::KindsMeet => {
            StatusCode::CONFLICT
        }
        Error::IsFolder => StatusCode::METHOD_NOT_ALLOWED,
        Error::Denied | Error::Unsupported => StatusCode::FORBIDDEN,
        Error::BadName(_) | Error::Truncated | Error::Checksum => StatusCode::BAD_REQUEST,
        Error::Locked => StatusCode::LOCKED,
        Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Error::NoSpace | Error::TooMany | Error::Refused(Refusal::Quota) => {
            StatusCode::INSUFFICIENT_STORAGE
        }
        Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::SessionEnded => StatusCode::UNAUTHORIZED,
        Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The answer to a request that was not done. What does not exist for the viewer is answered from
/// here alone, so that every such answer has the same bytes.
pub(super) fn refuse(failure: Failure, method: &Method, language: Language) -> Response<Body> {
    let (status, text) = match failure {
        Failure::Door(error) => (status(error, method), error.sentence(language)),
        Failure::Malformed(what) => (StatusCode::BAD_REQUEST, format!("malformed {what}")),
        Failure::Query => (StatusCode::BAD_REQUEST, query(language).to_owned()),
        Failure::Status(status) => (status, String::new()),
        Failure::FiniteDepth => return finite_depth(),
    };
    let mut response = plain(status, text);
    let headers = response.headers_mut();
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static(METHODS));
        }
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
        _ => {}
    }
    response
}

/// Why nothing is changed at an address with a query.
const fn query(language: Language) -> &'static str {
    match language {
        Language::Nl => "Dit adres heeft een vraagteken. Hoort dat bij de naam, schrijf dan %3F.",
        Language::En => "This address has a question mark. If it belongs to the name, write %3F.",
    }
}

/// A status with a sentence.
pub(super) fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// An XML answer that is there as a whole.
pub(super) fn xml(status: StatusCode, text: String) -> Response<Body> {
    let mut response = plain(status, text);
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn finite_depth() -> Response<Body> {
    let text = concat!(
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>"#
    );
    xml(StatusCode::FORBIDDEN, text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::NameFault;

    #[test]
    fn every_error_has_its_status() {
        for (error, expected) in [
            (Error::NotFound, 404),
            (Error::NoParent, 409),
            (Error::Denied, 403),
            (Error::Exists, 412),
            (Error::NotEmpty, 409),
            (Error::IsFolder, 405),
            (Error::NotFolder, 409),
            (Error::KindsMeet, 409),
            (Error::BadName(NameFault::Trailing), 400),
            (Error::Locked, 423),
            (Error::Precondition, 412),
            (Error::TooLarge, 413),
            (Error::NoSpace, 507),
            (Error::Truncated, 400),
            (Error::Checksum, 400),
            (Error::Refused(Refusal::Lhn), 422),
            (Error::Refused(Refusal::Quota), 507),
            (Error::TooMany, 507),
            (Error::Unsupported, 403),
            (Error::SessionEnded, 401),
            (Error::Unavailable, 503),
        ] {
            assert_eq!(status(error, &Method::PUT), expected, "{error:?}");
        }
        let method = |name: &str| Method::from_bytes(name.as_bytes()).unwrap();
        assert_eq!(status(Error::Exists, &method("MKCOL")), 405);
        assert_eq!(status(Error::Precondition, &method("UNLOCK")), 409);
    }

    #[test]
    fn answers_carry_what_a_client_needs_to_go_on() {
        let header = |error: Error, name: http::HeaderName| {
            let answer = refuse(Failure::Door(error), &Method::PUT, Language::Nl);
            answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(header(Error::IsFolder, ALLOW).as_deref(), Some(METHODS));
        assert_eq!(header(Error::SessionEnded, WWW_AUTHENTICATE).as_deref(), Some(CHALLENGE));
        assert_eq!(header(Error::Unavailable, RETRY_AFTER).as_deref(), Some("5"));
        assert_eq!(header(Error::NotFound, RETRY_AFTER), None);
    }
}
