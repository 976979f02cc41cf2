//! The log: what a party may know of, by the names that it sees, and nothing else.

use crate::client::{Client, Told};
use crate::common::{PASSWORD, pdf};
use crate::world::{
    BY_DEVRIES, BY_JANSEN, FOR_DEVRIES, MINE, PLACED, TO_DEVRIES, TO_JANSEN, TO_OFFICE, World, at,
};

/// The lines of this month, but the operator's, without their time and where they came from: who,
/// what, file, details.
pub(crate) async fn log(client: &Client) -> Vec<String> {
    let text = String::from_utf8(client.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    let lines = text.lines().skip(1).filter(|line| !line.contains("de beheerder"));
    lines.map(|line| line.split(';').skip(1).take(4).collect::<Vec<_>>().join(";")).collect()
}

pub(crate) async fn what_is_put_into_a_shared_folder_is_in_both_logs(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/a.txt"), b"a").await;
    devries.puts(&at(TO_JANSEN, "map/a.txt"), b"newer").await;
    devries.puts(&at(TO_JANSEN, "._a.txt"), b"of a system").await;
    jansen.puts(&at(TO_DEVRIES, "b.txt"), b"b").await;
    let seen = |who: &str, other: &str| {
        vec![
            format!("{who};map gemaakt;map;"),
            format!("{who};geplaatst;a.txt;"),
            format!("{who};vervangen;a.txt;"),
            format!("{other};geplaatst;b.txt;"),
        ]
    };
    let (by_devries, by_jansen) = ("A. de Vries", "K. Jansen");
    let of = |name: &str, party: &str| format!("{name} ({party})");
    let jansen_there = of(by_jansen, "Bakkerij Jansen BV");
    assert_eq!(log(&devries).await, seen(by_devries, &jansen_there));
    assert_eq!(log(&jansen).await, seen(&of(by_devries, by_devries), by_jansen));
    assert!(log(&petra).await.is_empty());
}

pub(crate) async fn what_a_system_leaves_behind_is_in_no_log_and_a_folder_is_in_each(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    let shared = |name: &str| at(TO_JANSEN, name);
    devries.puts(&shared("._q.txt"), b"of a system").await;
    devries.moves(&shared("._q.txt"), &shared("._r.txt")).await;
    devries.moves(&shared("._r.txt"), &shared("q.txt")).await;
    devries.puts(&shared(".DS_Store"), b"newer").await;
    assert_eq!(devries.rename(&shared(".DS_Store"), &shared("q.txt"), true).await, Told::Done);
    jansen.reads(&at(BY_DEVRIES, "q.txt"), b"newer").await;
    devries.moves(&shared("q.txt"), &shared("._q.txt")).await;
    jansen.has_no(&at(BY_DEVRIES, "q.txt")).await;
    devries.moves(&shared("._q.txt"), &at(MINE, "._q.txt")).await;
    devries.moves(&at(MINE, "._q.txt"), &at(MINE, "q.txt")).await;
    devries.moves(&at(MINE, "q.txt"), &at(MINE, "Thumbs.db")).await;
    devries.copies(&at(MINE, "Thumbs.db"), &at(MINE, "desktop.ini")).await;
    devries.deletes(&at(MINE, "Thumbs.db")).await;
    devries.makes(&shared("._map")).await;
    devries.moves(&shared("._map"), &shared("._kaart")).await;
    let seen = |who: &str| {
        let does = |line| format!("{who};{line}");
        let shown = ["geplaatst;q.txt;", "vervangen;q.txt;", "delen gestopt;q.txt;"].map(does);
        let folder = ["map gemaakt;._map;", "hernoemd;._map;._kaart"].map(does);
        (shown, folder)
    };
    let (shown, folder) = seen("A. de Vries (A. de Vries)");
    assert_eq!(log(&jansen).await, [&shown[..], &folder].concat());
    let ([put, replaced, unshared], folder) = seen("A. de Vries");
    let opened = "K. Jansen (Bakkerij Jansen BV);geopend;q.txt;".to_owned();
    let own = [put.clone(), replaced, opened, unshared, put];
    assert_eq!(log(&devries).await, [&own[..], &folder].concat());
}

pub(crate) async fn what_is_replaced_is_in_the_log_as_what_is_deleted_or_put_again(world: World) {
    let [jansen, petra] = world.clients(["jansen", "petra"]).await;
    let over = async |client: &Client, from: &str, to: &str| {
        assert_eq!(client.rename(from, to, true).await, Told::Done, "{from} {to}");
    };
    // A folder over a folder, and a file and a folder over each other.
    for folder in ["map", "nieuw"] {
        jansen.makes(&at(MINE, folder)).await;
        jansen.puts(&at(MINE, &format!("{folder}/a.txt")), b"a").await;
    }
    jansen.puts(&at(MINE, "b.txt"), b"b").await;
    jansen.puts(&at(MINE, "c.txt"), b"c").await;
    jansen.makes(&at(TO_OFFICE, "Map")).await;
    for name in ["B.txt", "C.txt"] {
        jansen.puts(&at(TO_OFFICE, name), b"shared").await;
    }
    let before = [log(&jansen).await.len(), log(&petra).await.len()];
    over(&jansen, &at(MINE, "nieuw"), &at(MINE, "map")).await;
    over(&jansen, &at(MINE, "map"), &at(TO_OFFICE, "map")).await;
    over(&jansen, &at(MINE, "b.txt"), &at(TO_OFFICE, "b.txt")).await;
    jansen.copies_over(&at(MINE, "c.txt"), &at(TO_OFFICE, "c.txt")).await;
    over(&jansen, &at(TO_OFFICE, "b.txt"), &at(TO_OFFICE, "c.txt")).await;
    over(&jansen, &at(MINE, "c.txt"), &at(MINE, "b.txt")).await;
    jansen.makes(&at(MINE, "nieuw")).await;
    over(&jansen, &at(MINE, "b.txt"), &at(MINE, "nieuw")).await;
    let told = [
        ("verwijderd;map;", ""),
        ("hernoemd;nieuw;map", ""),
        ("verwijderd;Map;", "verwijderd;Map;"),
        ("gedeeld;map;map", "gedeeld;map;"),
        ("vervangen;b.txt;", "vervangen;b.txt;"),
        ("gedeeld;b.txt;b.txt", "gedeeld;b.txt;"),
        ("vervangen;c.txt;", "vervangen;c.txt;"),
        ("gekopieerd;c.txt;c.txt", ""),
        ("gedeeld;c.txt;", "gedeeld;c.txt;"),
        ("vervangen;c.txt;", "vervangen;c.txt;"),
        ("hernoemd;B.txt;c.txt", "hernoemd;B.txt;c.txt"),
        ("hernoemd;c.txt;b.txt", ""),
        ("map gemaakt;nieuw;", ""),
        ("verwijderd;nieuw;", ""),
        ("hernoemd;b.txt;nieuw", ""),
    ];
    let own: Vec<_> = told.iter().map(|(own, _)| format!("K. Jansen;{own}")).collect();
    let seen = told.iter().filter(|(_, seen)| !seen.is_empty());
    let seen: Vec<_> = seen.map(|(_, s)| format!("K. Jansen (Bakkerij Jansen BV);{s}")).collect();
    assert_eq!(log(&jansen).await[before[0]..], own);
    assert_eq!(log(&petra).await[before[1]..], seen);
}

/// Who was forwarded a document is told no more of it than when its owner puts it again.
pub(crate) async fn nobody_is_told_that_something_was_replaced_who_knew_nothing_of_it(
    world: World,
) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let over = async |client: &Client, from: &str, to: &str| {
        assert_eq!(client.rename(from, to, true).await, Told::Done, "{from} {to}");
    };
    devries.puts(&at(TO_JANSEN, "ziek.txt"), b"ziek").await;
    jansen.moves(&at(BY_DEVRIES, "ziek.txt"), &at(TO_OFFICE, "door.txt")).await;
    let before = log(&petra).await;
    devries.puts(&at(MINE, "beter.txt"), b"beter").await;
    over(&devries, &at(MINE, "beter.txt"), &at(TO_JANSEN, "ziek.txt")).await;
    assert!(log(&jansen).await.iter().any(|line| line.ends_with(";vervangen;ziek.txt;")));
    assert_eq!(log(&petra).await, before);
    petra.reads(&at(BY_JANSEN, "door.txt"), b"beter").await;

    // What nobody knew of is not replaced.
    let before = log(&jansen).await.len();
    for (folder, hidden) in [("/Back-ups", "dump"), (MINE, "._x")] {
        let (aside, hidden) = (at(folder, "._aside"), at(folder, hidden));
        if folder == MINE {
            jansen.puts(&hidden, b"of a system").await;
        } else {
            world.breaks_off("jansen", &hidden, b"half").await;
        }
        jansen.puts(&aside, b"whole").await;
        over(&jansen, &aside, &hidden).await;
        jansen.reads(&hidden, b"whole").await;
    }
    let lines = &log(&jansen).await[before..];
    assert_eq!(lines, ["K. Jansen;geplaatst;._aside;", "K. Jansen;hernoemd;._aside;dump"]);
}

