//! The real thing, asked at the door: a dossier of its own for each history.

use crate::cast::{BOS, JANSEN, JOBS, LOGINS, NAMES, PARTIES, PEOPLE, Party};
use crate::model::Model;
use crate::verbs::Told;
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::catalog::Db;
use loondossier::clock::Clock;
use loondossier::dossier::roster::{self, Leavers, Options};
use loondossier::dossier::{DossierPath, Error, Scope, day};
use loondossier::vfs::{Also, Conditions, Create, Quota, Remove, Session, Vfs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all the dossiers share: contents and keys.
#[derive(Clone)]
pub(crate) struct Store {
    folder: Arc<tempfile::TempDir>,
    blobs: Blobs,
    keyring: Arc<Keyring>,
    /// An empty database, made once: to make its tables takes longer than most histories.
    empty: PathBuf,
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
        let (made, empty) = (folder.path().join("made.sqlite"), folder.path().join("empty.sqlite"));
        drop(Db::sqlite(&made).await.unwrap());
        let made = rusqlite::Connection::open(made).unwrap();
        made.execute("vacuum into ?1", [empty.to_str().unwrap()]).unwrap();
        Self { folder, blobs, keyring, empty }
    }
}

/// A dossier with its cast, each with a session.
pub(crate) struct Real {
    vfs: Vfs,
    clock: Clock,
    sessions: Vec<Session>,
    /// From when an office works for an employer, and until when a person worked there.
    since: BTreeMap<(Party, Party), String>,
    _folder: tempfile::TempDir,
}

/// What is at a path: what may be done with it, and of a file the size and, where it can be read, the
/// SHA-256.
pub(crate) type Seen = (String, Option<(u64, Option<Vec<u8>>)>);

fn path(text: &str) -> DossierPath {
    DossierPath::parse(text).unwrap()
}

impl Real {
    pub(crate) async fn begin(store: &Store, model: &Model) -> Self {
        let folder = tempfile::tempdir_in(store.folder.path()).unwrap();
        let file = folder.path().join("dossier.sqlite");
        std::fs::copy(&store.empty, &file).unwrap();
        let db = Db::sqlite(&file).await.unwrap();
        let clock = Clock::fixed(day::start("2026-11-03".parse().unwrap()) + 12 * 3_600_000);
        let (blobs, keyring) = (store.blobs.clone(), Arc::clone(&store.keyring));
        let vfs = Vfs::new(db, blobs, keyring, clock.clone(), Quota::default());
        let (sessions, since) = (Vec::new(), BTreeMap::new());
        let mut real = Self { vfs, clock, sessions, since, _folder: folder };
        real.apply(model).await;
        for login in LOGINS {
            real.sessions.push(real.vfs.operator_session(login).await.unwrap());
        }
        real
    }

    pub(crate) fn today(&self) -> String {
        day::date(self.clock.now()).to_string()
    }

