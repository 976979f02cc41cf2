//! The cast, and which folders each of it has: PRODUCT.md section 3 once more, as a list.

use crate::model::Model;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub(crate) type Party = usize;

pub(crate) const VISSER: Party = 0;
pub(crate) const LOON: Party = 1;
pub(crate) const JANSEN: Party = 2;
pub(crate) const BOS: Party = 3;
pub(crate) const DEVRIES: Party = 4;
pub(crate) const YILMAZ: Party = 5;
pub(crate) const PARTIES: [Party; 6] = [VISSER, LOON, JANSEN, BOS, DEVRIES, YILMAZ];
/// Nobody: what happens by itself.
pub(crate) const VANZELF: Party = 6;

pub(crate) const LOGINS: [&str; 6] = ["petra", "els", "jansen", "bos", "devries", "yilmaz"];
const NAMES: [&str; 6] = [
    "Administratiekantoor Visser",
    "Loon BV",
    "Bakkerij Jansen BV",
    "Garage Bos",
    "A. de Vries",
    "S. Yilmaz",
];
const PEOPLE: [&str; 6] =
    ["P. de Boer", "E. Loon", "K. Jansen", "T. Bos", "A. de Vries", "S. Yilmaz"];
/// Who works where, and the folder of it.
pub(crate) const JOBS: [(Party, Party, &str); 3] = [
    (DEVRIES, JANSEN, "0042 A. de Vries"),
    (YILMAZ, JANSEN, "0043 S. Yilmaz"),
    (YILMAZ, BOS, "7 S. Yilmaz"),
];
/// The office of this employer reads the payslips that it placed.
pub(crate) const VISIBLE: Party = BOS;
pub(crate) const KINDS: [&str; 10] = [
    "Betaallijsten",
    "Journaalposten",
    "Loonaangiften",
    "Overige overzichten",
    "Pensioenaangiften",
    "SEPA-bestanden",
    "Serie-overzichten",
    "Subsidielijsten",
    "Verlofstanden",
    "Verzuimstanden",
];

pub(crate) fn name_of(party: Party) -> &'static str {
    NAMES[party]
}

/// Who did it, as a party's log says it.
pub(crate) fn known_as(who: Party, reader: Party) -> String {
    match who {
        VANZELF => "vanzelf".to_owned(),
        _ if who == reader => PEOPLE[who].to_owned(),
        _ => format!("{} ({})", PEOPLE[who], NAMES[who]),
    }
}

pub(crate) fn folder_of(person: Party, employer: Party) -> &'static str {
    JOBS.iter().find(|(p, e, _)| (*p, *e) == (person, employer)).map_or("", |(.., folder)| folder)
}

/// Where things lie: whose, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    Own(Party),
    Backups(Party),
    Shared(Party, Party),
    Overviews(Party),
    Payslips(Party, Party),
}

impl Area {
    pub(crate) const fn owner(self) -> Party {
        let (Self::Own(p)
        | Self::Backups(p)
        | Self::Overviews(p)
        | Self::Shared(p, _)
        | Self::Payslips(p, _)) = self;
        p
    }

    pub(crate) const fn is_shared(self) -> bool {
        matches!(self, Self::Shared(..))
    }

    pub(crate) const fn is_overviews(self) -> bool {
        matches!(self, Self::Overviews(_) | Self::Payslips(..))
    }

    /// Whom a change there concerns.
    pub(crate) fn concerned(self) -> Vec<Party> {
        match self {
            Self::Shared(a, b) | Self::Payslips(a, b) => vec![a, b],
            _ => vec![self.owner()],
        }
    }
}

/// What a party may do in one of its folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything.
    Own,
    /// Read, and take out.
    TakeBack,
    Read,
    /// Read, and forward.
    Forward,
    /// Read overviews; replace and withdraw what one placed.
    Receive,
    /// As `Receive`, of what one placed alone.
    Manage,
    /// As `Manage`, and place.
    Place,
    /// Hand in overviews, which are listed for an hour.
    Deliver,
}

/// A folder of a party's tree that leads to an area.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) at: String,
    pub(crate) area: Area,
    pub(crate) role: Role,
}

impl Model {
    /// The folders that a party has now.
    pub(crate) fn mounts(&self, who: Party) -> Vec<Mount> {
        let mut all =
            vec![Mount { at: "/Mijn bestanden".into(), area: Area::Own(who), role: Role::Own }];
        let mut add = |at: String, area, role| all.push(Mount { at, area, role });
        match who {
            VISSER | LOON => self.office_mounts(who, &mut add),
            JANSEN | BOS => self.employer_mounts(who, &mut add),
            _ => self.person_mounts(who, &mut add),
        }
        let full = |m: &Mount| {
            let always = !m.area.is_overviews() || matches!(m.role, Role::Deliver | Role::Place);
            always || !self.seen(who, m).is_empty()
        };
        all.retain(full);
        all
    }

