//! One request: who sent it, what is the same for everything that answers, and what becomes of the rest
//! of its body.

use super::bodies::{Download, Upload};
use super::connection::Connections;
use super::pace::Progress;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, EXPECT, HOST, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// The most headers of one request, and their length together in bytes.
pub(super) const MAX_HEADERS: usize = 100;
pub(super) const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request of the client at this address. It runs as a task of its own: a client that goes
    /// away does not stop it half way, and a panic ends this request and nothing else.
    fn answer(
        self: Arc<Self>,
        client: IpAddr,
        head: &Parts,
        body: &mut Upload,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Has a request of a peer answered.
pub(super) async fn answer<H: Handler>(
    connections: Arc<Connections<H>>,
    peer: IpAddr,
    progress: Arc<Progress>,
    request: Request<Incoming>,
) -> Response<Download<Body>> {
    let running = progress.begin(request.version() == Version::HTTP_2);
    let (head, body) = request.into_parts();
    let upload = Upload::new(body, Arc::clone(&running));
    let method = head.method.clone();
    let client = connections.client(peer, &head.headers);
    let response = match connections.ask(client) {
        None => busy(),
        Some(place) => {
            running.keep(place);
            let handler = Arc::clone(&connections.handler);
            let handled = tokio::spawn(handle(handler, client, head, upload)).await;
            handled.unwrap_or_else(|failure| {
                tracing::error!(%method, %failure, "a request panicked");
                status(StatusCode::INTERNAL_SERVER_ERROR)
            })
        }
    };
    let mut response = if method == Method::HEAD { without_body(response) } else { response };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.map(|body| Download::new(body, running))
}

async fn handle<H: Handler>(
    handler: Arc<H>,
    client: IpAddr,
    head: Parts,
    mut body: Upload,
) -> Response<Body> {
    let response = if is_long(&head.headers) {
        status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else if !is_for_one_host(&head) {
        status(StatusCode::BAD_REQUEST)
    } else {
        handler.answer(client, &head, &mut body).await
    };
    if body.is_end_stream() {
        return response;
    }
    // A client whose body is dropped while it still sends may miss the answer. Over HTTP/2 some also
    // end their body too early when the answer comes first, which resets the stream. Over HTTP/1 a
    // client that waits to be told to send has nothing on its way.
    if head.version == Version::HTTP_2 {
        body.read_rest().await;
    } else if !head.headers.contains_key(EXPECT) {
        tokio::spawn(body.read_rest());
    }
    response
}

/// Whether it names no two hosts, and one where HTTP/1.1 asks for it (RFC 9112 section 3.2).
fn is_for_one_host(head: &Parts) -> bool {
    match head.headers.get_all(HOST).iter().count() {
        0 => head.version != Version::HTTP_11,
        count => count == 1,
    }
}

fn is_long(headers: &HeaderMap) -> bool {
    let bytes: usize = headers.iter().map(|(name, v)| name.as_str().len() + v.len()).sum();
    headers.len() > MAX_HEADERS
        || !u32::try_from(bytes).is_ok_and(|bytes| bytes <= MAX_HEADER_BYTES)
}

/// The headers alone, with the length that the body has.
fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, nothing())
}

/// The answer to a source that has too many requests at once.
fn busy() -> Response<Body> {
    let mut response = status(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// An answer that says no more than its status.
fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(nothing());
    *response.status_mut() = status;
    response
}

fn nothing() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
