//! Where a file that is handed in goes, or why it goes nowhere (PRODUCT.md section 5). `dossier::delivery`
//! reads its name; this file asks the catalog whose the numbers are.

use super::hold::is_held;
use super::parcel::Look;
use crate::catalog::held::{self, Held};
use crate::catalog::nodes::Row;
use crate::catalog::relations::{self, Employment};
use crate::catalog::{Conn, KeyId, PartyId, deliveries, intake};
use crate::dossier::delivery::{Address, Manifest, publish};
use crate::dossier::kind::GoesTo;
use crate::dossier::name::Policy;
use crate::dossier::overview::{self, Named, known_extension};
use crate::dossier::{Kind, Leaf, Lhn, PartyKind, Refusal, Result, lhn};
use crate::vfs::Session;
use crate::vfs::door::Door;
use crate::vfs::place::{self, Place, Relations};
use crate::vfs::target::Target;

/// Where an overview is filed.
#[derive(Clone, Debug)]
pub(in crate::vfs) struct Filing {
    /// The shelf it goes on.
    pub(in crate::vfs) place: Place,
    /// The kind, by which each viewer is shown its name; `None` of what is on paper.
    pub(in crate::vfs) kind: Option<Kind>,
    /// The name its placer gives it, in stored form.
    pub(in crate::vfs) stored: String,
    /// By which a later delivery is known to be a new version of it; empty of what was placed by hand.
    pub(in crate::vfs) identity: String,
    /// What it is a new version of; where that is held, it may be to go elsewhere so far.
    pub(in crate::vfs) found: Option<Row>,
    /// Who is told, beside whoever delivers.
    pub(in crate::vfs) receivers: Vec<PartyId>,
    /// Of whom it is, as the log of each says it.
    pub(in crate::vfs) about: String,
    /// Where it went, as the receipt says it.
    pub(in crate::vfs) went: String,
    /// From when it may be seen; `None` is at once.
    pub(in crate::vfs) due: Option<i64>,
    /// Its manifest says from when.
    pub(in crate::vfs) dated: bool,
    /// How what was found is held, if it is.
    pub(in crate::vfs) held: Option<Held>,
}

/// What becomes of a file that was handed in.
pub(in crate::vfs) type Ruling = std::result::Result<Box<Filing>, Refusal>;

/// What is handed in, and where.
#[derive(Clone, Debug)]
pub(in crate::vfs) struct Handed {
    /// Under which name it was handed in, and what has that name already.
    pub(in crate::vfs) target: Target,
    /// What a look at its content tells.
    pub(in crate::vfs) look: Look,
    /// For whom its manifest says it is.
    pub(in crate::vfs) said: Option<std::result::Result<Address, Refusal>>,
}

/// Judges what was handed in, and finds what it is a new version of.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn rule(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    handed: &Handed,
) -> Result<Ruling> {
    let mut filing = match judge(door, conn, session, handed).await? {
        Ok(filing) => filing,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !filing.identity.is_empty() {
        filing.find(conn, session.party).await?;
    }
    Ok(Ok(filing))
}

/// Judges what was handed in: where it goes, and so under which key.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn judge(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    handed: &Handed,
) -> Result<Ruling> {
    let place = &handed.target.place;
    if Manifest::is_name(&handed.target.name) && handed.said.is_none() {
        return Ok(Err(Refusal::Manifest));
    }
    let filing = match place.leaf {
        Leaf::Deliver => match address_by_name(door, handed) {
            Ok(address) => by_address(door, conn, session, &address).await?,
            Err(refusal) => Err(refusal),
        },
        Leaf::DeliverTo => to_employee(door, conn, session, handed).await?,
        _ => by_hand(handed),
    };
    Ok(filing.map(Box::new))
}

/// For whom a file in `/Aanleveren` is, once its content fits.
fn address_by_name(door: &Door, handed: &Handed) -> std::result::Result<Address, Refusal> {
    let Target { place, .. } = &handed.target;
    let (name, folders) = place.rest.split_last().ok_or(Refusal::Name)?;
    let address = match &handed.said {
        Some(said) => said.clone()?,
        None => door.names.read(folders, name)?,
    };
    handed.look.fault.map_or(Ok(address), Err)
}

