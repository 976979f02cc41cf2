//! Turns a login and a proof into a [`Session`]. Nothing gets past without one.

use crate::vfs::{Protocol, Session};
use std::net::IpAddr;

/// Where an attempt to sign in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// By which protocol.
    pub protocol: Protocol,
    /// The real address of the client.
    pub address: IpAddr,
}

/// Why nobody was signed in. Unknown login, wrong secret and suspended account are one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Login and proof do not belong together.
    #[error("bad credentials")]
    Refused,
    /// Too many failures: wait so many seconds.
    #[error("throttled")]
    Throttled(u32),
    /// No room to check a password now: try again in so many seconds.
    #[error("busy")]
    Busy(u32),
}

/// Checks credentials. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Auth {}

impl Auth {
    /// Signs in with an app password or the account's password.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn password(
        &self,
        login: &str,
        secret: &str,
        origin: Origin,
    ) -> Result<Session, Denied> {
        Err(Denied::Refused)
    }

    /// Signs in with an SSH public key whose signature the SSH layer has verified. `key` is its
    /// OpenSSH text: algorithm, blank, base64.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn public_key(
        &self,
        login: &str,
        key: &str,
        origin: Origin,
    ) -> Result<Session, Denied> {
        Err(Denied::Refused)
    }

    /// Whether it is worth asking the client for a signature with this key. Signs nobody in.
    pub async fn offered(&self, login: &str, key: &str, origin: Origin) -> bool {
        false
    }
}
