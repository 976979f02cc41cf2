//! Signing in with an SSH key: what a client offers, and what it proves.

use super::failure::{Reason, report};
use super::{Attempt, Auth, Denied, Origin, key};
use crate::catalog::accounts::Subject;
use crate::catalog::authorities;
use crate::catalog::credentials::CredentialKind;
use crate::vfs::Session;

/// Why a key, or a certificate, that a client has signs nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is none of that account. Clients offer all they have, so one alone is no failure.
    Strange,
    /// It is the account's own and worth nothing now. The log says why.
    Refused,
}

impl Attempt {
    /// What a reason means for a key; all but that it is a strange one is logged.
    pub(super) fn refuse(&self, reason: Reason) -> Unfit {
        if reason == Reason::BadCredentials {
            return Unfit::Strange;
        }
        report(&self.login, self.origin, reason);
        Unfit::Refused
    }
}

impl Auth {
    /// Signs in with an SSH public key whose signature the SSH layer has verified. `key` is its
    /// OpenSSH text: algorithm, blank, base64. A wrong one is not counted: nobody guesses keys.
    ///
    /// # Errors
    /// What it is instead.
    pub async fn public_key(
        &self,
        login: &str,
        key: &str,
        origin: Origin,
    ) -> Result<Session, Unfit> {
        let attempt = Attempt::new(login, origin);
        let subject = self.holder(&attempt, key).await.map_err(|_| Unfit::Refused)?;
        match (self.ground(subject.as_ref(), origin), subject) {
            (Ok(ground), Some(subject)) => Ok(self.open(subject, ground, origin)),
            (ground, _) => Err(attempt.refuse(super::reason(ground))),
        }
    }

    /// Whether it is worth asking the client for a signature with this key. Signs nobody in.
    ///
    /// The SSH layer does not tell whether there is a certificate around the key. So where any party has
    /// an authority, every key may be one that it vouches for, whatever the login; what it is worth is
    /// judged, and logged, when the signature has come.
    ///
    /// # Errors
    /// What it is instead. Why a key of the account's own is worth nothing is logged here, for no
    /// signature follows.
    pub async fn offered(&self, login: &str, key: &str, origin: Origin) -> Result<(), Unfit> {
        let attempt = Attempt::new(login, origin);
        let subject = self.holder(&attempt, key).await.map_err(|_| Unfit::Refused)?;
        let Err(reason) = self.ground(subject.as_ref(), origin) else { return Ok(()) };
        let vouched = async {
            let mut conn = self.0.db.reader().await?;
            authorities::any(&mut conn).await
        };
        if key::is_strong(key) && vouched.await.map_err(|_| Unfit::Refused)? {
            return Ok(());
        }
        Err(attempt.refuse(reason))
    }

    /// Logs that who had [`Unfit::Strange`] keys went without having signed in.
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
