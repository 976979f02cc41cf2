//! What has a name that something else gets: replaced in one step, the old one in the history.

use crate::client::{Client, Told};
use crate::world::{
    BY_DEVRIES, BY_EMPLOYER, BY_JANSEN, DAY, HOUR, MINE, PLACED, THAT_DAY, TO_DEVRIES, TO_JANSEN,
    TO_OFFICE, World, at, document,
};
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::Conditions;

/// The folders of the party as they were at half past twelve.
const HALF_PAST: &str = "/Eerdere dagen/2026-11-24 1230";

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
