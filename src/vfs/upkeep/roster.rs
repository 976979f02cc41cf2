//! The roster at the door: what a plan says, done in one transaction.
//!
//! The plan is made again within the transaction, so that two who apply at once cannot both do it.

use super::ending;
use crate::catalog::accounts::{self, Suspend};
use crate::catalog::keys::{self, NewKey};
use crate::catalog::parties::{self, NewAccount, NewParty};
use crate::catalog::ties::{self, NewEmployment, NewEngagement};
use crate::catalog::{AccountId, Conn, Db, EngagementId, KeyId, NodeId, PartyId, Transaction};
use crate::dossier::roster::{
    Change, Employment, Engagement, Options, Owner, Plan, Refused, Roster, State,
};
use crate::dossier::{Deed, Error, Language, PartyKind, Result, roster};
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Vfs, random_id};
use std::collections::HashMap;
use std::sync::Arc;

/// Why a roster was not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// What the roster says cannot be.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The catalog failed. The cause is in the log.
    #[error("the database failed: see the log; nothing was changed")]
    Failed(#[from] Error),
}

impl Vfs {
    /// What applying would do now.
    ///
    /// # Errors
    /// [`RosterError`].
    pub async fn plan_roster(
        &self,
        wanted: &Roster,
        options: Options,
    ) -> std::result::Result<Plan, RosterError> {
        plan_at(&self.0.db, self.0.clock.now(), wanted, options).await
    }

    /// Does it in one transaction, and says what was done. Applied again, it does nothing.
    ///
    /// # Errors
    /// [`RosterError`]; then nothing was changed.
    pub async fn apply_roster(
        &self,
        wanted: Arc<Roster>,
        options: Options,
    ) -> std::result::Result<Plan, RosterError> {
        let door = &self.0;
        let _held = door.keyring.hold().map_err(|cause| {
            tracing::error!(cause = %format!("{cause:#}"), "the master keys cannot be held");
            Error::Unavailable
        })?;
        let now = door.clock.now();
        let plan = plan_at(&door.db, now, &wanted, options).await?;
        if plan.changes.is_empty() {
            return Ok(plan);
        }
        let needed = plan.changes.iter().map(needs);
        let (keys, ids) = needed.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let keys = (0..keys).map(|_| self.new_key()).collect::<Result<_>>()?;
        let public_ids = (0..ids).map(|_| random_id()).collect::<Result<_>>()?;
        Ok(door.db.write(Apply { wanted, options, now, keys, public_ids }).await??)
    }

    fn new_key(&self) -> Result<NewKey> {
        let key = self.0.keyring.new_identity()?;
        Ok(NewKey { recipient: key.recipient, sealed: key.sealed, master: key.master })
    }
}

/// What applying would do at this instant.
async fn plan_at(
    db: &Db,
    now: i64,
    wanted: &Roster,
    options: Options,
) -> std::result::Result<Plan, RosterError> {
    let state = parties::roster_state(&mut db.reader().await?).await?;
    Ok(roster::plan(wanted, &state, now, options)?)
}

/// How many keys and nodes a change makes at most.
const fn needs(change: &Change) -> (usize, usize) {
    match change {
        Change::AddParty { party, .. } => (1, roots(party.kind)),
        Change::AddEngagement(_) | Change::ReturnShared { .. } => (0, 2),
        Change::AddEmployment(_) => (1, 4),
        _ => (0, 0),
    }
}

/// How many areas of its own a party has: own files, backups, overviews, sets.
const fn roots(kind: PartyKind) -> usize {
    match kind {
        PartyKind::Person => 1,
        PartyKind::Office => 2,
        PartyKind::Employer => 4,
    }
}

struct Apply {
    wanted: Arc<Roster>,
    options: Options,
    now: i64,
    keys: Vec<NewKey>,
    public_ids: Vec<String>,
}

impl Transaction for Apply {
    type Output = std::result::Result<Plan, Refused>;

    async fn run(&self, tx: &mut Conn) -> Result<Self::Output> {
        let state = parties::roster_state(tx).await?;
        let plan = match roster::plan(&self.wanted, &state, self.now, self.options) {
            Ok(plan) => plan,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut hand = Hand::new(self, state);
        for change in &plan.changes {
            hand.apply(tx, change).await?;
        }
        if !plan.changes.is_empty() {
            accounts::raise_epoch(tx).await?;
        }
        Ok(Ok(plan))
    }
}

/// One run of the transaction: what it has left to give out, and which parties there are by now.
struct Hand<'a> {
    now: i64,
    keys: std::slice::Iter<'a, NewKey>,
    public_ids: std::slice::Iter<'a, String>,
    parties: HashMap<Owner, PartyId>,
}

