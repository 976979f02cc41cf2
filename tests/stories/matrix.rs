//! Every verb on every place by every role: one table, the same by both protocols on both stores.
//!
//! What is shown beforehand, to Windows and by `oc:permissions`, is held against what the verbs then answer.
//!
//! `UPDATE_GOLDEN=1` writes `tests/golden/matrix.md` anew. Verbs that are answered alike share a row.

use crate::client::{Client, Told};
use crate::common::pdf;
use crate::dav::Dav;
use crate::places::{Comes, IN_OFFICE, OWN, Place, SHARED_BY, SHARES, Thing, places};
use crate::world::{DAY, World};
use futures_util::future::join_all;
use std::fmt::Write;
use std::path::Path;

const ROLES: [&str; 5] = ["petra", "jansen", "devries", "yilmaz", "bos"];
const COLUMNS: &str = "| | office | employer | employee | colleague | other employer |\n\
    |---|---|---|---|---|---|";

const FILE_VERBS: [&str; 19] = [
    "read",
    "overwrite",
    "folder on it",
    "put beside",
    "folder beside",
    "rename",
    "move out",
    "move to shared-by",
    "delete",
    "copy out",
    "copy out over",
    "move in",
    "copy in",
    "move over",
    "copy over",
    "set time",
    "lock",
    "copy to share",
    "move to share",
];
const FOLDER_VERBS: [&str; 17] = [
    "read",
    "put on it",
    "folder on it",
    "put in it",
    "folder in it",
    "rename",
    "move out",
    "move to shared-by",
    "delete",
    "copy out",
    "copy out over",
    "move over",
    "file over",
    "set time",
    "lock",
    "copy to share",
    "move to share",
];

fn verbs(thing: Thing) -> &'static [&'static str] {
    if thing == Thing::File { &FILE_VERBS } else { &FOLDER_VERBS }
}

/// A file, or a folder with a file in it, of one's own.
async fn make(client: &Client, thing: Thing, path: &str) {
    if thing == Thing::File {
        client.puts(path, &pdf(path)).await;
    } else {
        client.makes(path).await;
        client.puts(&format!("{path}/in.pdf"), &pdf(path)).await;
    }
}

/// Who asks, and of what.
struct Cell<'a> {
    client: &'a Client,
    /// For what SFTP has no word for.
    dav: Dav,
    role: usize,
    thing: Thing,
    folder: &'static str,
    name: String,
}