pub(crate) async fn a_copy_takes_what_is_seen_and_the_log_says_no_more(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    for name in ["a.txt", "._a.txt", "Thumbs.db"] {
        devries.puts(&at(TO_JANSEN, &format!("map/{name}")), b"a").await;
    }
    jansen.copies(&at(BY_DEVRIES, "map"), &at(MINE, "map")).await;
    jansen.sees(&at(MINE, "map"), &["a.txt"]).await;
    let lines = log(&devries).await;
    let taken: Vec<_> = lines.iter().filter(|line| line.contains("kopie genomen")).collect();
    assert_eq!(taken, ["K. Jansen (Bakkerij Jansen BV);kopie genomen;a.txt;"]);
}

pub(crate) async fn each_knows_a_forwarded_document_by_its_own_name(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(MINE, "mijn.txt"), b"a").await;
    devries.moves(&at(MINE, "mijn.txt"), &at(TO_JANSEN, "gedeeld.txt")).await;
    jansen.moves(&at(BY_DEVRIES, "gedeeld.txt"), &at(TO_OFFICE, "door.txt")).await;
    petra.copies(&at(BY_JANSEN, "door.txt"), &at(MINE, "kopie.txt")).await;
    let (of_devries, of_jansen, of_petra) = (
        log(&devries).await.join("\n"),
        log(&jansen).await.join("\n"),
        log(&petra).await.join("\n"),
    );
    assert!(
        of_devries.contains("P. de Boer (Administratiekantoor Visser);kopie genomen;gedeeld.txt;")
    );
    assert!(of_petra.contains("P. de Boer;kopie genomen;door.txt;kopie.txt"), "{of_petra}");
    for (text, unseen) in [
        (&of_devries, ["door.txt", "kopie.txt"]),
        (&of_jansen, ["mijn.txt", "kopie.txt"]),
        (&of_petra, ["mijn.txt", "gedeeld.txt"]),
    ] {
        assert!(unseen.iter().all(|name| !text.contains(name)), "{unseen:?} in {text}");
    }
}

