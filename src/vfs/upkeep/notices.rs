//! What is to be told outside the dossier, by whatever channel: read from the log of each party, which is
//! written when something happens and never beside it. Knows whom it concerns and how far each was told; must
//! not know how a notice travels.
//!
//! A letter is claimed in one transaction, then sent, then marked as told in another. A node that dies in
//! between leaves a claim, which lapses: the letter is sent again, by whichever node comes first, under the
//! same id. So nothing is lost, and only what a crash leaves open is sent twice. Log rows get their time when
//! their transaction begins: what is younger than the quiet time is left for the next letter, so that nothing
//! is committed behind what was told.

use crate::catalog::notices::{self, Newest, Receiver, Told};
use crate::catalog::relations;
use crate::catalog::{Conn, PartyId, Transaction};
use crate::dossier::notice::{Digest, Doing, Lies, Notice, due, pause};
use crate::dossier::{Deed, Error, Language, PartyKind, Result, day};
use crate::vfs::door::Door;
use crate::vfs::{Vfs, random_id};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a claim holds, in milliseconds: longer than any sending takes.
const LAPSE: i64 = 12 * 60_000;
/// Who does something, but has nothing to be told, is noted to be told up to now once in so many milliseconds.
const DAILY: i64 = 24 * 3_600_000;

/// A way by which notices go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// To each account of a party.
    Mail,
    /// To one receiver for all parties.
    Webhook,
}

impl Channel {
    /// Its name in the catalog and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// A digest that this node has claimed, on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Letter {
    /// 32 random hex digits, the same however often it is sent.
    pub id: String,
    /// Up to when it tells, in Unix milliseconds.
    pub until: i64,
    /// When it is sent, in Unix milliseconds.
    pub now: i64,
    /// What the party is.
    pub kind: PartyKind,
    /// The party's id in the roster.
    pub party: String,
    /// The party's language.
    pub language: Language,
    /// The address of an account; nothing by webhook.
    pub email: String,
    /// What it says.
    pub digest: Digest,
    to: Receiver,
    failures: u32,
}

/// What is to be told by one channel. Remembers only whom to look at: all else is in the catalog.
#[derive(Debug)]
pub struct Notices {
    door: Arc<Door>,
    channel: Channel,
    quiet: i64,
    since: i64,
    /// The parties for which something may be untold, and when to look, in Unix milliseconds; at first 0.
    looks: BTreeMap<PartyId, i64>,
    /// How far the log went two looks ago, and at the last. Rows may come a bit later than their ids.
    seen: [Newest; 2],
    /// Whose turn it is in this round.
    turn: Vec<PartyId>,
    ready: Vec<Ready>,
}

/// Something that is due to a receiver.
#[derive(Debug)]
struct Ready {
    to: Receiver,
    email: String,
    party: Arc<relations::Party>,
    told: i64,
    until: i64,
    id: Option<String>,
    failures: u32,
    digest: Digest,
}

/// What happened for a party that is worth telling, in the order in which it did.
struct Events {
    deeds: Vec<notices::Deed>,
    refusals: Vec<i64>,
    reader: PartyKind,
}

impl Vfs {
    /// What is to be told by a channel: of a channel that never told before, what happens from now on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn notices(&self, channel: Channel, quiet: Duration) -> Result<Notices> {
        let door = Arc::clone(&self.0);
        let name = channel.as_str();
        let mut since = notices::since(&mut door.db.reader().await?, name).await?;
        if since.is_none() {
            door.db.write(Change::Begin(name, door.clock.now())).await?;
            since = notices::since(&mut door.db.reader().await?, name).await?;
        }
        let conn = &mut door.db.reader().await?;
        let newest = notices::newest(conn).await?;
        let looks = notices::parties(conn).await?.into_iter().map(|party| (party, 0)).collect();
        Ok(Notices {
            door,
            channel,
            quiet: quiet.as_millis().try_into().unwrap_or(i64::MAX),
            since: since.ok_or(Error::Unavailable)?,
            looks,
            seen: [newest, newest],
            turn: Vec::new(),
            ready: Vec::new(),
        })
    }
}

