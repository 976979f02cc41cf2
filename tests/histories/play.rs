//! The real thing, asked at the door: a dossier of its own for each history.

use crate::model::Told;
use crate::trees::{BOS, JANSEN, JOBS, LOGINS, LOON, PARTIES, Party, VISSER};
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::catalog::Db;
use loondossier::clock::Clock;
use loondossier::dossier::roster::{self, Leavers, Options};
use loondossier::dossier::{DossierPath, Error, day};
use loondossier::vfs::{Conditions, Create, Quota, Remove, Session, Vfs};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What all the dossiers share: contents and keys.
#[derive(Clone)]
pub(crate) struct Store {
    folder: Arc<tempfile::TempDir>,
    blobs: Blobs,
    keyring: Arc<Keyring>,
}

impl Store {
    /// In memory where the system has such a place: these histories are about rules, and what survives
    /// a power cut is tested elsewhere.
    pub(crate) async fn open() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = Arc::new(tempfile::tempdir_in(place).unwrap());
        let service = Service::Folder(folder.path().to_owned());
        let blobs = Blobs::open(service, &folder.path().join("staging")).await.unwrap();
        let keyring = Arc::new(Keyring::create(&folder.path().join("master.key")).unwrap());
        Self { folder, blobs, keyring }
    }
}

/// A dossier with its cast, each with a session.
pub(crate) struct Real {
    vfs: Vfs,
    clock: Clock,
    sessions: Vec<Session>,
    _folder: tempfile::TempDir,
}

fn path(text: &str) -> DossierPath {
    DossierPath::parse(text).unwrap()
}

impl Real {
    pub(crate) async fn begin(store: &Store) -> Self {
        let folder = tempfile::tempdir_in(store.folder.path()).unwrap();
        let db = Db::sqlite(&folder.path().join("dossier.sqlite")).await.unwrap();
        let clock = Clock::fixed(day::start("2026-11-03".parse().unwrap()) + 12 * 3_600_000);
        let (blobs, keyring) = (store.blobs.clone(), Arc::clone(&store.keyring));
        let vfs = Vfs::new(db, blobs, keyring, clock.clone(), Quota::default());
        let mut real = Self { vfs, clock, sessions: Vec::new(), _folder: folder };
        let office = BTreeMap::from([(JANSEN, VISSER), (BOS, VISSER)]);
        real.apply(&office, &BTreeSet::new()).await;
        for login in LOGINS {
            real.sessions.push(real.vfs.operator_session(login).await.unwrap());
        }
        real
    }

    fn today(&self) -> String {
        day::date(self.clock.now()).to_string()
    }

    /// A day passes; from today on these are the offices, and these have left.
    pub(crate) async fn next_day(
        &self,
        office: &BTreeMap<Party, Party>,
        left: &BTreeSet<(Party, Party)>,
    ) {
        self.clock.advance(24 * 3_600_000);
        self.apply(office, left).await;
    }

    async fn apply(&self, office: &BTreeMap<Party, Party>, left: &BTreeSet<(Party, Party)>) {
        let files = roster(office, left, &self.today());
        let mut open = |name: &str| files.get(name).cloned().ok_or("not there".to_owned());
        let text = String::from_utf8(open("roster.toml").unwrap()).unwrap();
        let wanted = roster::read("roster.toml", &text, &mut open).unwrap();
        let options = Options { prune: true, most: Leavers::Number(100) };
        self.vfs.apply_roster(Arc::new(wanted), options).await.unwrap();
    }

    pub(crate) async fn read(&self, who: Party, at: &str) -> Result<Vec<u8>, Error> {
        let file = self.vfs.open(&self.sessions[who], &path(at)).await?;
        Ok(file.read_at(0, 1 << 20).await?.to_vec())
    }

    pub(crate) async fn put(&self, who: Party, at: &str, content: &[u8]) -> Told {
        let create = Create { make: true, ..Create::default() };
        let mut upload = self.vfs.create(&self.sessions[who], &path(at), create).await?;
        upload.write_at(0, content.to_vec().into()).await?;
        upload.commit().await.map(drop)
    }

    pub(crate) async fn make_folder(&self, who: Party, at: &str) -> Told {
        let free = Conditions::default();
        self.vfs.make_folder(&self.sessions[who], &path(at), &free).await.map(drop)
    }

    pub(crate) async fn remove(&self, who: Party, at: &str) -> Told {
        let free = Conditions::default();
        self.vfs.remove(&self.sessions[who], &path(at), Remove::Anything, &free).await
    }

