//! LOCK and UNLOCK (RFC 4918 sections 9.10 and 9.11).

use super::front::Call;
use super::guard::Depth;
use super::status::{Failure, xml};
use super::xml::{Document, Node};
use super::{Body, empty, multistatus, path};
use crate::vfs::{Conditions, Lock, LockRequest};
use http::{HeaderValue, Response, StatusCode};

/// The longest owner, in bytes.
const MAX_OWNER: usize = 1024;

const MALFORMED: Failure = Failure::Malformed("lockinfo body");

/// Locks, or without a body gives a lock its time again.
pub(super) async fn lock(
    call: &Call,
    body: &[u8],
    conditions: &Conditions,
) -> Result<Response<Body>, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return refresh(call, conditions).await;
    }
    let mut request = read(body)?;
    request.deep = match call.asked.depth {
        None | Some(Depth::Infinity) => true,
        Some(Depth::Zero) => false,
        Some(Depth::One) => return Err(Failure::Malformed("depth")),
    };
    request.timeout = call.asked.timeout;
    let vfs = &call.site.vfs;
    let (lock, made) = vfs.lock(&call.session, &call.path, request, conditions).await?;
    let token = lock.token.as_ref().map(|token| format!("<{token}>"));
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = discovery(call, status, lock).await;
    if let Some(token) = token.and_then(|t| HeaderValue::try_from(t).ok()) {
        response.headers_mut().insert("lock-token", token);
    }
    Ok(response)
}

async fn refresh(call: &Call, conditions: &Conditions) -> Result<Response<Body>, Failure> {
    if conditions.tokens.is_empty() {
        return Err(Failure::Malformed("if"));
    }
    let (vfs, timeout) = (&call.site.vfs, call.asked.timeout);
    let lock = vfs.refresh_lock(&call.session, &call.path, timeout, conditions).await?;
    Ok(discovery(call, StatusCode::OK, lock).await)
}

/// Ends a lock.
pub(super) async fn unlock(
    call: &Call,
    conditions: &Conditions,
) -> Result<Response<Body>, Failure> {
    let token = call.asked.lock_token.as_ref().ok_or(Failure::Malformed("lock-token"))?;
    call.site.vfs.unlock(&call.session, &call.path, token, conditions).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

async fn discovery(call: &Call, status: StatusCode, lock: Lock) -> Response<Body> {
    // A folder is named alike however it was asked for.
    let folder = call.slash || call.finds_folder().await.unwrap_or_default();
    let href = path::href(&call.path, folder);
    xml(status, multistatus::locked(&href, lock))
}

/// Reads `lockinfo`; depth and timeout are headers.
fn read(body: &[u8]) -> Result<LockRequest, Failure> {
    let document = Document::parse(body).map_err(|_| MALFORMED)?;
    let root = document.root().filter(|r| r.is_dav("lockinfo")).ok_or(MALFORMED)?;
    let scope = root.child("lockscope").ok_or(MALFORMED)?;
    let kind = root.child("locktype").ok_or(MALFORMED)?;
    let exclusive = match [scope.child("exclusive"), scope.child("shared")].map(|n| n.is_some()) {
        [true, false] => true,
        [false, true] => false,
        _ => return Err(MALFORMED),
    };
    kind.child("write").ok_or(MALFORMED)?;
    let owner = root.child("owner").map(Node::xml).unwrap_or_default();
    if owner.len() > MAX_OWNER {
        return Err(Failure::Malformed("owner"));
    }
    Ok(LockRequest { exclusive, deep: false, owner, timeout: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(scope: &str, owner: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>{owner}</D:lockinfo>"#
        )
    }

    #[test]
    fn a_lock_request_keeps_what_its_owner_says() {
        let text = body("exclusive", "<D:owner><D:href>DESKTOP\\petra</D:href></D:owner>");
        let request = read(text.as_bytes()).unwrap();
        assert!(request.exclusive);
        assert_eq!(
            request.owner,
            r#"<D:owner xmlns:D="DAV:"><D:href>DESKTOP\petra</D:href></D:owner>"#
        );
        let request = read(body("shared", "").as_bytes()).unwrap();
        assert!(!request.exclusive && request.owner.is_empty());
    }

    #[test]
    fn what_is_no_lock_request_is_refused() {
        let both = body("exclusive", "").replace("<D:exclusive/>", "<D:exclusive/><D:shared/>");
        let read_lock = body("shared", "").replace("D:write", "D:read");
        for text in ["<a/>", &body("other", ""), &both, &read_lock] {
            assert_eq!(read(text.as_bytes()), Err(MALFORMED), "{text}");
        }
        let long = body("shared", &format!("<D:owner>{}</D:owner>", "x".repeat(1024)));
        assert_eq!(read(long.as_bytes()), Err(Failure::Malformed("owner")));
    }

    #[test]
    fn the_answer_shows_the_lock() {
        let lock = Lock {
            token: Some("urn:uuid:1".into()),
            exclusive: true,
            deep: false,
            owner: String::new(),
            timeout: 600,
            above: 0,
        };
        insta::assert_snapshot!(multistatus::locked("/a", lock), @r#"<?xml version="1.0" encoding="utf-8"?><D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth><D:timeout>Second-600</D:timeout><D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken><D:lockroot><D:href>/a</D:href></D:lockroot></D:activelock></D:lockdiscovery></D:prop>"#);
    }
}