/// Whose an address is.
async fn by_address(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    address: &Address,
) -> Result<std::result::Result<Filing, Refusal>> {
    let (party, now) = (session.party, door.clock.now());
    let (lhn, number) = (address.lhn.as_str(), address.number.as_deref());
    let (engagement, all) = match session.kind {
        PartyKind::Office => {
            match relations::employed_by_number(conn, party, now, lhn, number).await? {
                Some((engagement, all)) => (Some(engagement), all),
                // What is unknown takes as long to refuse as what is another's.
                None if intake::ever_engaged(conn, party, lhn, now).await? => {
                    return Ok(Err(Refusal::Ended));
                }
                None => return Ok(Err(Refusal::Lhn)),
            }
        }
        PartyKind::Employer if intake::employer_of(conn, lhn).await? == Some(party) => {
            let all = match number {
                Some(number) => relations::employments_of_number(conn, lhn, number).await?,
                None => Vec::new(),
            };
            (None, all)
        }
        PartyKind::Employer | PartyKind::Person => return Ok(Err(Refusal::Lhn)),
    };
    let mut relations = Relations { engagement, ..Relations::default() };
    if number.is_none() {
        return Ok(to_employer(door, conn, session, address, relations).await?.ok_or(Refusal::Lhn));
    }
    relations.employment = match employed(&all, address) {
        Ok(employment) => Some(employment.clone()),
        Err(refusal) => return Ok(Err(refusal)),
    };
    filed_with_employee(door, conn, session, address, relations).await
}

/// The one employment that a number means in a period.
fn employed<'e>(
    all: &'e [Employment],
    address: &Address,
) -> std::result::Result<&'e Employment, Refusal> {
    let meant = address.pick(all.iter().map(|m| m.number.as_str()))?;
    let meant = meant.into_iter().filter_map(|at| all.get(at));
    let mut then = meant.filter(|m| address.period.within(m.from_ms, m.until_ms));
    match (then.next(), then.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Refusal::Ambiguous),
        (None, _) => Err(Refusal::Employment),
    }
}

