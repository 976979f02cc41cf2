//! What a verb that changes something is asked with, taken along into its transaction.

use super::door::Door;
use super::target::{self, Target};
use super::{Conditions, Session};
use crate::catalog::Conn;
use crate::dossier::{DossierPath, Result};
use std::sync::Arc;

/// Who asks for a change, of what, and under which conditions.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) door: Arc<Door>,
    pub(super) session: Session,
    /// What is to be changed; of a move or copy, the source.
    pub(super) path: DossierPath,
    pub(super) conditions: Conditions,
}

impl Asked {
    /// What is at the path now, if the session still lives.
    ///
    /// # Errors
    /// As [`target::aim_at_existing`]; `Error::SessionEnded`.
    pub(super) async fn existing(&self, tx: &mut Conn) -> Result<Target> {
        self.session.check()?;
        let target = target::aim_at_existing(&self.door, tx, &self.session, &self.path).await?;
        match target.place.waits_for {
            // What waited was taken in, and is only listed.
            Some(place) if target.found.is_none() => {
                target::within(tx, &self.session, *place).await
            }
            _ => Ok(target),
        }
    }
}