impl Cell<'_> {
    /// What the role is told by a verb, which is what it was shown before that it would be.
    async fn told_as_shown(&self, place: &str, verb: &str) -> Told {
        let it = format!("{}/{}", self.folder, self.name);
        let shown = self.dav.marks(&it).await;
        let around = self.dav.marks(&format!("{}/", self.folder)).await;
        let told = self.told(verb).await;
        // What is refused for its content could be put there.
        let done = matches!(told, Told::Done | Told::Refused(_));
        let file = self.thing == Thing::File;
        let letter = match verb {
            "read" => "G",
            "overwrite" => "W",
            "delete" => "D",
            "rename" => "N",
            "put in it" | "put beside" => "C",
            "folder in it" | "folder beside" => "K",
            _ => "",
        };
        let of = if verb.ends_with("beside") { around } else { shown };
        let says = format!("{place}: {} is told {told:?} for {verb} of {it}", ROLES[self.role]);
        // The one file that an employer puts in a set is its reason, which this is not.
        let reason = place.starts_with("a set") && self.role == 1 && verb == "put in it";
        let Some((letters, read_only)) = of.filter(|_| !reason) else { return told };
        if !letter.is_empty() {
            assert_eq!(letters.contains(letter), done, "{says}, and shown {letters}");
        }
        if verb == "overwrite" && !letters.contains('K') {
            assert_eq!(read_only, !done, "{says}, and read only is {read_only}");
        }
        if ["move out", "move to share", "move to shared-by"].contains(&verb) && done {
            assert!(letters.contains('V'), "{says}, and shown {letters}");
        }
        if verb == "set time" && done {
            assert!(letters.contains(if file { 'W' } else { 'N' }), "{says}, and shown {letters}");
        }
        told
    }

    /// What the role is told by a verb.
    async fn told(&self, verb: &str) -> Told {
        let Self { client, thing, folder, name, role, .. } = self;
        let (it, own) = (format!("{folder}/{name}"), OWN[*role]);
        let (beside, out) = (format!("{folder}/b {name}"), format!("{own}/uit {name}"));
        let share = format!("{}/gedeeld {name}", SHARES[*role]);
        let mine = format!("{own}/{verb} {thing:?} {name}");
        if matches!(verb, "move in" | "copy in" | "move over" | "copy over") {
            make(client, *thing, &mine).await;
        }
        match verb {
            "read" if *thing == Thing::Folder => client.list(&it).await.err().unwrap_or(Told::Done),
            "read" => client.get(&it).await.err().unwrap_or(Told::Done),
            "overwrite" | "put on it" => client.put(&it, &pdf("other")).await,
            "folder on it" => client.make_folder(&it).await,
            "put in it" => client.put(&format!("{it}/nieuw.pdf"), &pdf("new")).await,
            "folder in it" => client.make_folder(&format!("{it}/nieuw")).await,
            "put beside" => client.put(&beside, &pdf("beside")).await,
            "folder beside" => client.make_folder(&beside).await,
            "rename" => client.rename(&it, &beside, false).await,
            "move out" => client.rename(&it, &out, false).await,
            "move to shared-by" => {
                client.rename(&it, &format!("{}/terug {name}", SHARED_BY[*role]), false).await
            }
            "delete" => client.delete(&it).await,
            "copy out" => client.copy(&it, &out).await,
            "copy out over" => self.copy_out_over(&it).await,
            "move in" => client.rename(&mine, &beside, false).await,
            "copy in" => client.copy(&mine, &beside).await,
            "move over" => client.rename(&mine, &it, true).await,
            "copy over" => client.copy_over(&mine, &it).await,
            "file over" => {
                client.puts(&mine, &pdf("own")).await;
                client.rename(&mine, &it, true).await
            }
            "set time" => client.set_time(&it).await,
            "lock" => self.dav.lock(&it).await,
            "copy to share" => client.copy(&it, &share).await,
            _ => client.rename(&it, &share, false).await,
        }
    }

    /// Over something of one's own; what is of an earlier day, over what it is today.
    async fn copy_out_over(&self, it: &str) -> Told {
        let Self { client, thing, folder, name, role, .. } = self;
        let itself = *folder == OWN[*role];
        let over = format!("{}/{}{name}", OWN[*role], if itself { "over " } else { "" });
        if client.size(&over).await == Err(Told::Absent) {
            make(client, *thing, &over).await;
        }
        client.copy_over(it, &over).await
    }
}

