//! Delivering and withdrawing from the command line.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::server::Server;
use common::{cast, file, pdf};
use loondossier::clock::Clock;
use loondossier::dossier::delivery::publish;
use std::path::Path;
use std::time::Duration;

/// What a command printed, and how it ended.
fn told(server: &Server, words: &[&str]) -> (String, i32) {
    let output = server.command(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code().unwrap())
}

fn inbox(server: &Server, login: &str) -> Vec<String> {
    let tree = server.runs(&["tree", login, "--json"]);
    let all: Vec<String> = serde_json::from_str(&tree).unwrap();
    all.into_iter().filter(|path| path.contains("/Loonstroken/2026/L")).collect()
}

/// The id of the payslip of an employee, which its receipt has.
fn payslip_of(data: &std::path::Path, number: &str) -> String {
    let catalog = rusqlite::Connection::open(data.join("dossier.sqlite")).unwrap();
    let query = "select n.public_id from node n join placement p on p.node = n.id \
                 join employment m on m.overviews_root = p.parent where m.number = $1";
    catalog.query_row(query, [number], |row| row.get(0)).unwrap()
}

#[test]
fn what_would_go_where_is_told_then_done_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let batch = folder.path().join("loon");
    for (name, content) in [
        ("123456782L01_0042_loonstrook_2026-11.pdf", pdf("a")),
        ("123456782L01_0099_loonstrook_2026-11.pdf", pdf("b")),
        ("123456782L01/0043/loonstrook 2026-11.pdf", pdf("c")),
        ("123456782L01/journaal_2026-11.pdf", b"no PDF".to_vec()),
    ] {
        std::fs::create_dir_all(batch.join(name).parent().unwrap()).unwrap();
        file(&batch, name, &content);
    }
    let path = batch.to_str().unwrap();
    let dry = told(&server, &["deliver", "--as", "petra", "--dry-run", path]);
    let wanted = "123456782L01/0043/loonstrook 2026-11.pdf  ->  \
        Bakkerij Jansen BV/0043 S. Yilmaz/Loonstroken/2026/Loonstrook 2026-11.pdf\n\
        123456782L01/journaal_2026-11.pdf  ->  \
        E09: De inhoud past niet bij het type. Alleen PDF en XML worden aangenomen.\n\
        123456782L01_0042_loonstrook_2026-11.pdf  ->  \
        Bakkerij Jansen BV/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-11.pdf\n\
        123456782L01_0099_loonstrook_2026-11.pdf  ->  E05: Dit personeelsnummer is niet bekend \
        bij deze werkgever. Werk eerst de personeelslijst bij.\n";
    assert_eq!(dry, (wanted.to_owned(), 4));
    assert!(inbox(&server, "devries").is_empty());

    assert_eq!(told(&server, &["deliver", "--as", "petra", path]), (wanted.to_owned(), 4));
    let mine = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert_eq!(inbox(&server, "devries"), [mine]);
    let refused = server.runs(&["tree", "petra", "/Aanleveren/Afgewezen"]);
    assert!(refused.contains("123456782L01_0099_loonstrook_2026-11.pdf.reden.txt"), "{refused}");

    let (text, code) = told(&server, &["withdraw", "0123", "--reason", "x"]);
    assert!(code == 1 && text.contains("Ontvangst"), "{text}");
    let node = payslip_of(&folder.path().join("data"), "0042");
    for blank in ["", " ", "\t\u{a0}\n"] {
        let (text, code) = told(&server, &["withdraw", &node, "--reason", blank]);
        assert!(code == 2 && text.contains("--reason"), "{text}");
    }
    assert_eq!(inbox(&server, "devries").len(), 1, "nothing was taken back");
    let (text, code) = told(&server, &["withdraw", &node, "--reason", "verkeerde maand"]);
    let said = "Loonstrook 2026-11.pdf was taken back; it had not been opened\n";
    assert_eq!((text.as_str(), code), (said, 0));
    assert!(inbox(&server, "devries").is_empty());
    let (text, code) = told(&server, &["withdraw", &node, "--reason", "nog eens"]);
    assert_eq!(code, 1, "{text}");
}