    pub(crate) async fn relocate(&self, who: Party, from: &str, to: &str, over: bool) -> Told {
        let (session, free) = (&self.sessions[who], Conditions::default());
        self.vfs.relocate(session, &path(from), &path(to), over, &free).await.map(drop)
    }

    pub(crate) async fn copy(&self, who: Party, from: &str, to: &str, over: bool) -> Told {
        let (session, free) = (&self.sessions[who], Conditions::default());
        self.vfs.copy(session, &path(from), &path(to), over, false, &free).await.map(drop)
    }

    /// All that a party is shown today: each path with the size and digest of a file.
    pub(crate) async fn tree(&self, who: Party) -> BTreeMap<String, Option<(u64, Vec<u8>)>> {
        let (mut all, mut open) = (BTreeMap::new(), vec![String::new()]);
        while let Some(at) = open.pop() {
            let mut listing = self.vfs.list(&self.sessions[who], &path(&at), false).await.unwrap();
            while let Some(entry) = listing.next().await.unwrap() {
                let at = format!("{at}/{}", entry.name);
                let sum = entry.digests.map(|d| d.sha256).unwrap_or_default();
                let file = (!entry.folder).then_some((entry.size, sum));
                if entry.folder && at != "/Eerdere dagen" && at != "/Logboek" {
                    open.push(at.clone());
                }
                all.insert(at, file);
            }
        }
        all
    }

    /// The lines of a party's log, without their time and where they came from.
    pub(crate) async fn log(&self, who: Party) -> Vec<String> {
        let text = match self.read(who, "/Logboek/2026-11.csv").await {
            Ok(text) => String::from_utf8(text).unwrap(),
            Err(_) => return Vec::new(),
        };
        let cells = |line: &str| line.split(';').skip(1).take(4).collect::<Vec<_>>().join(";");
        text.lines().skip(1).map(cells).collect()
    }
}

/// The roster as files, by name.
fn roster(
    office: &BTreeMap<Party, Party>,
    left: &BTreeSet<(Party, Party)>,
    today: &str,
) -> BTreeMap<String, Vec<u8>> {
    let mut toml = String::from("schema = 1\n");
    let mut files = BTreeMap::new();
    let keys = ["visser", "loon", "jansen", "bos"];
    for party in PARTIES.into_iter().take(4) {
        let (key, login) = (keys[party], LOGINS[party]);
        let (name, person) = (crate::trees::name_of(party), crate::trees::known_as(party, party));
        let kind = if party < 2 { "office" } else { "employer" };
        toml += &format!(
            "[[{kind}]]\nid = \"{key}\"\nname = \"{name}\"\nstaff = [ {{ login = \"{login}\", \
             name = \"{person}\", email = \"{login}@x.example\" }} ]\n"
        );
        if party < 2 {
            continue;
        }
        let lhn = if party == JANSEN { "123456782L01" } else { "111222333L01" };
        let file = format!("{key}.csv");
        toml +=
            &format!("administrations = [\"{lhn}\"]\nemployees = {{ \"{lhn}\" = \"{file}\" }}\n");
        if let Some(by) = office.get(&party) {
            let from = if *by == LOON { today } else { "2026-01-01" };
            let payslips = if party == crate::trees::VISIBLE { "visible" } else { "hidden" };
            let by = keys[*by];
            toml += &format!(
                "office = {{ id = \"{by}\", from = {from}, payslips = \"{payslips}\" }}\n"
            );
        }
        files.insert(file, people(party, left, today).into_bytes());
    }
    files.insert("roster.toml".to_owned(), toml.into_bytes());
    files
}

fn people(employer: Party, left: &BTreeSet<(Party, Party)>, today: &str) -> String {
    let mut csv = String::from(
        "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal;persoon\n",
    );
    for (person, _, folder) in JOBS.iter().filter(|(_, e, _)| *e == employer) {
        let (number, name) = folder.split_once(' ').unwrap();
        let login = LOGINS[*person];
        let yesterday = today.parse::<jiff::civil::Date>().unwrap().yesterday().unwrap();
        let until =
            if left.contains(&(*person, employer)) { yesterday.to_string() } else { String::new() };
        csv += &format!(
            "{number};{name};{login}@x.example;{login};nl;2020-01-01;{until};2020-01-01;{login}\n"
        );
    }
    csv
}
