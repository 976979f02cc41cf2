//! One request: who asks, what the headers say, and which verb.

use super::allow::{self, METHODS};
use super::auth::sign_in;
use super::get::{self, Files};
use super::guard::{Asked, Destination};
use super::status::{Failure, refuse};
use super::{Body, body, conditions, empty, locks, path, propfind, proppatch, put, relocate};
use crate::auth::Auth;
use crate::dossier::{DossierPath, Error};
use crate::net::{Handler, Upload};
use crate::vfs::{Session, Vfs};
use http::header::{ALLOW, AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body::Body as _;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What is done to what a path leads to: at the name of a file with a slash behind it nothing is.
const OF_WHAT_IS_THERE: [&str; 6] = ["PROPPATCH", "LOCK", "UNLOCK", "DELETE", "COPY", "MOVE"];

/// What is refused at an address with a query: it may be the end of a name that a client did not escape, and what has the
/// name without it is another. No client is known to send one with these.
const CHANGES: [&str; 7] = ["PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK"];

/// WebDAV on a dossier.
pub struct Site {
    pub(super) vfs: Vfs,
    pub(super) auth: Auth,
    pub(super) files: Files,
    public_hosts: Vec<String>,
}

impl Site {
    /// Through this door. `public_hosts` are those, besides a request's own, that a `Destination` may
    /// name.
    pub fn new(vfs: Vfs, auth: Auth, public_hosts: Vec<String>) -> Self {
        Self { vfs, auth, files: get::files(), public_hosts }
    }

    async fn respond(
        self: Arc<Self>,
        client: IpAddr,
        head: &Parts,
        body: &mut Upload,
    ) -> Response<Body> {
        if head.method == Method::OPTIONS && !head.headers.contains_key(AUTHORIZATION) {
            return options(METHODS);
        }
        let session = match sign_in(&self.auth, &head.headers, client).await {
            Ok(session) => session,
            Err(response) => return response,
        };
        let language = session.language;
        match Call::read(self, session, head) {
            Ok(call) => match dispatch(&call, body).await {
                Ok(response) => response,
                Err(failure) => call.refuse(failure).await,
            },
            Err(failure) => refuse(failure, &head.method, language),
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("public_hosts", &self.public_hosts).finish_non_exhaustive()
    }
}

impl Handler for Site {
    async fn answer(
        self: Arc<Self>,
        client: IpAddr,
        head: &Parts,
        body: &mut Upload,
    ) -> Response<Body> {
        let mut response = self.respond(client, head, body).await;
        response.headers_mut().insert("dav", HeaderValue::from_static("1,2"));
        response
    }
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
    /// Whether a folder is where the path leads.
    ///
    /// # Errors
    /// As [`crate::vfs::Vfs::stat`].
    pub(super) async fn finds_folder(&self) -> crate::dossier::Result<bool> {
        Ok(self.site.vfs.stat(&self.session, &self.path).await?.folder)
    }

    /// The methods that are allowed on what is there; where nothing is for the viewer, all of them.
    ///
    /// # Errors
    /// As [`crate::vfs::Vfs::stat`], but [`Error::NotFound`].
    async fn allowed(&self) -> crate::dossier::Result<String> {
        match self.site.vfs.stat(&self.session, &self.path).await {
            Ok(entry) if entry.folder || !self.slash => {
                Ok(allow::methods(&entry, self.session.scope.writes()))
            }
            Ok(_) | Err(Error::NotFound) => Ok(METHODS.to_owned()),
            Err(error) => Err(error),
        }
    }

    /// The answer to a request that was not done. With 405 comes what is allowed, of which that is none.
    async fn refuse(&self, failure: Failure) -> Response<Body> {
        let mut response = refuse(failure, &self.method, self.session.language);
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = self.allowed().await.unwrap_or_else(|_| METHODS.to_owned());
            let others = allowed.split(", ").filter(|method| *method != self.method.as_str());
            set_allow(&mut response, &others.collect::<Vec<_>>().join(", "));
        }
        response
    }

    /// Whether the method changes nothing.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "PROPFIND")
    }

    /// Whether a destination is on this server, and nobody else's.
    pub(super) fn is_here(&self, destination: &Destination) -> bool {
        let own = |login: &String| login.eq_ignore_ascii_case(&self.session.login);
        destination.login.as_ref().is_none_or(own)
            && destination.is_here(self.host.as_deref(), &self.site.public_hosts)
    }
}

impl Call {
    fn read(site: Arc<Site>, session: Session, head: &Parts) -> Result<Self, Failure> {
        let Parts { method, headers, uri, .. } = head;
        if uri.query().is_some() && CHANGES.contains(&method.as_str()) {
            return Err(Failure::Query);
        }
        let asked = Asked::read(method, headers)?;
        let path = path::parse(uri.path())?;
        let host = uri.authority().map(http::uri::Authority::as_str);
        let host = host.or_else(|| headers.get(HOST).and_then(|h| h.to_str().ok()));
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

async fn dispatch(call: &Call, body: &mut Upload) -> Result<Response<Body>, Failure> {
    let method = call.method.as_str();
    if call.method == Method::OPTIONS {
        return Ok(options(&call.allowed().await?));
    }
    if !METHODS.split(", ").any(|known| known == method) {
        return Err(Failure::Status(StatusCode::METHOD_NOT_ALLOWED));
    }
    // Pages live there, and there are none yet.
    if call.path.parts().first().is_some_and(|part| part == "-") {
        return Err(Error::NotFound.into());
    }
    let conditions = conditions::read(call)?;
    if call.reads() && !conditions.lists.is_empty() {
        call.site.vfs.check_conditions(&call.session, &call.path, &conditions).await?;
    }
    if call.slash && OF_WHAT_IS_THERE.contains(&method) && !call.finds_folder().await? {
        return Err(Error::NotFound.into());
    }
    match method {
        "GET" | "HEAD" => get::get(call).await,
        "PUT" => put::put(call, body, conditions).await,
        "PROPFIND" => propfind::propfind(call, &body::small(&mut *body).await?).await,
        "PROPPATCH" => {
            proppatch::proppatch(call, &body::small(&mut *body).await?, &conditions).await
        }
        "LOCK" => locks::lock(call, &body::small(&mut *body).await?, &conditions).await,
        "UNLOCK" => locks::unlock(call, &conditions).await,
        "DELETE" => relocate::delete(call, &conditions).await,
        "MKCOL" => relocate::mkcol(call, &conditions, !body.is_end_stream()).await,
        _ => relocate::relocate(call, &conditions).await,
    }
}

/// What is answered to OPTIONS. Windows asks before it has credentials, on every path: to nobody in particular all is
/// allowed that is spoken here, which `Public` says to everybody (RFC 2068 section 14.35), as Windows' own server does.
fn options(allowed: &str) -> Response<Body> {
    let mut response = empty(StatusCode::OK);
    set_allow(&mut response, allowed);
    let headers = response.headers_mut();
    headers.insert("public", HeaderValue::from_static(METHODS));
    headers.insert("ms-author-via", HeaderValue::from_static("DAV"));
    response
}

fn set_allow(response: &mut Response<Body>, methods: &str) {
    if let Ok(methods) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(ALLOW, methods);
    }
}
