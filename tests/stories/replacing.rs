//! What has a name that something else gets: replaced in one step, the old one in the history.

use crate::client::{Client, Told};
use crate::locks::colleague;
use crate::log::log;
use crate::world::{
    BY_DEVRIES, BY_EMPLOYER, BY_JANSEN, DAY, HOUR, MINE, MINUTE, PLACED, TO_DEVRIES, TO_JANSEN,
    TO_OFFICE, World, at, document,
};
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::Conditions;

/// The folders of the party as they were at half past twelve, and at the end of the day.
const HALF_PAST: &str = "/Eerdere dagen/2026-11-24 1230";
const THAT_DAY: &str = "/Eerdere dagen/2026-11-24";

/// A file and a folder; an hour later the file goes over the folder, after two a folder over the file;
/// after three it is looked at.
async fn each_over_the_other(world: &World, client: &Client, folder: &str) {
    let (file, map) = (at(folder, "bestand"), at(folder, "map"));
    client.puts(&file, b"file").await;
    client.makes(&map).await;
    client.puts(&at(&map, "in.txt"), b"in").await;
    world.gateway.clock.advance(HOUR);
    assert_eq!(client.rename(&file, &map, false).await, Told::Taken);
    assert_eq!(client.rename(&file, &map, true).await, Told::Done, "a file over a folder");
    client.sees(folder, &["map"]).await;
    client.reads(&map, b"file").await;
    world.gateway.clock.advance(HOUR);
    client.makes(&at(folder, "nieuw")).await;
    client.puts(&at(folder, "nieuw/er.txt"), b"there").await;
    assert_eq!(client.rename(&at(folder, "nieuw"), &map, false).await, Told::Taken);
    assert_eq!(client.rename(&at(folder, "nieuw"), &map, true).await, Told::Done, "and back");
    client.sees(folder, &["map"]).await;
    client.reads(&at(&map, "er.txt"), b"there").await;
    world.gateway.clock.advance(HOUR);
}

pub(crate) async fn a_file_and_a_folder_replace_each_other_in_one_step(world: World) {
    let jansen = world.client("jansen").await;
    for (noon, folder) in [(12, MINE), (15, "/Back-ups")] {
        let was = |i: u32, name: &str| format!("{THAT_DAY} {}30{folder}/{name}", noon + i);
        each_over_the_other(&world, &jansen, folder).await;
        jansen.sees(&was(0, ""), &["bestand", "map"]).await;
        jansen.reads(&was(0, "bestand"), b"file").await;
        jansen.reads(&was(0, "map/in.txt"), b"in").await;
        jansen.sees(&was(1, ""), &["map"]).await;
        jansen.reads(&was(1, "map"), b"file").await;
        jansen.reads(&was(2, "map/er.txt"), b"there").await;
    }
    world.gateway.clock.advance(DAY);
    jansen.sees(&format!("{THAT_DAY}{MINE}/map"), &["er.txt"]).await;
    for path in ["/Mijn bestanden", "/Mijn bestanden/map"] {
        jansen.may_not_move(&at(MINE, "map/er.txt"), path).await;
    }
    jansen.reads(&at(MINE, "map/er.txt"), b"there").await;
}

pub(crate) async fn in_a_shared_folder_a_file_and_a_folder_never_replace_each_other(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let refused = Told::KindsMeet;
    for (client, shared, other, seen) in [
        (&devries, TO_JANSEN, &jansen, BY_DEVRIES),
        (&jansen, TO_DEVRIES, &devries, BY_EMPLOYER),
        (&jansen, TO_OFFICE, &petra, BY_JANSEN),
    ] {
        client.puts(&at(shared, "bestand"), b"shared").await;
        client.makes(&at(shared, "map")).await;
        client.puts(&at(shared, "map/in.txt"), b"in").await;
        client.puts(&at(MINE, "bestand"), b"own").await;
        client.makes(&at(MINE, "map")).await;
        for from in [MINE, shared] {
            let (file, folder) = (at(shared, "bestand"), at(shared, "map"));
            assert_eq!(client.rename(&at(from, "bestand"), &folder, true).await, refused);
            assert_eq!(client.rename(&at(from, "map"), &file, true).await, refused);
        }
        other.reads(&at(seen, "bestand"), b"shared").await;
        other.reads(&at(seen, "map/in.txt"), b"in").await;
        client.deletes(&at(MINE, "bestand")).await;
        client.deletes(&at(MINE, "map")).await;
    }
}

