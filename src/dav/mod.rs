//! WebDAV class 1 and 2 (RFC 4918).
//!
//! A thin translation: headers and XML to verbs of the door and back. Knows `vfs`, `auth` and the
//! rules' errors; must not know the catalog, the blobs, another protocol or connections (those are
//! `net`'s, which is given [`Site`]), and decides nothing about who may see what. dav-server streams
//! files (`get`); everything else is done here, because its other handlers delete before they replace,
//! recurse into XML, and take no errors of ours.

mod allow;
mod auth;
mod body;
mod conditions;
mod front;
#[cfg(test)]
pub(crate) mod fuzzing;
mod get;
mod guard;
mod if_header;
mod locks;
mod mime;
mod multistatus;
mod path;
mod propfind;
mod proppatch;
mod props;
mod put;
mod range;
mod relocate;
mod status;
mod windows;
mod xml;

pub use front::Site;

use crate::net::Body;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};

/// A body that is there as a whole.
fn full(text: String) -> Body {
    Full::from(text).map_err(|never| match never {}).boxed_unsync()
}

/// An answer without a body.
fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(String::new()));
    *response.status_mut() = status;
    response
}