impl<'a> Hand<'a> {
    fn new(apply: &'a Apply, state: State) -> Self {
        let parties = state.parties.into_iter().map(|p| (p.party, PartyId(p.id))).collect();
        let (keys, public_ids) = (apply.keys.iter(), apply.public_ids.iter());
        Self { now: apply.now, keys, public_ids, parties }
    }

    /// There are as many as the plan needed; more only when somebody else applied in between, and
    /// then one tries again.
    fn public_id(&mut self) -> Result<&'a str> {
        self.public_ids.next().map(String::as_str).ok_or(Error::Unavailable)
    }

    async fn key(&mut self, tx: &mut Conn) -> Result<KeyId> {
        let key = self.keys.next().ok_or(Error::Unavailable)?;
        keys::insert(tx, key.clone(), self.now).await
    }

    async fn root(&mut self, tx: &mut Conn) -> Result<NodeId> {
        parties::insert_root(tx, self.public_id()?, self.now).await
    }

    fn party(&self, owner: &Owner) -> Result<PartyId> {
        self.parties.get(owner).copied().ok_or(Error::Unavailable)
    }

    async fn apply(&mut self, tx: &mut Conn, change: &Change) -> Result<()> {
        match change {
            Change::AddParty { party, name, language } => {
                self.add_party(tx, party, name, *language).await
            }
            Change::RenameParty { party, name, .. } => {
                parties::rename_party(tx, self.party(party)?, name).await
            }
            Change::AddAdministration { lhn, employer } => {
                parties::insert_administration(tx, lhn, self.party(employer)?).await
            }
            Change::AddAccount { party, login, machine, scope, name, email } => {
                let (party, machine, scope) = (self.party(party)?, *machine, *scope);
                let account = NewAccount { party, login, machine, scope, name, email };
                parties::insert_account(tx, account, self.now).await
            }
            Change::ChangeAccount { id, scope, name, email, .. } => {
                let corrected = parties::change_account(tx, *id, *scope, name, email).await?;
                let Some((party, language)) = corrected else { return Ok(()) };
                let readers = [(party, language, Subject::default().saying(email))];
                journal::note_by_operator(tx, self.now, Deed::CorrectedAddress, None, &readers)
                    .await
            }
            Change::SuspendAccount { id, .. } => {
                let suspend = Suspend { account: AccountId(*id), at: Some(self.now) };
                suspend.run(tx).await.map(drop)
            }
            Change::AddEngagement(new) => self.add_engagement(tx, new).await,
            Change::ChangeEngagement { id, terms, span, .. } => {
                ties::change_engagement(tx, *id, *terms, *span).await
            }
            Change::ReturnShared { id, .. } => {
                let public_ids = [self.public_id()?, self.public_id()?];
                ending::end(tx, EngagementId(*id), public_ids, self.now).await
            }
            Change::AddEmployment(new) => self.add_employment(tx, new).await,
            Change::ChangeEmployment { id, name, consent, span, .. } => {
                ties::change_employment(tx, *id, name, consent.clone(), *span).await
            }
        }
    }

    async fn add_party(
        &mut self,
        tx: &mut Conn,
        party: &Owner,
        name: &str,
        language: Language,
    ) -> Result<()> {
        let key = self.key(tx).await?;
        let mut areas = [None; 4];
        for area in areas.iter_mut().take(roots(party.kind)) {
            *area = Some(self.root(tx).await?);
        }
        let new = NewParty { party, name, language, key, roots: areas };
        let id = parties::insert_party(tx, new, self.now).await?;
        self.parties.insert(party.clone(), id);
        Ok(())
    }

    async fn add_engagement(&mut self, tx: &mut Conn, new: &Engagement) -> Result<()> {
        let engagement = NewEngagement {
            office: self.party(&new.office)?,
            employer: self.party(&new.employer)?,
            terms: new.terms,
            folder: &new.folder,
            roots: [self.root(tx).await?, self.root(tx).await?],
            span: new.span,
        };
        ties::insert_engagement(tx, engagement).await
    }

    async fn add_employment(&mut self, tx: &mut Conn, new: &Employment) -> Result<()> {
        let mut roots = [NodeId(0); 4];
        for root in &mut roots {
            *root = self.root(tx).await?;
        }
        let employment = NewEmployment {
            person: self.party(&new.person)?,
            employer: self.party(&new.employer)?,
            lhn: &new.lhn,
            number: &new.number,
            name: &new.name,
            consent: new.consent.clone(),
            employer_folder: &new.employer_folder,
            person_folder: &new.person_folder,
            key: self.key(tx).await?,
            roots,
            span: new.span,
        };
        ties::insert_employment(tx, employment).await
    }
}