pub(crate) async fn a_copy_goes_over_what_has_the_name_when_asked(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(MINE, "a.txt"), b"own").await;
    devries.puts(&at(MINE, "b.txt"), b"other").await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"shared").await;
    world.gateway.clock.advance(HOUR);
    devries.copies_over(&at(MINE, "a.txt"), &at(MINE, "b.txt")).await;
    devries.copies_over(&at(MINE, "a.txt"), &at(TO_JANSEN, "a.txt")).await;
    devries.reads(&at(MINE, "b.txt"), b"own").await;
    devries.reads(&at(MINE, "a.txt"), b"own").await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"own").await;
    devries.reads(&at(HALF_PAST, "Mijn bestanden/b.txt"), b"other").await;
    let was = at(HALF_PAST, "Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/a.txt");
    devries.reads(&was, b"shared").await;
    // What was received goes over a file of one's own, and over nothing that is shared.
    jansen.puts(&at(MINE, "a.txt"), b"of the employer").await;
    jansen.puts(&at(TO_DEVRIES, "a.txt"), b"for the employee").await;
    jansen.copies_over(&at(BY_DEVRIES, "a.txt"), &at(MINE, "a.txt")).await;
    jansen.reads(&at(MINE, "a.txt"), b"own").await;
    let told = jansen.copy_over(&at(BY_DEVRIES, "a.txt"), &at(TO_DEVRIES, "a.txt")).await;
    assert_eq!(told, Told::Denied);
    devries.reads(&at(BY_EMPLOYER, "a.txt"), b"for the employee").await;
    // A forward takes no name that is taken, and gives way to nothing.
    jansen.puts(&at(TO_OFFICE, "b.txt"), b"for the office").await;
    let told = jansen.copy_over(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "b.txt")).await;
    assert_eq!(told, Told::Taken);
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    let told = jansen.copy_over(&at(MINE, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    assert_eq!(told, Told::Denied);
    petra.reads(&at(BY_JANSEN, "a.txt"), b"own").await;
    petra.reads(&at(BY_JANSEN, "b.txt"), b"for the office").await;
}

pub(crate) async fn nothing_is_copied_onto_itself_by_another_spelling_of_its_name(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let session = world.gateway.session("devries").await;
    let free = Conditions::default();
    let names = [("Map", "map"), ("Café", "cafe\u{301}"), ("a\u{200d}b", "AB")];
    for (name, other) in names {
        let [map, file] = [name, &at(name, "brief.txt")].map(|n| at(TO_JANSEN, n));
        devries.makes(&map).await;
        devries.puts(&file, b"kept").await;
        let office = at(TO_OFFICE, &format!("{name}.txt"));
        jansen.copies(&at(BY_DEVRIES, &at(name, "brief.txt")), &office).await;
        let was =
            [document(&world, "devries", &map).await, document(&world, "devries", &file).await];
        for (from, to) in [(&map, at(TO_JANSEN, other)), (&file, at(&map, "BRIEF.txt"))] {
            assert_eq!(devries.copy_over(from, &to).await, Told::Denied, "{from} {to}");
            let [from, to] = [from, &to].map(|path| DossierPath::parse(path).unwrap());
            for shallow in [true, false] {
                let told = world.gateway.vfs.copy(&session, &from, &to, true, shallow, &free).await;
                assert_eq!(told, Err(Error::Denied), "{from} {to}");
            }
        }
        devries.reads(&file, b"kept").await;
        let is =
            [document(&world, "devries", &map).await, document(&world, "devries", &file).await];
        assert_eq!(is, was, "the same documents, in the same versions");
        petra.reads(&at(BY_JANSEN, &format!("{name}.txt")), b"kept").await;
    }
    // Nor is an overview delivered again by it.
    let overview = at(PLACED, "Journaalpost 2026-10.pdf");
    petra.puts(&overview, &crate::common::pdf("j")).await;
    let was = document(&world, "petra", &overview).await;
    let told = petra.copy_over(&overview, &at(PLACED, "JOURNAALPOST 2026-10.pdf")).await;
    assert_eq!(told, Told::Denied);
    assert_eq!(document(&world, "petra", &overview).await, was);
}

pub(crate) async fn what_was_overwritten_is_restored_over_itself(world: World) {
    let jansen = world.client("jansen").await;
    let (letter, map) = (at(MINE, "brief.txt"), at(MINE, "map"));
    jansen.puts(&letter, b"tuesday").await;
    jansen.makes(&map).await;
    jansen.makes(&at(&map, "dieper")).await;
    jansen.puts(&at(&map, "a.txt"), b"tuesday").await;
    jansen.puts(&at(&map, "dieper/b.txt"), b"tuesday").await;
    world.gateway.clock.advance(DAY);
    jansen.puts(&letter, b"wednesday").await;
    jansen.puts(&at(&map, "a.txt"), b"wednesday").await;
    jansen.deletes(&at(&map, "dieper")).await;
    world.gateway.clock.advance(HOUR);
    let past = format!("{THAT_DAY}{MINE}");
    assert_eq!(jansen.copy(&at(&past, "brief.txt"), &letter).await, Told::Taken);
    jansen.copies_over(&at(&past, "brief.txt"), &letter).await;
    jansen.copies_over(&at(&past, "map"), &map).await;
    jansen.reads(&letter, b"tuesday").await;
    jansen.reads(&at(&map, "a.txt"), b"tuesday").await;
    jansen.reads(&at(&map, "dieper/b.txt"), b"tuesday").await;
    jansen.sees(MINE, &["brief.txt", "map"]).await;
    jansen.sees(&map, &["a.txt", "dieper"]).await;
    // What it was restored over is in the history as well, and so is the past itself.
    let before = "/Eerdere dagen/2026-11-25 1230/Mijn bestanden";
    jansen.reads(&at(before, "brief.txt"), b"wednesday").await;
    jansen.reads(&at(before, "map/a.txt"), b"wednesday").await;
    jansen.sees(&at(before, "map"), &["a.txt"]).await;
    jansen.reads(&at(&past, "brief.txt"), b"tuesday").await;
    jansen.reads(&at(&past, "map/dieper/b.txt"), b"tuesday").await;
}

/// How a program saves.
#[derive(Clone, Copy, Debug)]
enum Saves {
    /// The new file is renamed over the old one.
    Over,
    /// The old file is renamed, and stays.
    Backup,
    /// The old file is renamed over an older one.
    OldBackup,
    /// The old file is renamed, and deleted when the new one is there.
    ThenDeletes,
    /// The old file is renamed, and deleted before the new one is there.
    DeletesFirst,
    /// The old file is deleted.
    Deletes,
}

const WAYS: [Saves; 6] = [
    Saves::Over,
    Saves::Backup,
    Saves::OldBackup,
    Saves::ThenDeletes,
    Saves::DeletesFirst,
    Saves::Deletes,
];

/// Saves new content as `brief.txt`, with what is beside it in a program's way.
async fn save(client: &Client, folder: &str, how: Saves, content: &[u8]) {
    let [document, new, old] = ["brief.txt", "~WRD0001.tmp", "~WRL0002.tmp"].map(|n| at(folder, n));
    client.puts(&new, content).await;
    match how {
        Saves::Over => {
            assert_eq!(client.rename(&new, &document, true).await, Told::Done);
            return;
        }
        Saves::Deletes => client.deletes(&document).await,
        Saves::OldBackup => {
            client.puts(&old, b"older").await;
            assert_eq!(client.rename(&document, &old, true).await, Told::Done);
        }
        Saves::Backup | Saves::ThenDeletes | Saves::DeletesFirst => {
            client.moves(&document, &old).await;
        }
    }
    if matches!(how, Saves::DeletesFirst) {
        client.deletes(&old).await;
    }
    client.moves(&new, &document).await;
    if matches!(how, Saves::ThenDeletes) {
        client.deletes(&old).await;
    }
}

pub(crate) async fn a_document_stays_itself_however_it_is_saved(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    for (n, how) in WAYS.into_iter().enumerate() {
        for folder in [MINE, TO_JANSEN] {
            let folder = at(folder, &format!("map {n}"));
            devries.makes(&folder).await;
            let path = at(&folder, "brief.txt");
            devries.puts(&path, b"first").await;
            let (id, version) = document(&world, "devries", &path).await;
            // Time for whoever has it open, and for a day view to show what it was.
            world.gateway.clock.advance(2 * MINUTE);
            save(&devries, &folder, how, b"second").await;
            devries.reads(&path, b"second").await;
            assert_eq!(
                document(&world, "devries", &path).await,
                (id.clone(), version + 1),
                "{how:?}"
            );
            world.gateway.clock.advance(2 * MINUTE);
            if matches!(how, Saves::Backup | Saves::OldBackup) {
                let old = at(&folder, "~WRL0002.tmp");
                devries.sees(&folder, &["brief.txt", "~WRL0002.tmp"]).await;
                devries.reads(&old, b"first").await;
                assert_ne!(document(&world, "devries", &old).await.0, id, "{how:?}");
                devries.deletes(&old).await;
            }
            devries.sees(&folder, &["brief.txt"]).await;
            devries.reads(&path, b"second").await;
            // And again, at once after another.
            save(&devries, &folder, how, b"third").await;
            if matches!(how, Saves::Backup) {
                devries.deletes(&at(&folder, "~WRL0002.tmp")).await;
            }
            save(&devries, &folder, how, b"fourth").await;
            devries.reads(&path, b"fourth").await;
            assert_eq!(document(&world, "devries", &path).await, (id, version + 3), "{how:?}");
        }
        let seen = at(BY_DEVRIES, &format!("map {n}/brief.txt"));
        jansen.reads(&seen, b"fourth").await;
        let shared = at(TO_JANSEN, &format!("map {n}/brief.txt"));
        let there = document(&world, "devries", &shared).await;
        assert_eq!(document(&world, "jansen", &seen).await, there);
    }
    let saved = log(&jansen).await.into_iter().filter(|l| l.ends_with(";vervangen;brief.txt;"));
    assert_eq!(saved.count(), 3 * WAYS.len());
    let was = |n, name| format!("{THAT_DAY} 12{:02}{MINE}/map 1/{name}", 8 * n + 1);
    devries.reads(&was(1, "brief.txt"), b"first").await;
    world.gateway.clock.advance(DAY);
    devries.reads(&format!("{THAT_DAY}{MINE}/map 1/brief.txt"), b"fourth").await;
    devries.reads(&format!("{THAT_DAY}{MINE}/map 1/~WRL0002.tmp"), b"third").await;
}

pub(crate) async fn a_document_that_is_deleted_and_saved_is_forwarded_still(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let path = at(TO_JANSEN, "brief.txt");
    devries.puts(&path, b"first").await;
    jansen.moves(&at(BY_DEVRIES, "brief.txt"), &at(TO_OFFICE, "van De Vries.txt")).await;
    let (id, _) = document(&world, "devries", &path).await;
    for (how, content) in WAYS.into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
        let content = content.as_bytes();
        save(&devries, TO_JANSEN, how, content).await;
        petra.sees(BY_JANSEN, &["van De Vries.txt"]).await;
        petra.reads(&at(BY_JANSEN, "van De Vries.txt"), content).await;
        assert_eq!(document(&world, "petra", &at(BY_JANSEN, "van De Vries.txt")).await.0, id);
        // It left the view of its employer, who has the backup there.
        let beside = matches!(how, Saves::Backup | Saves::OldBackup);
        jansen.sees(BY_DEVRIES, if beside { &["~WRL0002.tmp"] } else { &[] }).await;
        if beside {
            devries.deletes(&at(TO_JANSEN, "~WRL0002.tmp")).await;
        }
        world.gateway.clock.advance(2 * MINUTE);
    }
    let of = |lines: Vec<String>, deed: &str| lines.iter().filter(|l| l.contains(deed)).count();
    // Three ways end the document for a moment, and its forward with it.
    assert_eq!(of(log(&petra).await, ";doordelen gestopt;van De Vries.txt;"), 3);
    assert_eq!(of(log(&petra).await, ";doorgedeeld;van De Vries.txt;"), 1 + 3);
    assert_eq!(of(log(&jansen).await, ";doorgedeeld;van De Vries.txt;"), 1 + 3);
    assert_eq!(
        of(log(&devries).await, ";doorgedeeld;brief.txt;Administratiekantoor Visser"),
        1 + 3
    );
    jansen.deletes(&at(TO_OFFICE, "van De Vries.txt")).await;
    petra.sees(BY_JANSEN, &[]).await;
    jansen.reads(&at(BY_DEVRIES, "brief.txt"), b"f").await;
}

