//! Who signs in on one connection, as far as it has come.
//!
//! Knows russh's answers and `auth`. An account is bound only by a password that was right or a key
//! whose signature was verified, never by an offer. Must not know channels, nor what is done by who
//! has signed in.

use crate::auth::{Auth, Denied, Offer, Origin};
use crate::vfs::Session;
use russh::keys::Algorithm;
use russh::server::{self, PublicKeyOffer, VerifiedPublicKey};
use russh::{MethodKind, MethodSet};

/// How one may sign in.
pub(super) fn methods() -> MethodSet {
    MethodSet::from([MethodKind::PublicKey, MethodKind::Password].as_slice())
}

/// A refusal after which both methods may be tried again: without naming them russh would take the
/// one that failed off the list.
pub(super) fn reject() -> server::Auth {
    server::Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false }
}

/// Whether a key is used with SHA-1.
fn is_weak(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { hash: None })
}

/// What one client has shown so far.
#[derive(Debug)]
pub(super) struct Signing {
    auth: Auth,
    origin: Origin,
    /// Who proved to be whom, until SSH has told the client.
    proved: Option<Session>,
    /// The login for which the client last offered a key that is none of its.
    strange: Option<String>,
}

impl Signing {
    pub(super) fn new(auth: Auth, origin: Origin) -> Self {
        Self { auth, origin, proved: None, strange: None }
    }

    pub(super) async fn password(&mut self, login: &str, password: &str) -> server::Auth {
        let result = self.auth.password(login, password, self.origin).await;
        self.verdict(result)
    }

    pub(super) async fn offered(&mut self, login: &str, offer: PublicKeyOffer<'_>) -> server::Auth {
        let key = offer.public_key.to_openssh().unwrap_or_default();
        if is_weak(offer.algorithm) {
            return reject();
        }
        let offer = self.auth.offered(login, &key, self.origin).await;
        if offer == Offer::Strange {
            self.strange = Some(login.to_owned());
        }
        if offer == Offer::Good { server::Auth::Accept } else { reject() }
    }

    pub(super) async fn public_key(
        &mut self,
        login: &str,
        key: VerifiedPublicKey<'_>,
    ) -> server::Auth {
        if is_weak(key.algorithm) {
            return reject();
        }
        let key = key.public_key.to_openssh().unwrap_or_default();
        let result = self.auth.public_key(login, &key, self.origin).await;
        self.verdict(result)
    }

    /// Who signed in, once SSH has told the client.
    pub(super) fn finish(&mut self) -> Option<Session> {
        let session = self.proved.take()?;
        self.strange = None;
        Some(session)
    }

    /// `auth` has said why in the log; the client learns only that it was not this.
    fn verdict(&mut self, result: Result<Session, Denied>) -> server::Auth {
        match result {
            Ok(session) => {
                self.proved = Some(session);
                server::Auth::Accept
            }
            Err(Denied::Refused | Denied::Throttled(_) | Denied::Busy(_)) => reject(),
        }
    }
}

impl Drop for Signing {
    /// The connection is over.
    fn drop(&mut self) {
        if let Some(login) = self.strange.take() {
            self.auth.left(&login, self.origin);
        }
    }
}