impl Notices {
    /// Begins a round: sees for whom anything happened since the last.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also for all below.
    pub async fn look(&mut self) -> Result<()> {
        let conn = &mut self.door.db.reader().await?;
        let newest = notices::newest(conn).await?;
        let now = self.door.clock.now();
        for party in notices::concerned(conn, self.seen[0]).await? {
            let soon = now.saturating_add(self.quiet);
            self.looks.entry(party).and_modify(|at| *at = soon.min(*at)).or_insert(soon);
        }
        let [_, last] = self.seen;
        self.ready.clear();
        self.seen = [last, newest];
        self.turn = self.looks.iter().filter(|(_, at)| **at <= now).map(|(p, _)| *p).collect();
        Ok(())
    }

    /// The next letter of this round, claimed.
    ///
    /// # Errors
    /// As [`Notices::look`].
    pub async fn next(&mut self) -> Result<Option<Letter>> {
        loop {
            while let Some(ready) = self.ready.pop() {
                if let Some(letter) = self.claim(ready).await? {
                    return Ok(Some(letter));
                }
            }
            let Some(party) = self.turn.pop() else { return Ok(None) };
            let stirred = self.looks.get(&party).is_some_and(|at| *at > 0);
            let (ready, again) = self.due_to(party, stirred).await?;
            // What is due is looked at again, to see that it was told.
            let again = if ready.is_empty() { again } else { Some(self.door.clock.now()) };
            match again {
                Some(at) => drop(self.looks.insert(party, at)),
                None => drop(self.looks.remove(&party)),
            }
            self.ready = ready;
        }
    }

    /// A letter arrived, or never will: what it says was told.
    ///
    /// # Errors
    /// As [`Notices::look`].
    pub async fn told(&self, letter: &Letter) -> Result<()> {
        self.door.db.write(Change::Told(letter.to, letter.id.clone())).await.map(drop)
    }

    /// A letter did not arrive, and is sent again after a pause.
    ///
    /// # Errors
    /// As [`Notices::look`].
    pub async fn later(&self, letter: &Letter) -> Result<()> {
        let again = self.door.clock.now() + pause(letter.failures + 1);
        self.door.db.write(Change::Later(letter.to, letter.id.clone(), again)).await.map(drop)
    }

    /// What is due to a party now, and when to look at it again; `None` when there is nothing untold. Whether
    /// it stirred since the start.
    async fn due_to(&self, party: PartyId, stirred: bool) -> Result<(Vec<Ready>, Option<i64>)> {
        let (now, name) = (self.door.clock.now(), self.channel.as_str());
        let conn = &mut self.door.db.reader().await?;
        let receivers = match self.channel {
            Channel::Mail => notices::accounts(conn, name, party).await?,
            Channel::Webhook => notices::itself(conn, name, party).await?,
        };
        let Some(first) = receivers.iter().map(|told| self.told_up_to(told)).min() else {
            return Ok((Vec::new(), None));
        };
        let party = self.door.party(conn, party).await?;
        let events = Events::after(conn, &party, first).await?;
        let (mut all, mut again) = (Vec::new(), None::<i64>);
        for receiver in receivers {
            let told = self.told_up_to(&receiver);
            let at = match receiver.until_ms {
                Some(_) => Some(receiver.again_ms),
                None => events.due(told, now, self.quiet),
            };
            let until = match at {
                Some(at) if at <= now => receiver.until_ms.unwrap_or(now - self.quiet),
                // An own doing is nothing to tell, and need not be read over again for ever.
                None if stirred && now - self.quiet - told > DAILY => now - self.quiet,
                _ => {
                    again = again.into_iter().chain(at).min();
                    continue;
                }
            };
            all.push(Ready {
                to: Receiver { channel: name, party: party.id, account: receiver.account },
                email: receiver.email,
                party: Arc::clone(&party),
                told,
                until,
                id: receiver.digest,
                failures: receiver.failures.try_into().unwrap_or(u32::MAX),
                digest: events.digest(told, until),
            });
        }
        Ok((all, again))
    }

