//! Signing in with an SSH key: what a client offers, and what it proves.

use super::failure::{Reason, report};
use super::{Attempt, Auth, Denied, Origin, key, reason};
use crate::catalog::accounts::Subject;
use crate::catalog::credentials::CredentialKind;
use crate::vfs::Session;

/// What a key that a client offers is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A signature with it would sign in.
    Good,
    /// It is no key of that account. Clients offer all they have, so one alone is no failure.
    Strange,
    /// It is the account's own and worth nothing now.
    Refused,
}

impl Auth {
    /// Signs in with an SSH public key whose signature the SSH layer has verified. `key` is its
    /// OpenSSH text: algorithm, blank, base64. A wrong one is logged but not counted: nobody guesses
    /// keys, and clients offer all they have.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn public_key(
        &self,
        login: &str,
        key: &str,
        origin: Origin,
    ) -> Result<Session, Denied> {
        let attempt = Attempt::new(login, origin);
        let subject = self.holder(&attempt, key).await?;
        match (self.ground(subject.as_ref(), origin), subject) {
            (Ok(ground), Some(subject)) => Ok(self.open(subject, ground, origin)),
            (ground, _) => {
                report(&attempt.login, origin, reason(ground));
                Err(Denied::Refused)
            }
        }
    }

    /// Whether it is worth asking the client for a signature with this key. Signs nobody in. Why a key
    /// of the account's own is worth nothing is logged here, for no signature follows.
    pub async fn offered(&self, login: &str, key: &str, origin: Origin) -> Offer {
        let attempt = Attempt::new(login, origin);
        let Ok(subject) = self.holder(&attempt, key).await else { return Offer::Refused };
        match self.ground(subject.as_ref(), origin) {
            Ok(_) => Offer::Good,
            Err(Reason::BadCredentials) => Offer::Strange,
            Err(reason) => {
                report(&attempt.login, origin, reason);
                Offer::Refused
            }
        }
    }

    /// Logs that who offered [`Offer::Strange`] keys went without having signed in.
    pub fn left(&self, login: &str, origin: Origin) {
        report(&Attempt::new(login, origin).login, origin, Reason::BadCredentials);
    }

    /// The account of a login with the live key that this is, if there is one.
    async fn holder(&self, attempt: &Attempt, key: &str) -> Result<Option<Subject>, Denied> {
        match key::fingerprint(key) {
            Some(found) => self.subject(attempt, Some((CredentialKind::Key, &found))).await,
            None => Ok(None),
        }
    }
}
