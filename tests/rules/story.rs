//! One story in which everybody does something, told at the door itself.

use crate::common::{Gateway, pdf};
use loondossier::dossier::{DossierPath, Result};
use loondossier::vfs::{Also, Conditions, Create, Entry, Session};
use std::collections::BTreeMap;

/// Whoever signs in.
pub(crate) const LOGINS: [&str; 5] = ["petra", "jansen", "bos", "devries", "yilmaz"];

/// What somebody does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    Put,
    Folder,
    Move(&'static str),
    Copy(&'static str),
}

/// Something that is done, and by it whose view changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    pub(crate) who: &'static str,
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) seen_by: &'static [&'static str],
}

const fn act(
    who: &'static str,
    verb: Verb,
    path: &'static str,
    seen_by: &'static [&'static str],
) -> Act {
    Act { who, verb, path, seen_by }
}

#[rustfmt::skip]
pub(crate) const ACTS: [Act; 28] = [
    act("devries", Verb::Put, "/Mijn bestanden/dagboek.txt", &["devries"]),
    act("yilmaz", Verb::Put, "/Mijn bestanden/dagboek.txt", &["yilmaz"]),
    act("petra", Verb::Put, "/Mijn bestanden/notitie.txt", &["petra"]),
    act("bos", Verb::Put, "/My files/note.txt", &["bos"]),
    act("jansen", Verb::Put, "/Back-ups/data", &["jansen"]),
    act("petra", Verb::Put, "/Back-ups/data", &["petra"]),
    act("devries", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/verklaring.txt", &["devries", "jansen"]),
    act("devries", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/.DS_Store", &["devries"]),
    act("jansen", Verb::Move("/Gedeeld met kantoor/verklaring.txt"), "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/verklaring.txt", &["devries", "jansen", "petra"]),
    act("devries", Verb::Folder, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/map", &["devries", "jansen"]),
    act("devries", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/map/a.txt", &["devries", "jansen"]),
    act("jansen", Verb::Move("/Gedeeld met kantoor/map"), "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/map", &["devries", "jansen", "petra"]),
    act("devries", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/map/b.txt", &["devries", "jansen"]),
    act("yilmaz", Verb::Put, "/Werkgevers/Garage Bos/Gedeeld met werkgever/vraag.txt", &["yilmaz", "bos"]),
    act("bos", Verb::Copy("/Shared with office/vraag.txt"), "/Employees/7 S. Yilmaz/Shared by employee/vraag.txt", &["yilmaz", "bos", "petra"]),
    act("devries", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/terug.txt", &["devries", "jansen"]),
    act("devries", Verb::Move("/Mijn bestanden/terug.txt"), "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/terug.txt", &["devries", "jansen"]),
    act("jansen", Verb::Put, "/Gedeeld met kantoor/contract.txt", &["jansen", "petra"]),
    act("jansen", Verb::Put, "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/rooster.txt", &["jansen", "devries"]),
    act("petra", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/advies.txt", &["petra", "jansen"]),
    act("petra", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf", &["petra", "jansen"]),
    act("petra", Verb::Put, "/Werkgevers/Garage Bos/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf", &["petra", "bos"]),
    act("petra", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf", &["petra", "jansen", "devries"]),
    act("petra", Verb::Put, "/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder/Loonstrook 2026-11.pdf", &["petra", "jansen"]),
    act("bos", Verb::Put, "/Employees/7 S. Yilmaz/Payslip 2026-11.pdf", &["bos", "yilmaz"]),
    act("petra", Verb::Put, "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstrook 2026-11.pdf", &["petra", "bos", "yilmaz"]),
    act("jansen", Verb::Put, "/Werknemers/0043 S. Yilmaz/Jaaropgave 2025.pdf", &["jansen", "yilmaz"]),
    act("jansen", Verb::Put, "/Werknemers/0042 A. de Vries/Loonstrook 2026-10.pdf", &["jansen", "devries"]),
];

/// The server, and a session of everybody.
pub(crate) struct Story {
    pub(crate) gateway: Gateway,
    sessions: BTreeMap<&'static str, Session>,
}

pub(crate) fn path(text: &str) -> DossierPath {
    DossierPath::parse(text).unwrap()
}

impl Story {
    /// Before anything was done.
    pub(crate) async fn begin() -> Self {
        let gateway = Gateway::start().await;
        let mut sessions = BTreeMap::new();
        for login in LOGINS {
            sessions.insert(login, gateway.session(login).await);
        }
        Self { gateway, sessions }
    }

    /// After everything was done.
    pub(crate) async fn told() -> Self {
        let story = Self::begin().await;
        for act in ACTS {
            story.gateway.clock.advance(60_000);
            Box::pin(story.does(act)).await;
        }
        story
    }

    pub(crate) fn session(&self, login: &str) -> &Session {
        &self.sessions[login]
    }

    pub(crate) async fn does(&self, act: Act) {
        let (vfs, session) = (&self.gateway.vfs, self.session(act.who));
        let (from, free) = (path(act.path), Conditions::default());
        let done = match act.verb {
            Verb::Put => self.put(act.who, act.path, &pdf(act.path)).await,
            Verb::Folder => vfs.make_folder(session, &from, &free).await.map(drop),
            Verb::Move(to) => vfs.relocate(session, &from, &path(to), false, &free).await.map(drop),
            Verb::Copy(to) => {
                vfs.copy(session, &from, &path(to), false, false, &free).await.map(drop)
            }
        };
        assert_eq!(done, Ok(()), "{act:?}");
    }

    pub(crate) async fn put(&self, who: &str, to: &str, content: &[u8]) -> Result<()> {
        let create = Create { make: true, ..Create::default() };
        let mut upload = self.gateway.vfs.create(self.session(who), &path(to), create).await?;
        upload.write_at(0, content.to_vec().into()).await?;
        upload.commit().await.map(drop)
    }

    /// A day passes, and something of the day before is overwritten.
    pub(crate) async fn next_day(&self) {
        self.gateway.clock.advance(24 * 3_600_000);
        self.put("jansen", "/Back-ups/data", b"new").await.unwrap();
        self.put("devries", "/Mijn bestanden/dagboek.txt", b"new").await.unwrap();
    }

    /// Everything that an account finds by listing folder after folder.
    pub(crate) async fn all(&self, login: &str) -> Vec<(String, Entry)> {
        let (mut found, mut folders) = (Vec::new(), vec![String::new()]);
        while let Some(folder) = folders.pop() {
            let at = path(&folder);
            let also = Also { properties: true, space: true };
            let listing = self.gateway.vfs.list(self.session(login), &at, also).await;
            let mut listing = listing.unwrap_or_else(|e| panic!("{login} lists {folder}: {e}"));
            while let Some(entry) = listing.next().await.unwrap() {
                let path = format!("{folder}/{}", entry.name);
                if entry.folder {
                    folders.push(path.clone());
                }
                found.push((path, entry));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}
