//! DELETE, MOVE, COPY and MKCOL: each one verb of the door.

use super::front::Call;
use super::guard::Depth;
use super::status::Failure;
use super::{Body, empty, path};
use crate::dossier::Error;
use crate::vfs::{Conditions, Remove};
use http::{Response, StatusCode};

/// DELETE (RFC 4918 section 9.6). With a depth it is for a file alone: lftp asks so, to spare folders.
pub(super) async fn delete(
    call: &Call,
    conditions: &Conditions,
) -> Result<Response<Body>, Failure> {
    if call.path.is_root() {
        return Err(Error::Denied.into());
    }
    let what = if whole(call).is_ok() { Remove::Anything } else { Remove::File };
    call.site.vfs.remove(&call.session, &call.path, what, conditions).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// MOVE and COPY (RFC 4918 sections 9.8 and 9.9). Whether it lands on an ancestor or in itself is
/// the door's to see: it knows which names are the same.
pub(super) async fn relocate(
    call: &Call,
    conditions: &Conditions,
) -> Result<Response<Body>, Failure> {
    let copy = call.method.as_str() == "COPY";
    let shallow = copy && call.asked.depth == Some(Depth::Zero);
    if !shallow {
        whole(call)?;
    }
    let asked = &call.asked;
    let destination = asked.destination.as_ref().ok_or(Failure::Malformed("destination"))?;
    if !call.is_here(destination) {
        return Err(Failure::Status(StatusCode::BAD_GATEWAY));
    }
    let to = path::parse(&destination.path)?;
    if to.is_root() || to == call.path {
        return Err(Error::Denied.into());
    }
    let (vfs, session, from) = (&call.site.vfs, &call.session, &call.path);
    let created = if copy {
        vfs.copy(session, from, &to, asked.overwrite, shallow, conditions).await?
    } else {
        vfs.relocate(session, from, &to, asked.overwrite, conditions).await?
    };
    Ok(empty(if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT }))
}

/// MKCOL without a body (RFC 4918 section 9.3).
pub(super) async fn mkcol(
    call: &Call,
    conditions: &Conditions,
    has_body: bool,
) -> Result<Response<Body>, Failure> {
    if has_body {
        return Err(Failure::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    call.site.vfs.make_folder(&call.session, &call.path, conditions).await?;
    Ok(empty(StatusCode::CREATED))
}

/// A folder goes with all that is in it, or not at all.
fn whole(call: &Call) -> Result<(), Failure> {
    match call.asked.depth {
        None | Some(Depth::Infinity) => Ok(()),
        Some(Depth::Zero | Depth::One) => Err(Failure::Malformed("depth")),
    }
}
