//! One request: who asks, what the headers say, which verb, and the headers of the answer.

use super::auth::sign_in;
use super::get::Files;
use super::guard::{Asked, Destination};
use super::status::{Failure, METHODS, refuse};
use super::{Body, Config, address, conditions, empty, get, locks, path, propfind, proppatch, put};
use super::{relocate, upload};
use crate::auth::Auth;
use crate::dossier::{DossierPath, Error};
use crate::vfs::{Session, Vfs};
use http::header::{ALLOW, CONTENT_LENGTH, EXPECT, HOST, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use std::net::IpAddr;
use std::sync::Arc;

/// The most headers of one request, and their length together.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// What every request needs.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) vfs: Vfs,
    pub(super) auth: Auth,
    pub(super) config: Config,
    pub(super) files: Files,
}

/// A request of somebody who signed in, with its headers read.
pub(super) struct Call {
    pub(super) site: Arc<Site>,
    pub(super) session: Session,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) asked: Asked,
    pub(super) path: DossierPath,
    /// Whether the URI ends in a slash: it means a folder.
    pub(super) slash: bool,
    /// The host that the request is for.
    host: Option<String>,
}

impl Call {
    /// Whether the method changes nothing.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "PROPFIND")
    }

    /// Whether a destination is on this server.
    pub(super) fn is_here(&self, destination: &Destination) -> bool {
        destination.is_here(self.host.as_deref(), &self.site.config.public_hosts)
    }
}

/// Answers a request. It runs as a task of its own: a client that goes away does not stop a change
/// half way, and a panic ends that task and nothing else.
pub(super) async fn answer(
    site: Arc<Site>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Body> {
    let method = request.method().clone();
    let handled = tokio::spawn(handle(site, peer, request)).await;
    let mut response = handled.unwrap_or_else(|failure| {
        tracing::error!(%method, %failure, "a request panicked");
        empty(StatusCode::INTERNAL_SERVER_ERROR)
    });
    let headers = response.headers_mut();
    headers.insert("dav", HeaderValue::from_static("1,2"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if method == Method::HEAD { without_body(response) } else { response }
}

/// The headers alone, with the length that the body has.
fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, super::full(String::new()))
}

async fn handle(site: Arc<Site>, peer: IpAddr, request: Request<Incoming>) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    let response = respond(site, peer, &head, &mut body).await;
    if body.is_end_stream() {
        return response;
    }
    // A client whose body is dropped while it still sends may miss the answer. Over HTTP/2 some also
    // end their body too early when the answer comes first, which resets the stream. Over HTTP/1 a
    // client that waits to be told to send has nothing on its way.
    if head.version == Version::HTTP_2 {
        upload::drop_rest(body).await;
    } else if !head.headers.contains_key(EXPECT) {
        tokio::spawn(upload::drop_rest(body));
    }
    response
}

async fn respond(
    site: Arc<Site>,
    peer: IpAddr,
    head: &Parts,
    body: &mut Incoming,
) -> Response<Body> {
    if head.method == Method::OPTIONS {
        return options();
    }
    if is_long(&head.headers) {
        return empty(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let address = address::client(peer, &head.headers, &site.config.trusted_proxies);
    let session = match sign_in(&site.auth, &head.headers, address).await {
        Ok(session) => session,
        Err(response) => return response,
    };
    let language = session.language;
    let answered = match Call::read(site, session, head) {
        Ok(call) => dispatch(&call, body).await,
        Err(failure) => Err(failure),
    };
    answered.unwrap_or_else(|failure| refuse(failure, &head.method, language))
}

impl Call {
    fn read(site: Arc<Site>, session: Session, head: &Parts) -> Result<Self, Failure> {
        let Parts { method, headers, uri, .. } = head;
        let asked = Asked::read(method, headers)?;
        let path = path::parse(uri.path())?;
        let host = headers.get(HOST).and_then(|h| h.to_str().ok());
        let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
        Ok(Self {
            site,
            session,
            method: method.clone(),
            headers: headers.clone(),
            asked,
            path,
            slash: uri.path().ends_with('/'),
            host: host.map(str::to_owned),
        })
    }
}

async fn dispatch(call: &Call, body: &mut Incoming) -> Result<Response<Body>, Failure> {
    let method = call.method.as_str();
    if !METHODS.split(", ").any(|known| known == method) {
        return Err(Failure::Status(StatusCode::METHOD_NOT_ALLOWED));
    }
    // Pages live there, and there are none yet.
    if call.path.parts().first().is_some_and(|part| part == "-") {
        return Err(Error::NotFound.into());
    }
    if method == "UNLOCK" {
        return locks::unlock(call).await;
    }
    let conditions = conditions::check(call).await?;
    match method {
        "GET" | "HEAD" => get::get(call).await,
        "PUT" => put::put(call, body, conditions).await,
        "PROPFIND" => propfind::propfind(call, &upload::small(body).await?).await,
        "PROPPATCH" => proppatch::proppatch(call, &upload::small(body).await?, &conditions).await,
        "LOCK" => locks::lock(call, &upload::small(body).await?, &conditions).await,
        "DELETE" => relocate::delete(call, &conditions).await,
        "MKCOL" => relocate::mkcol(call, &conditions, !body.is_end_stream()).await,
        _ => relocate::relocate(call, &conditions).await,
    }
}

/// What is answered to anybody: Windows asks before it has credentials, on every path.
fn options() -> Response<Body> {
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(METHODS));
    headers.insert("ms-author-via", HeaderValue::from_static("DAV"));
    response
}

fn is_long(headers: &HeaderMap) -> bool {
    let bytes: usize = headers.iter().map(|(name, v)| name.as_str().len() + v.len()).sum();
    headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES
}