    fn told_up_to(&self, receiver: &Told) -> i64 {
        receiver.told_ms.unwrap_or_else(|| self.since.max(receiver.created))
    }

    /// Claims it for this node; `None` when another did, or nothing is left to tell.
    async fn claim(&self, ready: Ready) -> Result<Option<Letter>> {
        let Ready { to, email, party, told, until, id, failures, digest } = ready;
        let (now, span) = (self.door.clock.now(), (told, until));
        if digest.is_empty() {
            return self.door.db.write(Change::Skip(to, span, now)).await.map(|_| None);
        }
        let id = id.map_or_else(random_id, Ok)?;
        let claim = Change::Claim(to, span, id.clone(), (now, now + LAPSE));
        let mine = self.door.db.write(claim).await?;
        let kind = party.kind.parse().map_err(|()| Error::Unavailable)?;
        let (language, party) = (party.language.parse().unwrap_or_default(), party.key.clone());
        let letter = Letter { id, until, now, kind, party, language, email, digest, to, failures };
        Ok(mine.then_some(letter))
    }
}

impl Events {
    async fn after(conn: &mut Conn, party: &relations::Party, after: i64) -> Result<Self> {
        let reader = party.kind.parse().map_err(|()| Error::Unavailable)?;
        let mut deeds = notices::deeds(conn, party.id, &day::month(after), after).await?;
        deeds.retain(|row| doing(row).and_then(|doing| Notice::of(doing, reader)).is_some());
        let refusals = notices::refusals(conn, party.id, after).await?;
        Ok(Self { deeds, refusals, reader })
    }

    /// When what was not told is due; what is still to come, once it has.
    fn due(&self, told: i64, now: i64, quiet: i64) -> Option<i64> {
        let all = self.deeds.iter().map(|deed| deed.at).chain(self.refusals.iter().copied());
        let untold = all.filter(|at| *at > told);
        let (past, future): (Vec<i64>, Vec<i64>) = untold.partition(|at| *at <= now);
        match (past.iter().min(), past.iter().max()) {
            (Some(oldest), Some(newest)) => Some(due(*oldest, *newest, quiet)),
            _ => future.iter().min().map(|at| at.saturating_add(quiet)),
        }
    }

    fn digest(&self, told: i64, until: i64) -> Digest {
        let within = |at: i64| at > told && at <= until;
        let refused = self.refusals.iter().filter(|at| within(**at)).count() as u64;
        let deeds = self.deeds.iter().filter(|row| within(row.at)).filter_map(doing);
        Digest::of(deeds, refused, self.reader)
    }
}

/// What is known of it to tell; nothing of what a later version wrote.
fn doing(row: &notices::Deed) -> Option<Doing> {
    let lies = match row.lies.as_str() {
        "paper" => Lies::OnPaper,
        "overview" => Lies::Overviews,
        _ => Lies::Shared,
    };
    let deed = Deed::of(&row.verb)?;
    Some(Doing { deed, document: row.node.map(|node| node.0), lies })
}

/// What is written down about a receiver.
#[derive(Debug)]
enum Change {
    Begin(&'static str, i64),
    Claim(Receiver, (i64, i64), String, (i64, i64)),
    Skip(Receiver, (i64, i64), i64),
    Told(Receiver, String),
    Later(Receiver, String, i64),
}

impl Transaction for Change {
    /// Of a claim: whether it is this node's.
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        match self {
            Self::Begin(channel, now) => notices::begin(tx, channel, *now).await?,
            Self::Claim(to, span, id, times) => {
                return notices::claim(tx, *to, *span, id, *times).await;
            }
            Self::Skip(to, span, now) => notices::skip(tx, *to, *span, *now).await?,
            Self::Told(to, id) => notices::told(tx, *to, id).await?,
            Self::Later(to, id, again) => notices::later(tx, *to, id, *again).await?,
        }
        Ok(true)
    }
}