/// What hangs on others is told when all was handed in.
#[test]
fn of_a_batch_is_told_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let batch = |name: &str, number: &str| {
        let at = folder.path().join(name);
        std::fs::create_dir_all(&at).unwrap();
        file(&at, "a.pdf", &pdf("a"));
        file(&at, "b.pdf", &pdf("b"));
        let line = |file, number| format!("{file}.pdf;123456782L01;{number};loonstrook;2026-11;\n");
        let header = "bestand;lhn;nummer;soort;periode;sha256\n";
        let manifest = format!("{header}{}{}", line("a", "0042"), line("b", number));
        file(&at, "x.manifest.csv", manifest.as_bytes());
        at
    };
    let delivers = |at: &Path, words: &[&str]| {
        let mut command = server.command(&[&["deliver", "--as", "petra"], words].concat());
        let output = command.current_dir(at).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (text, output.status.code().unwrap())
    };
    let of_each = |name: &str, said: &str| {
        ["a.pdf", "b.pdf", "x.manifest.csv"].map(|file| format!("{name}/{file}  ->  {said}\n"))
    };
    let good = batch("goed", "0043");
    let to =
        |who: &str| format!("Bakkerij Jansen BV/{who}/Loonstroken/2026/Loonstrook 2026-11.pdf");
    let [_, _, manifest] = of_each("goed", "aangenomen volgens het manifest");
    let (a, b) = (to("0042 A. de Vries"), to("0043 S. Yilmaz"));
    let would = format!("goed/a.pdf  ->  {a}\ngoed/b.pdf  ->  {b}\n{manifest}");
    assert_eq!(delivers(folder.path(), &["--dry-run", "goed"]), (would, 0));
    let taken = of_each("goed", "aangenomen volgens het manifest").concat();
    assert_eq!(delivers(&good, &["."]), (taken, 0));
    assert_eq!(inbox(&server, "devries").len(), 1);
    // Of all or none, none: as it would be kept.
    let e15 = "E15: ";
    let (would, code) = delivers(&batch("fout", "0099"), &["--dry-run", "."]);
    let codes: Vec<_> = would.lines().map(|l| &l[l.find(">  ").unwrap() + 3..][..5]).collect();
    assert_eq!((codes, code), (vec![e15, "E05: ", e15], 1), "{would}");
    assert_eq!(would.matches("E15: Regel 3 van het manifest").count(), 2, "{would}");
    let (would, _) = delivers(&batch("dubbel", "42"), &["--dry-run", "."]);
    assert!(would.contains("a.pdf  ->  E06: ") && would.contains("b.pdf  ->  E06: "), "{would}");
    let half = batch("half", "0043");
    std::fs::remove_file(half.join("b.pdf")).unwrap();
    let [first, _, manifest] = of_each("half", "wacht op het manifest");
    assert_eq!(delivers(&half, &["--dry-run", "."]), (format!("{first}{manifest}"), 0));
    assert_eq!(inbox(&server, "devries").len(), 1, "nothing was handed in");
    let [first, second, _] = of_each("fout", "niet aangenomen: zie Afgewezen");
    let last = "fout/x.manifest.csv  ->  E05: Dit personeelsnummer is niet bekend bij deze \
        werkgever. Werk eerst de personeelslijst bij.\n";
    let refused = format!("{last}{first}{second}");
    assert_eq!(delivers(&batch("fout", "0099"), &["../fout"]), (refused, 1));
    // Nor is what was taken in under the same names before.
    let [first, second, _] = of_each("goed", "niet aangenomen: zie Afgewezen");
    let refused = format!("{}{first}{second}", last.replace("fout", "goed"));
    assert_eq!(delivers(&batch("goed", "0099"), &["."]), (refused, 1));
    file(folder.path(), "a.pdf.part", &pdf("a"));
    let waits = "a.pdf.part  ->  wacht tot het heel is\n".to_owned();
    assert_eq!(delivers(folder.path(), &["--dry-run", "a.pdf.part"]), (waits.clone(), 0));
    assert_eq!(delivers(folder.path(), &["a.pdf.part"]), (waits, 0));
}