pub(crate) async fn what_is_made_after_a_deletion_is_another_document(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let [path, new] = ["brief.txt", "brief.txt.new"].map(|name| at(TO_JANSEN, name));
    devries.puts(&path, b"first").await;
    jansen.moves(&at(BY_DEVRIES, "brief.txt"), &at(TO_OFFICE, "brief.txt")).await;
    devries.deletes(&path).await;
    world.gateway.clock.advance(1);
    devries.puts(&new, b"another").await;
    devries.moves(&new, &path).await;
    jansen.reads(&at(BY_DEVRIES, "brief.txt"), b"another").await;
    petra.sees(BY_JANSEN, &[]).await;
    // Nor is what lay beside it for long its next version.
    devries.puts(&new, b"long there").await;
    world.gateway.clock.advance(2 * MINUTE);
    jansen.moves(&at(BY_DEVRIES, "brief.txt"), &at(TO_OFFICE, "brief.txt")).await;
    petra.reads(&at(BY_JANSEN, "brief.txt"), b"another").await;
    devries.deletes(&path).await;
    devries.moves(&new, &path).await;
    jansen.reads(&at(BY_DEVRIES, "brief.txt"), b"long there").await;
    petra.sees(BY_JANSEN, &[]).await;
}

pub(crate) async fn what_an_employer_forwards_no_more_is_not_forwarded_by_saving(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "brief.txt"), b"first").await;
    let (shared, office) = (at(BY_DEVRIES, "brief.txt"), at(TO_OFFICE, "brief.txt"));
    // Its employer takes it back from the office, deletes the folder, or gives the name to something else.
    jansen.moves(&shared, &office).await;
    world.gateway.clock.advance(1);
    jansen.deletes(&office).await;
    world.gateway.clock.advance(1);
    save(&devries, TO_JANSEN, Saves::Deletes, b"second").await;
    petra.sees(BY_JANSEN, &[]).await;
    jansen.reads(&shared, b"second").await;
    jansen.makes(&at(TO_OFFICE, "map")).await;
    for gone in ["map/brief.txt", "brief.txt"] {
        jansen.moves(&shared, &at(TO_OFFICE, gone)).await;
        devries.puts(&at(TO_JANSEN, "nieuw.txt"), b"third").await;
        devries.deletes(&at(TO_JANSEN, "brief.txt")).await;
        match gone {
            "brief.txt" => jansen.puts(&office, b"of the employer").await,
            _ => jansen.deletes(&at(TO_OFFICE, "map")).await,
        }
        devries.moves(&at(TO_JANSEN, "nieuw.txt"), &at(TO_JANSEN, "brief.txt")).await;
        jansen.reads(&shared, b"third").await;
    }
    petra.sees(BY_JANSEN, &["brief.txt"]).await;
    petra.reads(&at(BY_JANSEN, "brief.txt"), b"of the employer").await;
}