fn word(told: Told) -> String {
    match told {
        Told::Done => "yes".into(),
        Told::Absent => "absent".into(),
        Told::Denied => "denied".into(),
        Told::Taken => "taken".into(),
        Told::KindsMeet => "conflict".into(),
        Told::Refused(why) => why.split(':').next().unwrap_or_default().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Brings something fresh to a place, and gives its name.
async fn come(clients: &[Client; 5], place: &Place, thing: Thing, cell: usize) -> String {
    let payslip =
        ["employee, placed", "payslips", "delivered"].iter().any(|t| place.title.contains(t));
    let kind = if payslip { "Loonstrook 2026-11 " } else { "" };
    let end = if thing == Thing::File { ".pdf" } else { "" };
    let name = format!("{kind}n{cell}{end}");
    let by_employee = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
    match place.comes {
        Comes::Put(who, folder) => make(&clients[who], thing, &format!("{folder}/{name}")).await,
        Comes::Forwarded => {
            make(&clients[2], thing, &format!("{}/{name}", SHARES[2])).await;
            let from = format!("{by_employee}/{name}");
            clients[1].moves(&from, &format!("{}/{name}", SHARES[1])).await;
        }
        Comes::Mixed => {
            make(&clients[1], thing, &format!("{}/{name}", SHARES[1])).await;
            clients[2].puts(&format!("{}/{name}", SHARES[2]), &pdf("forwarded")).await;
            let to = format!("{}/{name}/door.pdf", SHARES[1]);
            clients[1].moves(&format!("{by_employee}/{name}"), &to).await;
        }
        Comes::Before => {}
        Comes::Set | Comes::Approved => {
            let (own, review) =
                (format!("{}/{name}", OWN[0]), format!("{IN_OFFICE}/Ter controle/{name}"));
            make(&clients[0], thing, &own).await;
            clients[0].moves(&own, &review).await;
            if place.comes == Comes::Approved {
                let (from, to) = (format!("/Ter controle/{name}"), format!("/Goedgekeurd/{name}"));
                clients[1].moves(&from, &to).await;
            }
        }
        Comes::Is(file, folder) => {
            return (if thing == Thing::File { file } else { folder }).to_owned();
        }
    }
    name
}

/// The table of one thing at one place. Its cells are numbered from `first`.
async fn table(world: &World, clients: &[Client; 5], at: (&Place, Thing), first: usize) -> String {
    let (place, thing) = at;
    let mut rows: Vec<(Vec<&str>, String)> = Vec::new();
    for (line, verb) in verbs(thing).iter().enumerate() {
        let cells = clients.iter().enumerate().map(async |(role, client)| {
            let folder = place.folders[role];
            let top = place.title.contains("top");
            // A folder is read and copied by the client itself in SFTP, as far as it likes.
            let by_client =
                verb.starts_with("copy out") || ["read", "copy to share"].contains(verb);
            if (folder.is_empty() && !top) || (top && by_client) {
                return String::new();
            }
            let name = come(clients, place, thing, first + line * ROLES.len() + role).await;
            let dav = Dav::new(world.gateway.dav, ROLES[role]);
            let cell = Cell { client, dav, role, thing, folder, name };
            word(cell.told_as_shown(place.title, verb).await)
        });
        let told = join_all(cells).await;
        let row = format!(" {} |", told.join(" | "));
        match rows.iter_mut().find(|(_, answers)| *answers == row) {
            Some((verbs, _)) => verbs.push(verb),
            None => rows.push((vec![verb], row)),
        }
    }
    let mut table = format!("{COLUMNS}\n");
    for (verbs, row) in rows {
        writeln!(table, "| {} |{row}", verbs.join(", ")).unwrap();
    }
    table
}

/// The colleague shares what the last tables are about, and leaves.
async fn the_colleague_leaves(world: &World, clients: &[Client; 5], first: usize) {
    let files = FILE_VERBS.len() * ROLES.len();
    for cell in 0..files + FOLDER_VERBS.len() * ROLES.len() {
        let (thing, end) = if cell < files { (Thing::File, ".pdf") } else { (Thing::Folder, "") };
        make(&clients[3], thing, &format!("{}/n{}{end}", SHARES[3], first + cell)).await;
    }
    let left = "yilmaz;nl;2020-01-01;2026-11-24;";
    world.roster(&[("jansen.csv", "yilmaz;nl;2020-01-01;;", left)]).await;
}

pub(crate) async fn every_verb_on_every_place_by_every_role(world: World) {
    let clients = world.clients(ROLES).await;
    make(&clients[1], Thing::File, "/Mijn bestanden/gisteren.pdf").await;
    make(&clients[1], Thing::Folder, "/Mijn bestanden/gisteren").await;
    world.gateway.clock.advance(DAY);
    let (mut out, mut cell) = (String::new(), 0);
    for place in places() {
        if place.comes == Comes::Before {
            the_colleague_leaves(&world, &clients, cell).await;
        }
        writeln!(out, "## {}\n", place.title).unwrap();
        for thing in place.things {
            if *thing == Thing::Folder && place.things.len() > 1 {
                writeln!(out, "A folder there:\n").unwrap();
            }
            let rows = table(&world, &clients, (&place, *thing), cell).await;
            cell += verbs(*thing).len() * ROLES.len();
            writeln!(out, "{rows}").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/matrix.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    for (line, (is, was)) in out.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of the matrix", line + 1);
    }
    assert_eq!(out.len(), golden.len());
}