/// Neither employer learns what the other calls who works for both, nor does their office mix it up.
pub(crate) async fn each_employer_knows_a_person_by_its_own_name_for_it(world: World) {
    world.roster(&[("bos.csv", "7;S. Yilmaz", "7;Selin Y.")]).await;
    let [yilmaz, jansen, bos, petra] = world.clients(["yilmaz", "jansen", "bos", "petra"]).await;
    let to_bos = "/Werkgevers/Garage Bos/Gedeeld met werkgever";
    for (folder, name) in [(TO_JANSEN, "a.txt"), (to_bos, "b.txt")] {
        yilmaz.puts(&at(folder, name), b"shared").await;
    }
    jansen
        .moves("/Werknemers/0043 S. Yilmaz/Gedeeld door werknemer/a.txt", &at(TO_OFFICE, "a.txt"))
        .await;
    bos.moves("/Employees/7 S. Yilmaz/Shared by employee/b.txt", "/Shared with office/b.txt").await;
    yilmaz.deletes(&at(TO_JANSEN, "a.txt")).await;
    yilmaz.deletes(&at(to_bos, "b.txt")).await;
    let has = |lines: &[String], line: &str| {
        assert!(lines.iter().any(|l| l == line), "{line} in {lines:?}");
    };
    let (of_jansen, of_petra) = (log(&jansen).await, log(&petra).await);
    let of_bos = String::from_utf8(bos.get("/Log/2026-11.csv").await.unwrap()).unwrap();
    has(&of_jansen, "S. Yilmaz (S. Yilmaz);geplaatst;a.txt;");
    has(&of_petra, "S. Yilmaz (S. Yilmaz);doordelen gestopt;a.txt;");
    has(&of_petra, "Selin Y. (Selin Y.);doordelen gestopt;b.txt;");
    for deed in ["put", "stopped forwarding", "deleted"] {
        assert!(
            of_bos.contains(&format!(";Selin Y. (Selin Y.);{deed};b.txt;")),
            "{deed} in {of_bos}"
        );
    }
    assert!(!of_bos.contains("S. Yilmaz"), "{of_bos}");
    assert!(!of_jansen.iter().any(|line| line.contains("Selin")), "{of_jansen:?}");
    has(&log(&yilmaz).await, "S. Yilmaz;verwijderd;b.txt;");
}