pub(crate) async fn what_an_employee_shares_no_more_is_not_forwarded_by_saving(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    // The folder in which it was forwarded is taken back, or taken back and shared once more.
    for (folder, again) in [("map", false), ("andere", true)] {
        let [shared, own] = [TO_JANSEN, MINE].map(|top| at(top, folder));
        devries.makes(&shared).await;
        devries.puts(&at(&shared, "brief.txt"), b"first").await;
        let seen = at(BY_DEVRIES, &format!("{folder}/brief.txt"));
        jansen.copies(&seen, &at(TO_OFFICE, "brief.txt")).await;
        petra.reads(&at(BY_JANSEN, "brief.txt"), b"first").await;
        devries.puts(&at(&shared, "nieuw.txt"), b"private").await;
        world.gateway.clock.advance(1);
        devries.deletes(&at(&shared, "brief.txt")).await;
        world.gateway.clock.advance(1);
        devries.moves(&shared, &own).await;
        world.gateway.clock.advance(1);
        if again {
            devries.moves(&own, &shared).await;
            world.gateway.clock.advance(1);
        }
        let here = if again { shared } else { own };
        devries.moves(&at(&here, "nieuw.txt"), &at(&here, "brief.txt")).await;
        devries.reads(&at(&here, "brief.txt"), b"private").await;
        jansen.sees(TO_OFFICE, &[]).await;
        petra.sees(BY_JANSEN, &[]).await;
    }
}