    fn person_mounts(&self, me: Party, add: &mut impl FnMut(String, Area, Role)) {
        for (_, employer, _) in JOBS.iter().filter(|(person, ..)| *person == me) {
            let at = format!("/Werkgevers/{}", NAMES[*employer]);
            let role =
                if self.left.contains(&(me, *employer)) { Role::TakeBack } else { Role::Own };
            add(format!("{at}/Gedeeld met werkgever"), Area::Shared(me, *employer), role);
            add(format!("{at}/Gedeeld door werkgever"), Area::Shared(*employer, me), Role::Read);
            add(format!("{at}/Loonstroken/2026"), Area::Payslips(me, *employer), Role::Receive);
        }
    }

    fn employer_mounts(&self, me: Party, add: &mut impl FnMut(String, Area, Role)) {
        add("/Back-ups".into(), Area::Backups(me), Role::Own);
        add("/Overzichten/Journaalposten/2026".into(), Area::Overviews(me), Role::Receive);
        for (person, _, folder) in JOBS.iter().filter(|(_, employer, _)| *employer == me) {
            let at = format!("/Werknemers/{folder}");
            add(format!("{at}/Gedeeld door werknemer"), Area::Shared(*person, me), Role::Forward);
            add(format!("{at}/Gedeeld met werknemer"), Area::Shared(me, *person), Role::Own);
            add(format!("{at}/Loonstroken/2026"), Area::Payslips(*person, me), Role::Receive);
            add(at, Area::Payslips(*person, me), Role::Deliver);
        }
        if let Some(office) = self.office.get(&me) {
            add("/Gedeeld met kantoor".into(), Area::Shared(me, *office), Role::Own);
            add("/Gedeeld door kantoor".into(), Area::Shared(*office, me), Role::Read);
        }
    }

    fn office_mounts(&self, me: Party, add: &mut impl FnMut(String, Area, Role)) {
        add("/Back-ups".into(), Area::Backups(me), Role::Own);
        for (employer, _) in self.office.iter().filter(|(_, office)| **office == me) {
            let at = format!("/Werkgevers/{}", NAMES[*employer]);
            add(format!("{at}/Gedeeld met werkgever"), Area::Shared(me, *employer), Role::Own);
            add(format!("{at}/Gedeeld door werkgever"), Area::Shared(*employer, me), Role::Read);
            let overviews = format!("{at}/Overzichten/Journaalposten/2026");
            add(overviews, Area::Overviews(*employer), Role::Place);
            for (person, _, folder) in JOBS.iter().filter(|(_, e, _)| e == employer) {
                let at = format!("{at}/Werknemers/{folder}");
                let area = Area::Payslips(*person, *employer);
                if *employer == VISIBLE {
                    add(format!("{at}/Loonstroken/2026"), area, Role::Manage);
                }
                add(at, area, Role::Deliver);
            }
        }
    }

    /// The folders that are there besides, whatever happens.
    pub(crate) fn folders(&self, who: Party) -> Vec<String> {
        let text = |all: &[&str]| all.iter().map(|t| format!("/{t}")).collect::<Vec<_>>();
        let mut all = text(&["Eerdere dagen", "Logboek"]);
        let sets = ["Ter controle", "Goedgekeurd", "Afgekeurd"];
        match who {
            VISSER | LOON => {
                all.extend(text(&["Aanleveren", "Werkgevers"]));
                for (employer, _) in self.office.iter().filter(|(_, office)| **office == who) {
                    let at = format!("/Werkgevers/{}", NAMES[*employer]);
                    all.extend(sets.iter().map(|s| format!("{at}/{s}")));
                    all.extend(KINDS.iter().map(|k| format!("{at}/Overzichten/{k}/2026")));
                }
            }
            JANSEN | BOS => {
                all.extend(text(&["Aanleveren", "Overzichten"]));
                all.extend(text(&sets).into_iter().filter(|_| self.office.contains_key(&who)));
            }
            _ => {}
        }
        all
    }
}

/// What was delivered is listed without a digest.
fn digest(role: Role, content: &[u8]) -> Vec<u8> {
    if role == Role::Deliver { Vec::new() } else { Sha256::digest(content).to_vec() }
}

/// All that a party should see: each path with the size and SHA-256 of a file.
pub(crate) fn wanted(model: &Model, who: Party) -> BTreeMap<String, Option<(u64, Vec<u8>)>> {
    let mut all: BTreeMap<_, _> = model.folders(who).into_iter().map(|f| (f, None)).collect();
    for mount in model.mounts(who) {
        all.insert(mount.at.clone(), None);
        for (path, item) in model.seen(who, &mount) {
            let content = model.content(&item);
            let file = content.map(|c| (c.len() as u64, digest(mount.role, &c)));
            all.insert(format!("{}/{path}", mount.at), file);
        }
    }
    let above = |path: &String| path.rsplit_once('/').map(|(above, _)| above.to_owned());
    let mut folders: Vec<_> = all.keys().filter_map(above).collect();
    while let Some(folder) = folders.pop() {
        folders.extend(above(&folder));
        if !folder.is_empty() {
            all.entry(folder).or_insert(None);
        }
    }
    all
}