/// The last minute of the month; where that is near, of the next.
fn still_to_come() -> i64 {
    loop {
        let now = Clock::system().now();
        match publish::due(now, None, "31 23:59".parse().ok()) {
            Some(due) if due - now > 120_000 => return due,
            _ => std::thread::sleep(Duration::from_secs(1)),
        }
    }
}

#[test]
fn from_when_it_is_seen_is_told_before_and_when_it_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let (_, roster) = cast().remove(0);
    let roster = roster.replacen("release = \"manual\"", "publish_at = \"31 23:59\"", 1);
    file(folder.path(), "roster.toml", roster.as_bytes());
    let path = folder.path().join("roster.toml");
    server.runs(&["roster", "apply", path.to_str().unwrap()]);
    let name = "123456782L01_0042_loonstrook_2026-11.pdf";
    file(folder.path(), name, &pdf("a"));
    let path = folder.path().join(name);
    let path = path.to_str().unwrap();
    let moment = publish::shown(still_to_come());
    let to = "Bakkerij Jansen BV/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-11.pdf";
    let told = format!("{name}  ->  {to}, zichtbaar op {moment}\n");
    assert_eq!(server.runs(&["deliver", "--as", "petra", "--dry-run", path]), told);
    let json = server.runs(&["deliver", "--as", "petra", "--dry-run", "--json", path]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["to"], to);
    assert_eq!(json[0]["visible_at"].as_str(), Some(&*moment));
    assert_eq!(server.runs(&["deliver", "--as", "petra", path]), told);
    assert!(inbox(&server, "devries").is_empty());
}

/// How payroll programs name their files is for the configuration to say: presets, and templates of one's own.
#[test]
fn names_are_read_as_the_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let goes = |names: &str, name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, pdf("a")).unwrap();
        let top = folder.path().join(name.split('/').next().unwrap());
        let words = ["deliver", "--as", "petra", "--dry-run", top.to_str().unwrap()];
        let mut command = server.command(&words);
        let output = command.env("LOONDOSSIER__DELIVERY__NAMES", names).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let to = "  ->  Bakkerij Jansen BV/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-11.pdf\n";
    let own = "[\"{nummer} {lhn} {soort} {periode}\"]";
    let mine = "0042 123456782L01 loonstrook 2026-11.pdf";
    assert_eq!(goes(own, mine), format!("{mine}{to}"));
    let usual = "123456782L01_0042_loonstrook_2026-11.pdf";
    assert!(goes(own, usual).contains("E01: "));
    assert_eq!(goes("[\"loondossier\"]", usual), format!("{usual}{to}"));
    // What a program leaves out, the folder says.
    let preset = "123456782L01/0042___Loonstrook_30112026.pdf";
    assert_eq!(goes("[\"personio\"]", preset), format!("{preset}{to}"));
    assert!(goes("[\"nmbrs\"]", mine).contains("E01: "));
}

#[test]
fn names_that_make_no_sense_are_told_where_they_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let names = ("LOONDOSSIER__DELIVERY__NAMES", "[\"{lhn}_{jaar}\"]");
    for words in [&["tree", "petra"][..], &["init"], &["doctor"]] {
        let output = server.command(words).env(names.0, names.1).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(text.contains("delivery.names` has") && text.contains("{jaar}"), "{text}");
        assert_eq!(text.matches("WRONG").count(), usize::from(words == ["doctor"]), "{text}");
    }
}