pub(crate) async fn whoever_was_forwarded_a_new_file_does_not_get_the_old_one(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let [old, new, backup] = ["brief.txt", "nieuw.txt", "brief.bak"].map(|n| at(TO_JANSEN, n));
    devries.puts(&old, b"not for the office").await;
    devries.puts(&new, b"new").await;
    jansen.copies(&at(BY_DEVRIES, "nieuw.txt"), &at(TO_OFFICE, "nieuw.txt")).await;
    devries.moves(&old, &backup).await;
    devries.moves(&new, &old).await;
    devries.reads(&backup, b"not for the office").await;
    petra.sees(BY_JANSEN, &[]).await;
    jansen.sees(TO_OFFICE, &[]).await;
    jansen.sees(BY_DEVRIES, &["brief.bak", "brief.txt"]).await;
}

pub(crate) async fn names_that_are_swapped_keep_their_documents_and_swap_the_contents(
    world: World,
) {
    let jansen = world.client("jansen").await;
    let [a, b, between] = ["a.txt", "b.txt", "tussen"].map(|n| at(MINE, n));
    jansen.puts(&a, b"of a").await;
    jansen.puts(&b, b"of b").await;
    let (id_a, id_b) =
        (document(&world, "jansen", &a).await.0, document(&world, "jansen", &b).await.0);
    jansen.moves(&a, &between).await;
    jansen.moves(&b, &a).await;
    jansen.moves(&between, &b).await;
    jansen.sees(MINE, &["a.txt", "b.txt"]).await;
    jansen.reads(&a, b"of b").await;
    jansen.reads(&b, b"of a").await;
    assert_eq!(document(&world, "jansen", &a).await.0, id_a);
    assert_eq!(document(&world, "jansen", &b).await.0, id_b);
    // What is put back under its own name is only that.
    let before = document(&world, "jansen", &a).await;
    jansen.moves(&a, &between).await;
    jansen.moves(&between, &a).await;
    assert_eq!(document(&world, "jansen", &a).await, before);
}

