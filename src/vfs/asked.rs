//! What a verb that changes something is asked with, taken along into its transaction.

use super::door::Door;
use super::target::{self, Target};
use super::{Conditions, Session, look};
use crate::catalog::Conn;
use crate::dossier::{DossierPath, Error, Result};
use std::sync::Arc;

/// Who asks for a change, of what, and under which conditions.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) door: Arc<Door>,
    pub(super) session: Session,
    /// What is to be changed; of a move or copy, the source.
    pub(super) path: DossierPath,
    pub(super) conditions: Conditions,
    /// What the request names, where that is not what is changed: where a delivery comes from.
    pub(super) about: Option<DossierPath>,
}

impl Asked {
    /// Without any condition.
    pub(super) fn of(door: &Arc<Door>, session: &Session, path: DossierPath) -> Self {
        let conditions = Conditions::default();
        Self { door: Arc::clone(door), session: session.clone(), path, conditions, about: None }
    }

    /// The same of another path: whether a change is made at all was judged by its own conditions, and what it
    /// does there is held up by locks alone.
    pub(super) fn at(&self, path: DossierPath) -> Self {
        let tokens = self.conditions.tokens.clone();
        let conditions = Conditions { tokens, ..Conditions::default() };
        Self { conditions, ..Self::of(&self.door, &self.session, path) }
    }

    /// The same, to put what is at its path at another: with what it was asked under, and where a name may be
    /// taken or not.
    pub(super) fn put_at(&self, path: &DossierPath, overwrite: bool) -> Self {
        let conditions = Conditions { absent: !overwrite, ..self.conditions.clone() };
        let (path, about) = (path.clone(), Some(self.path.clone()));
        Self { path, conditions, about, ..self.clone() }
    }

    /// What is at the path now, if the session still lives and the conditions hold.
    ///
    /// # Errors
    /// As [`target::aim_at_existing`] and [`Asked::check_conditions`]; [`Error::SessionEnded`].
    pub(super) async fn existing(&self, tx: &mut Conn) -> Result<Target> {
        self.session.check()?;
        let mut target = target::aim_at_existing(&self.door, tx, &self.session, &self.path).await?;
        // What waited was taken in, and is only listed.
        if let Some(place) = target.place.waits_for.take_if(|_| target.found.is_none()) {
            target = target::within(tx, &self.session, *place).await?;
        }
        self.check_conditions(tx).await?;
        Ok(target)
    }

    /// The same of what is to be moved: what was delivered is only listed, and stays.
    ///
    /// # Errors
    /// As [`Asked::existing`]; [`Error::Denied`], [`Error::NotFound`].
    pub(super) async fn movable(&self, tx: &mut Conn) -> Result<Target> {
        let target = self.existing(tx).await?;
        if target.place.leaf.reads_names() {
            look::stat(&self.door, tx, &self.session, &self.path).await?;
            return Err(Error::Denied);
        }
        Ok(target)
    }
}
