//! Setting times, shown permissions and dead properties.

use super::asked::Asked;
use super::delivery::listed;
use super::locks::locking::{self, Touch};
use super::target::Target;
use super::{Attributes, Noted, PropertyChange, Session, look};
use crate::catalog::deliveries::{self, ListedIn};
use crate::catalog::locks;
use crate::catalog::shown::{self, Shown};
use crate::catalog::{Conn, Transaction};
use crate::dossier::{Error, Result, Rights};

/// How many dead properties a party may give a node, and how long one may be in bytes.
const MAX_PROPERTIES: usize = 64;
const MAX_PROPERTY: usize = 4_096;
const MAX_NOTES: usize = 16_384;

/// Setting attributes, and setting and removing dead properties: all of it or nothing.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) asked: Asked,
    pub(super) attributes: Attributes,
    pub(super) properties: Vec<PropertyChange>,
}

impl Transaction for Patch {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let session = &self.asked.session;
        let target = self.asked.existing(tx).await?;
        if target.place.leaf.reads_names() {
            return self.listed(tx, &target).await;
        }
        let row = target.existing()?;
        may_change(&target, session)?;
        target.unlocked(&self.asked, tx).await?;
        for (name, value) in &self.properties {
            let length = name.len() + value.as_ref().map_or(0, String::len);
            if length > MAX_PROPERTY {
                return Err(Error::TooMany);
            }
            locks::set_property(tx, row.id, session.party, name, value.as_deref()).await?;
        }
        if !self.properties.is_empty() {
            let all = locks::properties(tx, row.id, session.party).await?;
            let bytes: usize = all.iter().map(|(name, value)| name.len() + value.len()).sum();
            if all.len() > MAX_PROPERTIES || bytes > MAX_NOTES {
                return Err(Error::TooMany);
            }
        }
        shown::change(tx, row, shown(self.attributes), self.asked.door.clock.now()).await
    }
}

impl Patch {
    /// Clients set the time of what they have just delivered; the receipt has its own. It is only listed, and
    /// has nothing else.
    async fn listed(&self, tx: &mut Conn, target: &Target) -> Result<()> {
        let Asked { door, session, path, .. } = &self.asked;
        look::stat(door, tx, session, path).await?;
        if !target.rights(session).has(Rights::PLACE) || !self.properties.is_empty() {
            return Err(Error::Denied);
        }
        let now = door.clock.now();
        if let Some(filed) = listed::filed(tx, session, &target.place, now).await? {
            locking::check(&self.asked, tx, &[filed], Touch::Content).await?;
        }
        let Some(modified) = self.attributes.modified else { return Ok(()) };
        let folder = target.place.listed_in();
        let at = ListedIn { party: session.party, folder: &folder };
        deliveries::set_time(tx, at, &target.key, modified, now).await
    }
}

/// What of it goes into the catalog.
fn shown(attributes: Attributes) -> Shown {
    let Attributes { modified, mode, noted: Noted { created, accessed, bits } } = attributes;
    let [mode, bits] = [mode, bits].map(|bits| bits.map(i64::from));
    Shown { modified, mode, created, accessed, bits }
}

/// Whether the viewer may change what is found.
///
/// # Errors
/// [`Error::Denied`].
pub(super) fn may_change(target: &Target, session: &Session) -> Result<()> {
    let allowed = target.rights(session).has(target.place.to_change());
    let link = target.found.as_ref().is_some_and(|row| row.forward.is_some());
    if allowed && !link { Ok(()) } else { Err(Error::Denied) }
}