/// The old file leaves its name in a way that is no save. Gives where it is then, and where the new one is.
async fn goes_away(
    world: &World,
    jansen: &Client,
    keller: &Client,
    n: u32,
) -> (Option<String>, String) {
    let [name, new, aside] = ["brief.txt", "nieuw.txt", "opzij.txt"].map(|n| at(MINE, n));
    let elsewhere = at(MINE, "map/brief.txt");
    match n {
        // It went to another folder, or went there and came back.
        0 => {
            jansen.moves(&name, &elsewhere).await;
            (Some(elsewhere), new)
        }
        1 => {
            jansen.moves(&name, &elsewhere).await;
            jansen.moves(&elsewhere, &aside).await;
            (Some(aside), new)
        }
        // More than a minute passes.
        2 => {
            jansen.moves(&name, &aside).await;
            world.gateway.clock.advance(MINUTE + 1);
            (Some(aside), new)
        }
        // A colleague put it away, deleted what was put away, or renamed that once more.
        3 => {
            keller.moves(&name, &aside).await;
            (Some(aside), new)
        }
        4 => {
            jansen.moves(&name, &aside).await;
            keller.deletes(&aside).await;
            (None, new)
        }
        5 => {
            jansen.moves(&name, &at(MINE, "even.txt")).await;
            keller.moves(&at(MINE, "even.txt"), &aside).await;
            (Some(aside), new)
        }
        // The new one comes from another folder.
        6 => {
            jansen.moves(&name, &aside).await;
            jansen.moves(&new, &elsewhere).await;
            (Some(aside), elsewhere)
        }
        // It is shared now, or what a system leaves behind.
        _ => {
            let to = if n == 7 { at(TO_OFFICE, "brief.txt") } else { at(MINE, "._brief.txt") };
            jansen.moves(&name, &to).await;
            (Some(to), new)
        }
    }
}