    /// The present as a log has it.
    pub(crate) fn now(&self) -> String {
        day::local(self.clock.now()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// From now on all sessions only read, or not.
    pub(crate) fn narrow(&mut self, reads_only: bool) {
        for session in &mut self.sessions {
            session.scope = if reads_only { Scope::READ } else { Scope::FULL };
        }
    }

    /// So much time passes that what is done again is logged again.
    pub(crate) fn wait(&self) {
        self.clock.advance(61_000);
    }

    /// What comes next is later, by as little as can be.
    pub(crate) fn tick(&self) {
        self.clock.advance(1);
    }

    /// A day passes; from today on the roster is as in the model.
    pub(crate) async fn next_day(&mut self, model: &Model) {
        self.clock.advance(24 * 3_600_000);
        self.apply(model).await;
    }

    async fn apply(&mut self, model: &Model) {
        let today = day::date(self.clock.now());
        let engaged = model.office.iter().map(|(employer, office)| (*employer, *office));
        let engaged: Vec<_> = engaged.collect();
        self.since.retain(|pair, _| engaged.contains(pair) || model.left.contains(pair));
        for pair in engaged {
            self.since.entry(pair).or_insert(today.to_string());
        }
        for pair in &model.left {
            self.since.entry(*pair).or_insert(today.yesterday().unwrap().to_string());
        }
        let files = self.roster(model);
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

    /// All that a party is shown, today and on each of these days; of a day only what it shows of
    /// what was put there.
    pub(crate) async fn tree(&self, who: Party, days: &[String]) -> BTreeMap<String, Seen> {
        let days = days.iter().map(|day| format!("/Eerdere dagen/{day}"));
        let (mut all, mut open): (_, Vec<_>) = (BTreeMap::new(), days.collect());
        open.push(String::new());
        while let Some(at) = open.pop() {
            let past = at.starts_with("/Eerdere dagen/");
            let mut listing =
                match self.vfs.list(&self.sessions[who], &path(&at), Also::default()).await {
                    Err(Error::NotFound) if past => continue,
                    listing => listing.unwrap(),
                };
            while let Some(entry) = listing.next().await.unwrap() {
                let at = format!("{at}/{}", entry.name);
                let file = (entry.size, entry.digests.map(|d| d.sha256.to_vec()));
                let made = ["/Eerdere dagen", "/Logboek", "/Aanleveren/Ontvangst"];
                if entry.folder && !made.contains(&at.as_str()) {
                    open.push(at.clone());
                }
                if !past || entry.public_id.is_some() {
                    let rights = entry.rights.to_string();
                    all.insert(at, (rights, (!entry.folder).then_some(file)));
                }
            }
        }
        all
    }

    /// The lines of a party's log, without where they came from.
    pub(crate) async fn log(&self, who: Party) -> Vec<String> {
        let text = match self.read(who, "/Logboek/2026-11.csv").await {
            Ok(text) => String::from_utf8(text).unwrap(),
            Err(_) => return Vec::new(),
        };
        text.lines().skip(1).map(|line| line.rsplit_once(';').unwrap().0.to_owned()).collect()
    }

    /// The roster as files, by name.
    fn roster(&self, model: &Model) -> BTreeMap<String, Vec<u8>> {
        let mut toml = String::from("schema = 1\n");
        let mut files = BTreeMap::new();
        let keys = ["visser", "loon", "jansen", "bos"];
        for party in PARTIES.into_iter().take(4) {
            let (key, login) = (keys[party], LOGINS[party]);
            let (name, person) = (NAMES[party], PEOPLE[party]);
            let kind = if party < JANSEN { "office" } else { "employer" };
            toml += &format!(
                "[[{kind}]]\nid = \"{key}\"\nname = \"{name}\"\nstaff = [ {{ login = \"{login}\", \
                 name = \"{person}\", email = \"{login}@x.example\" }} ]\n"
            );
            if party < JANSEN {
                continue;
            }
            let lhn = if party == BOS { "111222333L01" } else { "123456782L01" };
            let file = format!("{key}.csv");
            toml += &format!(
                "administrations = [\"{lhn}\"]\nemployees = {{ \"{lhn}\" = \"{file}\" }}\n"
            );
            if let Some(by) = model.office.get(&party) {
                let (from, by) = (&self.since[&(party, *by)], keys[*by]);
                let payslips = if model.visible.contains(&party) { "visible" } else { "hidden" };
                toml += &format!(
                    "office = {{ id = \"{by}\", from = {from}, payslips = \"{payslips}\" }}\n"
                );
            }
            files.insert(file, self.people(party, model).into_bytes());
        }
        files.insert("roster.toml".to_owned(), toml.into_bytes());
        files
    }

    fn people(&self, employer: Party, model: &Model) -> String {
        let mut csv = String::from(
            "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal;persoon\n",
        );
        for (person, _, folder) in JOBS.iter().filter(|(_, e, _)| *e == employer) {
            let (number, name) = folder.split_once(' ').unwrap();
            let (login, job) = (LOGINS[*person], (*person, employer));
            let until = self.since.get(&job).filter(|_| model.left.contains(&job));
            let until = until.map_or("", |day| day);
            csv += &format!(
                "{number};{name};{login}@x.example;{login};nl;2020-01-01;{until};2020-01-01;{login}\n"
            );
        }
        csv
    }
}
