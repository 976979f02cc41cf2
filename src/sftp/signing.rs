//! Who signs in on one connection, as far as it has come.
//!
//! Knows russh's answers and `auth`. An account is bound only by a password that was right or a key
//! whose signature was verified, never by an offer. Must not know channels, nor what is done by who
//! has signed in.

use crate::auth::{Auth, Denied, Half, Origin, Progress, Unfit};
use crate::vfs::Session;
use russh::keys::{Algorithm, Certificate};
use russh::server::{self, PublicKeyOffer, VerifiedPublicKey};
use russh::{MethodKind, MethodSet};
use std::borrow::Cow;

/// How one may sign in, the same for every login, so that it tells nothing of one.
pub(super) fn methods() -> MethodSet {
    let ways = [MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password];
    MethodSet::from(ways.as_slice())
}

/// A refusal after which every method may be tried again: without naming them russh would take the
/// one that failed off the list.
pub(super) fn reject() -> server::Auth {
    server::Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false }
}

/// The password was right and is not enough: a code follows, for which there is one way to ask.
fn half_way() -> server::Auth {
    let ways = MethodSet::from([MethodKind::KeyboardInteractive].as_slice());
    server::Auth::Reject { proceed_with_methods: Some(ways), partial_success: true }
}

/// What is asked of a person, or of the program that answers for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Programs know it by this word, and answer it with the password that they have.
    Password,
    /// A code may be seen: it is worth nothing afterwards.
    Code,
}

impl Question {
    fn ask(self) -> server::Auth {
        let prompts: &'static [(Cow<'static, str>, bool)] = match self {
            Self::Password => &[(Cow::Borrowed("Password: "), false)],
            Self::Code => &[(Cow::Borrowed("Code: "), true)],
        };
        server::Auth::Partial {
            name: Cow::Borrowed(""),
            instructions: Cow::Borrowed(""),
            prompts: Cow::Borrowed(prompts),
        }
    }
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
    /// Whose password was right, and a code is to follow.
    half: Option<Half>,
    asked: Option<Question>,
    /// The login for which the client last had a key that is none of its.
    strange: Option<String>,
    /// The login for which the log has why a better one was refused.
    told: Option<String>,
}

impl Signing {
    pub(super) fn new(auth: Auth, origin: Origin) -> Self {
        Self { auth, origin, proved: None, half: None, asked: None, strange: None, told: None }
    }

    pub(super) async fn password(&mut self, login: &str, password: &str) -> server::Auth {
        self.half = None;
        match self.auth.password(login, password, self.origin).await {
            Ok(Progress::Half(half)) => {
                self.half = Some(half);
                half_way()
            }
            Ok(Progress::In(session)) => self.verdict(Ok(session)),
            Err(denied) => self.verdict(Err(denied)),
        }
    }

    /// Asks for the password and, where it is not enough, for the code after it; for the code alone
    /// where the password was right before, on this connection.
    pub(super) async fn interactive(&mut self, login: &str, answer: Option<&str>) -> server::Auth {
        self.half = self.half.take().filter(|half| half.is_of(login));
        let question = match (self.asked.take(), answer) {
            (Some(Question::Password), Some(password)) => {
                match self.password(login, password).await {
                    server::Auth::Reject { partial_success: true, .. } => Question::Code,
                    verdict => return verdict,
                }
            }
            (Some(Question::Code), Some(code)) => return self.code(code).await,
            (None, Some(_)) => return reject(),
            (_, None) if self.half.is_some() => Question::Code,
            (_, None) => Question::Password,
        };
        self.asked = Some(question);
        question.ask()
    }

    async fn code(&mut self, code: &str) -> server::Auth {
        // The user of the connection is another by now.
        let Some(half) = &mut self.half else { return reject() };
        let result = self.auth.code(half, code, self.origin).await;
        self.verdict(result)
    }

    pub(super) async fn offered(&mut self, login: &str, offer: PublicKeyOffer<'_>) -> server::Auth {
        let key = offer.public_key.to_openssh().unwrap_or_default();
        if is_weak(offer.algorithm) {
            return reject();
        }
        match self.auth.offered(login, &key, self.origin).await {
            Ok(()) => server::Auth::Accept,
            Err(unfit) => self.unfit(login, unfit),
        }
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
        match self.auth.public_key(login, &key, self.origin).await {
            Ok(session) => self.verdict(Ok(session)),
            Err(unfit) => self.unfit(login, unfit),
        }
    }

    /// SSH has verified who signed it, that the client has its key, and that it is of today; and that it is
    /// not used with SHA-1 was seen when the key in it was offered.
    pub(super) async fn certificate(
        &mut self,
        login: &str,
        certificate: &Certificate,
    ) -> server::Auth {
        match self.auth.certificate(login, certificate, self.origin).await {
            Ok(session) => self.verdict(Ok(session)),
            Err(unfit) => self.unfit(login, unfit),
        }
    }

    /// A key that is no failure by itself is one when the client has no better.
    fn unfit(&mut self, login: &str, unfit: Unfit) -> server::Auth {
        match unfit {
            Unfit::Strange => self.strange = Some(login.to_owned()),
            Unfit::Refused => self.told = Some(login.to_owned()),
        }
        reject()
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
        if let Some(login) = self.strange.take().filter(|login| self.told.as_ref() != Some(login)) {
            self.auth.left(&login, self.origin);
        }
    }
}
