//! What belongs to one connection, from its first byte to its last. Holds it only.

use super::limits::{Limits, Member};
use super::rest::Rest;
use crate::auth::{Auth, Origin};
use crate::clock::Clock;
use crate::net::Place;
use crate::vfs::{Session, Vfs};
use std::sync::{Arc, Mutex, Once, OnceLock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the handler, the channels and the keeper of one connection share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) vfs: Vfs,
    pub(super) auth: Auth,
    pub(super) clock: Clock,
    pub(super) origin: Origin,
    pub(super) limits: Arc<Limits>,
    /// A stranger until somebody signs in.
    pub(super) stranger: Mutex<Option<Place>>,
    /// Who signed in.
    pub(super) member: OnceLock<(Arc<Session>, Member)>,
    /// Cancelled once somebody signed in.
    pub(super) signed_in: CancellationToken,
    /// Cancelled when the server stops: what was asked is still done.
    pub(super) stop: CancellationToken,
    /// Cancelled to end the connection now.
    pub(super) cut: CancellationToken,
    pub(super) channels: TaskTracker,
    /// How long nothing may be done.
    pub(super) rest: Arc<Rest>,
    /// Done once it was told what the client did wrong, in however many sessions.
    pub(super) told: Once,
}