/// A file that was put straight into an employee's folder.
async fn to_employee(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    handed: &Handed,
) -> Result<std::result::Result<Filing, Refusal>> {
    let relations = handed.target.place.relations.clone();
    let Some(employment) = &relations.employment else { return Ok(Err(Refusal::Employee)) };
    let address = (|| {
        let named = Named::read(&handed.target.name)?;
        if named.kind.goes_to == GoesTo::Employer {
            return Err(Refusal::Kind);
        }
        if named.tells_lhn() {
            return Err(Refusal::Ambiguous);
        }
        handed.look.fault.map_or(Ok(()), Err)?;
        if !named.period.within(employment.from_ms, employment.until_ms) {
            return Err(Refusal::Employment);
        }
        let lhn: Lhn = employment.lhn.parse().map_err(|_| Refusal::Lhn)?;
        let number = Some(employment.number.clone());
        let Named { kind, period, free, extension } = named;
        let (also, publish_at) = (None, None);
        Ok(Address { lhn, number, also, kind, period, free, extension, publish_at })
    })();
    match address {
        Ok(address) => filed_with_employee(door, conn, session, &address, relations).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Filed with an employee, or with its employer while digital payslips are not agreed with the employee.
async fn filed_with_employee(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    address: &Address,
    relations: Relations,
) -> Result<std::result::Result<Filing, Refusal>> {
    let Some(employment) = relations.employment.clone() else {
        return Ok(Err(Refusal::Employee));
    };
    let paper = employment.consent.is_none();
    let leaf = if paper { Leaf::OnPaper } else { Leaf::EmployeeOverviews };
    let language = session.language;
    let mut went: Vec<_> = relations.engagement.iter().map(|g| g.folder.clone()).collect();
    went.extend([employment.employer_folder.clone(), address.kind.folder(language).to_owned()]);
    went.push(address.period.year().to_string());
    let party = door.party(conn, session.party).await?;
    let Some(place) = place::place(leaf, session, &party, &relations, door.clock.now()) else {
        return Ok(Err(Refusal::Employee));
    };
    let stored = if paper {
        let owner = door.party(conn, employment.employer).await?;
        let language = owner.language.parse().unwrap_or_default();
        overview::shown(address.kind, &address.filed(), language)
    } else {
        address.filed()
    };
    let receiver = (!paper).then_some(employment.person);
    Ok(Ok(Filing {
        place: on_shelf(place, address),
        kind: (!paper).then_some(address.kind),
        stored,
        identity: identity(address, &employment.number),
        found: None,
        receivers: [employment.employer].into_iter().chain(receiver).collect(),
        about: employment.employer_folder,
        went: went.join("/"),
        due: due(door, session, address, &relations),
        dated: address.publish_at.is_some(),
        held: None,
    }))
}

/// Filed with an employer itself; `None` when there is no such place.
async fn to_employer(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    address: &Address,
    relations: Relations,
) -> Result<Option<Filing>> {
    let party = door.party(conn, session.party).await?;
    let now = door.clock.now();
    let Some(place) = place::place(Leaf::EmployerOverviews, session, &party, &relations, now)
    else {
        return Ok(None);
    };
    let engagement = relations.engagement.as_ref();
    let mut went: Vec<_> = engagement.iter().map(|g| g.folder.clone()).collect();
    went.push(address.kind.folder(session.language).to_owned());
    went.push(address.period.year().to_string());
    Ok(Some(Filing {
        receivers: vec![place.owner],
        place: on_shelf(place, address),
        kind: Some(address.kind),
        stored: address.filed(),
        identity: identity(address, ""),
        found: None,
        about: String::new(),
        went: went.join("/"),
        due: due(door, session, address, &relations),
        dated: address.publish_at.is_some(),
        held: None,
    }))
}

/// An overview put under a name of its placer's choice.
fn by_hand(handed: &Handed) -> std::result::Result<Filing, Refusal> {
    let Target { place, name, found, .. } = &handed.target;
    let kind = place.shelf.0;
    if lhn::holds_bsn(name) {
        return Err(Refusal::Bsn);
    }
    if name.rsplit_once('.').and_then(|(_, end)| known_extension(end)).is_none() {
        return Err(Refusal::Type);
    }
    handed.look.fault.map_or(Ok(()), Err)?;
    Ok(Filing {
        place: place.clone(),
        kind,
        stored: name.clone(),
        identity: String::new(),
        found: found.clone(),
        receivers: place.concerned(),
        about: String::new(),
        went: place.relations.engagement.as_ref().map_or_else(String::new, |g| g.folder.clone()),
        due: None,
        dated: false,
        held: None,
    })
}

/// From when what is delivered now may be seen: what an office delivers, as its engagement has it.
fn due(door: &Door, session: &Session, address: &Address, relations: &Relations) -> Option<i64> {
    let agreed = relations.engagement.as_ref().filter(|_| session.kind == PartyKind::Office);
    let monthly = agreed.and_then(|g| g.publish_at.as_deref()?.parse().ok());
    // A moment comes when the system's clock says so, however far ahead time was written.
    publish::due(door.clock.set_to(), address.publish_at, monthly)
}

fn on_shelf(mut place: Place, address: &Address) -> Place {
    place.shelf = (Some(address.kind), i64::from(address.period.year()));
    place
}

/// An overview's identity beside the party that delivers it (PRODUCT.md section 5).
fn identity(address: &Address, number: &str) -> String {
    let Address { lhn, kind, period, free, extension, .. } = address;
    let free = Policy::Portable.key(free);
    format!("{lhn}/{number}/{}/{period}/{free}.{extension}", kind.code)
}

impl Filing {
    /// Finds what it is a new version of. What was filed on paper stays there, whatever is agreed later; but what
    /// nobody has seen yet goes where it is to go by now.
    async fn find(&mut self, conn: &mut Conn, party: PartyId) -> Result<()> {
        let root = self.place.root;
        let other = self.place.relations.employment.as_ref().map(|employment| {
            let [digital, paper] = [employment.overviews_root, employment.paper_root];
            if root == paper { digital } else { paper }
        });
        let (found, elsewhere) =
            deliveries::filed(conn, party, &self.identity, root, other).await?;
        self.found = found;
        let mut held = match self.found.as_ref().filter(|row| is_held(row)) {
            Some(row) => held::one(conn, row.id).await?,
            None => None,
        };
        if held.is_none()
            && let Some(row) = elsewhere.filter(is_held)
        {
            let version_of = self.found.as_ref().map(|row| row.id);
            held = held::one(conn, row.id).await?.map(|held| Held { version_of, ..held });
            self.found = Some(row);
        }
        if let Some(held) = held.as_ref().filter(|_| !self.dated) {
            // Only a manifest lets be seen sooner what is held.
            self.due = self.due.max(Some(held.due_ms));
        }
        self.held = held;
        Ok(())
    }

    /// Whether what was found lies where this goes.
    pub(in crate::vfs) fn is_there(&self, found: &Row) -> bool {
        found.parent == self.place.root
    }

    /// Its name, as its placer sees it.
    pub(in crate::vfs) fn name(&self, session: &Session) -> String {
        let shown = |kind| overview::shown(kind, &self.stored, session.language);
        self.kind.map_or_else(|| self.stored.clone(), shown)
    }

    /// Where it goes, with its name there, as its placer sees it.
    pub(in crate::vfs) fn shown(&self, session: &Session) -> String {
        format!("{}/{}", self.went, self.name(session))
    }

    /// Whether it may be seen from another moment than it was to be, as its manifest says now.
    pub(in crate::vfs) fn is_put_off(&self) -> bool {
        self.dated && self.held.as_ref().is_some_and(|held| Some(held.due_ms) != self.due)
    }

    /// The key that its content must be under.
    pub(in crate::vfs) const fn key(&self) -> KeyId {
        self.place.key
    }
}
