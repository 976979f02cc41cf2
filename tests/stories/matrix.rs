//! Every verb on every place by every role: one table, the same by both protocols on both stores.
//!
//! `UPDATE_GOLDEN=1` writes `tests/golden/matrix.md` anew.

use crate::client::{Client, Told};
use crate::common::pdf;
use crate::world::{DAY, World};
use std::fmt::Write;
use std::path::Path;

const ROLES: [&str; 5] = ["petra", "jansen", "devries", "yilmaz", "bos"];

/// How a file comes to a place, fresh for every cell.
#[derive(Clone, Copy)]
enum Comes {
    /// This role puts it there.
    Put(usize, &'static str),
    /// An employee shares it, and its employer forwards it.
    Forwarded,
    /// It is there, and cannot be made again.
    Is(&'static str),
}

struct Place {
    title: &'static str,
    comes: Comes,
    /// The folder as each role would name it; none where that is a folder of its own.
    folders: [&'static str; 5],
}

const IN_OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";
const OWN: [&str; 5] =
    ["/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden", "/My files"];
const SHARES: [&str; 5] = [
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Gedeeld met kantoor",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Shared with office",
];

#[rustfmt::skip]
fn places() -> Vec<Place> {
    let at_office = |rest: &str| -> &'static str { format!("{IN_OFFICE}/{rest}").leak() };
    let (deliver, in_own, colleague) =
        (at_office("Werknemers/0042 A. de Vries"), "/Werknemers/0042 A. de Vries", "/Werknemers/0042 A. de Vries");
    let place = |title, comes, folders| Place { title, comes, folders };
    let below = |folder: &str, rest: &str| -> &'static str { format!("{folder}/{rest}").leak() };
    let payslips = |title, by, into| place(title, Comes::Put(by, into), [
        below(deliver, "Loonstroken/2026"), below(in_own, "Loonstroken/2026"), at_office("Loonstroken/2026"),
        below(colleague, "Loonstroken/2026"), "/Employees/0042 A. de Vries/Payslips/2026"]);
    vec![
        place("own files of an employer", Comes::Put(1, OWN[1]), ["", OWN[1], "", "", OWN[1]]),
        place("backups of an office", Comes::Put(0, "/Back-ups"), ["/Back-ups", "", "/Back-ups", "/Back-ups", ""]),
        place("shared by an employee", Comes::Put(2, SHARES[2]), [
            below(deliver, "Gedeeld door werknemer"), below(in_own, "Gedeeld door werknemer"), SHARES[2],
            below(colleague, "Gedeeld door werknemer"), "/Employees/0042 A. de Vries/Shared by employee"]),
        place("forwarded to the office", Comes::Forwarded, [
            at_office("Gedeeld door werkgever"), SHARES[1], SHARES[1], SHARES[1], ""]),
        place("shared by an employer with its office", Comes::Put(1, SHARES[1]), [
            at_office("Gedeeld door werkgever"), SHARES[1], SHARES[1], SHARES[1], ""]),
        place("shared by an employer with an employee", Comes::Put(1, "/Werknemers/0042 A. de Vries/Gedeeld met werknemer"), [
            below(deliver, "Gedeeld met werknemer"), below(in_own, "Gedeeld met werknemer"),
            at_office("Gedeeld door werkgever"), "", "/Employees/0042 A. de Vries/Shared with employee"]),
        place("shared by an office with an employer", Comes::Put(0, SHARES[0]), [
            SHARES[0], "/Gedeeld door kantoor", "/Gedeeld door kantoor", "/Gedeeld door kantoor", ""]),
        place("overviews of an employer", Comes::Put(0, at_office("Overzichten/Journaalposten/2026")), [
            at_office("Overzichten/Journaalposten/2026"), "/Overzichten/Journaalposten/2026",
            at_office("Overzichten/Journaalposten/2026"), "/Overzichten/Journaalposten/2026", ""]),
        payslips("payslips of an employee, placed by the office", 0, deliver),
        payslips("payslips of an employee, placed by its employer", 1, in_own),
        place("payslips that the office may see", Comes::Put(0, "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz"), [
            "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstroken/2026", "/Werknemers/7 S. Yilmaz/Loonstroken/2026",
            "/Werkgevers/Garage Bos/Loonstroken/2026", "/Werkgevers/Garage Bos/Loonstroken/2026", "/Employees/7 S. Yilmaz/Payslips/2026"]),
        place("payslips on paper", Comes::Put(0, at_office("Werknemers/0044 B. Zonder")), [
            at_office("Werknemers/0044 B. Zonder/Op papier/2026"), "/Werknemers/0044 B. Zonder/Op papier/2026",
            at_office("Op papier/2026"), at_office("Op papier/2026"), "/Employees/0044 B. Zonder/On paper/2026"]),
        place("what was just delivered", Comes::Put(0, deliver), [deliver, in_own, deliver, deliver, "/Employees/0042 A. de Vries"]),
        place("an earlier day of an employer", Comes::Is("gisteren.pdf"), [
            "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Eerdere dagen/2026-11-24/Mijn bestanden",
            "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Earlier days/2026-11-24/My files"]),
        place("the log", Comes::Is("2026-11.csv"), ["/Logboek", "/Logboek", "/Logboek", "/Logboek", "/Log"]),
        place("the top of the tree", Comes::Is("Mijn bestanden"), ["", "", "", "", ""]),
    ]
}

const VERBS: [&str; 13] = [
    "read",
    "overwrite",
    "put beside",
    "folder beside",
    "rename",
    "move out",
    "delete",
    "copy out",
    "move in",
    "copy in",
    "move over",
    "copy to share",
    "move to share",
];

/// What a role is told by a verb on a file.
async fn told(client: &Client, role: usize, verb: &str, folder: &str, name: &str) -> Told {
    let (file, fresh) = (format!("{folder}/{name}"), format!("b {name}"));
    let (beside, own) = (format!("{folder}/{fresh}"), format!("{}/uit {name}", OWN[role]));
    let share = format!("{}/gedeeld {name}", SHARES[role]);
    let mine = format!("{}/van mij {name}", OWN[role]);
    if matches!(verb, "move in" | "copy in" | "move over") {
        client.puts(&mine, &pdf("own")).await;
    }
    match verb {
        "read" => client.get(&file).await.err().unwrap_or(Told::Done),
        "overwrite" => client.put(&file, &pdf("other")).await,
        "put beside" => client.put(&beside, &pdf("beside")).await,
        "folder beside" => client.make_folder(&beside).await,
        "rename" => client.rename(&file, &beside, false).await,
        "move out" => client.rename(&file, &own, false).await,
        "delete" => client.delete(&file).await,
        "copy out" => client.copy(&file, &own).await,
        "move in" => client.rename(&mine, &beside, false).await,
        "copy in" => client.copy(&mine, &beside).await,
        "move over" => client.rename(&mine, &file, true).await,
        "copy to share" => client.copy(&file, &share).await,
        _ => client.rename(&file, &share, false).await,
    }
}

fn word(told: Told) -> String {
    match told {
        Told::Done => "yes".into(),
        Told::Absent => "absent".into(),
        Told::Denied => "denied".into(),
        Told::Taken => "taken".into(),
        Told::Refused(why) => why.split(':').next().unwrap_or_default().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Brings a fresh file to a place, and gives its name.
async fn come(clients: &[Client; 5], place: &Place, cell: usize) -> String {
    let payslip =
        ["employee, placed", "payslips", "delivered"].iter().any(|t| place.title.contains(t));
    let kind = if payslip { "Loonstrook 2026-11 " } else { "" };
    let name = format!("{kind}n{cell}.pdf");
    match place.comes {
        Comes::Put(who, folder) => {
            let path = format!("{folder}/{name}");
            clients[who].puts(&path, &pdf(&name)).await;
        }
        Comes::Forwarded => {
            clients[2].puts(&format!("{}/{name}", SHARES[2]), &pdf(&name)).await;
            let from = format!("/Werknemers/0042 A. de Vries/Gedeeld door werknemer/{name}");
            clients[1].moves(&from, &format!("{}/{name}", SHARES[1])).await;
        }
        Comes::Is(name) => return name.to_owned(),
    }
    name
}

pub(crate) async fn every_verb_on_every_place_by_every_role(world: World) {
    let clients = world.clients(ROLES).await;
    clients[1].puts("/Mijn bestanden/gisteren.pdf", &pdf("yesterday")).await;
    world.gateway.clock.advance(DAY);
    let (mut out, mut cell) = (String::new(), 0);
    for place in places() {
        writeln!(out, "## {}\n", place.title).unwrap();
        writeln!(out, "| | office | employer | employee | colleague | other employer |").unwrap();
        writeln!(out, "|---|---|---|---|---|---|").unwrap();
        for verb in VERBS {
            let mut row = format!("| {verb} |");
            for (role, client) in clients.iter().enumerate() {
                let folder = place.folders[role];
                let top = place.title.contains("top");
                // A folder is read and copied by the client itself in SFTP, as far as it likes.
                let by_client = ["read", "copy out", "copy to share"].contains(&verb);
                let skipped = (folder.is_empty() && !top) || (top && by_client);
                cell += 1;
                let told = if skipped {
                    String::new()
                } else {
                    let name = come(&clients, &place, cell).await;
                    word(told(client, role, verb, folder, &name).await)
                };
                write!(row, " {told} |").unwrap();
            }
            writeln!(out, "{row}").unwrap();
        }
        out.push('\n');
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