pub(crate) async fn a_number_that_keeps_two_placers_apart_is_not_in_the_placers_log(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let name = "Loonstrook 2026-11.pdf";
    jansen.puts(&at("/Werknemers/0042 A. de Vries", name), &pdf("of the employer")).await;
    petra.puts(&at(FOR_DEVRIES, name), &pdf("of the office")).await;
    petra.puts(&at(PLACED, "a.pdf"), &pdf("a")).await;
    assert_eq!(petra.get(&at(PLACED, "a.pdf")).await.unwrap(), pdf("a"));
    let lines = [log(&petra).await, log(&jansen).await, log(&devries).await].map(|l| l.join("\n"));
    assert!(lines[0].contains(name) && !lines[0].contains("(2)"), "{}", lines[0]);
    for receiver in &lines[1..] {
        assert!(receiver.contains("aangeleverd;Loonstrook 2026-11 (2).pdf;"), "{receiver}");
    }
}

pub(crate) async fn a_log_is_copied_and_the_copy_is_a_file_like_any_other(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"shared").await;
    let month = "/Logboek/2026-11.csv";
    let text = jansen.get(month).await.unwrap();
    jansen.copies(month, &at(MINE, "bewaard.csv")).await;
    assert_eq!(jansen.copy(month, &at(MINE, "bewaard.csv")).await, Told::Taken);
    jansen.copies(month, &at("/Back-ups", "log.csv")).await;
    jansen.reads(&at(MINE, "bewaard.csv"), &text).await;
    jansen.may_not_move(month, &at(MINE, "weg.csv")).await;
    jansen.may_not_copy(month, &at(BY_DEVRIES, "x.csv")).await;
    jansen.has_no("/Logboek/2026-10.csv").await;
    let missing = jansen.copy("/Logboek/2026-10.csv", &at(MINE, "niets.csv")).await;
    assert_eq!(missing, Told::Absent);
}

pub(crate) async fn a_client_that_copies_by_reading_is_a_reader_in_the_owners_log(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    let read = jansen.get(&at(BY_DEVRIES, "a.txt")).await.unwrap();
    jansen.puts(&at(MINE, "kopie.txt"), &read).await;
    jansen.puts(&at(TO_OFFICE, "voor kantoor.txt"), &read).await;
    let reader = "K. Jansen (Bakkerij Jansen BV)";
    let seen = ["A. de Vries;geplaatst;a.txt;".to_owned(), format!("{reader};geopend;a.txt;")];
    assert_eq!(log(&devries).await, seen);
    // What it made of it is its own: not forwarded, and not taken back with the other.
    devries.deletes(&at(TO_JANSEN, "a.txt")).await;
    petra.reads(&at(BY_JANSEN, "voor kantoor.txt"), b"a").await;
    jansen.reads(&at(MINE, "kopie.txt"), b"a").await;
    // On the server it is a copy, and so it is called.
    devries.puts(&at(TO_JANSEN, "b.txt"), b"b").await;
    jansen.copies(&at(BY_DEVRIES, "b.txt"), &at(MINE, "b.txt")).await;
    let last = log(&devries).await.pop().unwrap();
    assert_eq!(last, format!("{reader};kopie genomen;b.txt;"));
}

pub(crate) async fn who_is_not_activated_yet_reads_later_that_its_address_was_corrected(
    world: World,
) {
    for email in ["zonner@example.nl", "zonder@example.nl", "zonder@example.nl"] {
        let row = format!("0044;B. Zonder;{email};zonder;nl;");
        world.roster(&[("jansen.csv", "0044;B. Zonder;;;;", &row)]).await;
    }
    world.gateway.admin.set_password("zonder", PASSWORD).await.unwrap();
    let zonder = world.client("zonder").await;
    let log = String::from_utf8(zonder.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    let corrected = log.lines().filter(|line| line.contains(";e-mailadres gewijzigd;"));
    let corrected: Vec<_> =
        corrected.map(|line| line.split(';').skip(1).collect::<Vec<_>>()).collect();
    let wanted = ["de beheerder", "e-mailadres gewijzigd", "", "zonder@example.nl", "cli"];
    assert_eq!(corrected, [wanted.to_vec()], "{log}");
}