pub(crate) async fn a_file_of_a_name_is_another_document_where_nothing_was_saved(world: World) {
    let jansen = world.client("jansen").await;
    let keller = colleague(&world).await;
    let [name, new, aside] = ["brief.txt", "nieuw.txt", "opzij.txt"].map(|n| at(MINE, n));
    jansen.makes(&at(MINE, "map")).await;
    for n in 0..9 {
        jansen.puts(&name, b"old").await;
        jansen.puts(&new, b"new").await;
        let was = document(&world, "jansen", &name).await.0;
        let will = document(&world, "jansen", &new).await.0;
        let (old, comes_from) = goes_away(&world, &jansen, &keller, n).await;
        jansen.moves(&comes_from, &name).await;
        jansen.reads(&name, b"new").await;
        assert_eq!(document(&world, "jansen", &name).await.0, will, "case {n}");
        jansen.deletes(&name).await;
        if let Some(old) = old {
            jansen.reads(&old, b"old").await;
            assert_eq!(document(&world, "jansen", &old).await.0, was, "case {n}");
            jansen.deletes(&old).await;
        }
        world.gateway.clock.advance(2 * MINUTE);
    }
    // Within the minute, to its end, it is the same one: what is asked takes a millisecond each.
    jansen.puts(&name, b"old").await;
    let (id, _) = document(&world, "jansen", &name).await;
    jansen.moves(&name, &aside).await;
    jansen.puts(&new, b"new").await;
    world.gateway.clock.advance(MINUTE - 2);
    jansen.moves(&new, &name).await;
    assert_eq!(document(&world, "jansen", &name).await.0, id);
}

pub(crate) async fn where_nothing_is_shared_by_name_a_rename_is_a_rename(world: World) {
    let [jansen, petra] = world.clients(["jansen", "petra"]).await;
    // Backups are rotated.
    let [last, before, oldest] = ["a.bak", "a.bak.1", "a.bak.2"].map(|n| at("/Back-ups", n));
    jansen.puts(&last, b"today").await;
    jansen.puts(&before, b"yesterday").await;
    let today = document(&world, "jansen", &last).await;
    jansen.moves(&before, &oldest).await;
    jansen.moves(&last, &before).await;
    assert_eq!(document(&world, "jansen", &before).await, today);
    // A folder is never the next version of one, nor a file of a folder.
    let [map, new, file] = ["map", "nieuw", "bestand"].map(|n| at(MINE, n));
    jansen.makes(&map).await;
    jansen.makes(&new).await;
    jansen.puts(&file, b"file").await;
    let (folder, whole) =
        (document(&world, "jansen", &new).await, document(&world, "jansen", &file).await);
    jansen.moves(&map, &at(MINE, "oud")).await;
    jansen.moves(&new, &map).await;
    assert_eq!(document(&world, "jansen", &map).await, folder);
    jansen.deletes(&map).await;
    jansen.moves(&file, &map).await;
    assert_eq!(document(&world, "jansen", &map).await, whole);
    // What is withdrawn and placed again is another overview.
    let journal = at(PLACED, "Journaalpost 2026-10.pdf");
    let pdf = crate::common::pdf("journal");
    petra.puts(&journal, &pdf).await;
    let withdrawn = document(&world, "petra", &journal).await.0;
    petra.deletes(&journal).await;
    petra.puts(&journal, &pdf).await;
    assert_ne!(document(&world, "petra", &journal).await.0, withdrawn);
}
