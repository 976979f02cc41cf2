//! How programs save: a document stays itself when its new content comes by renames and deletions, and only
//! then.

use crate::client::{Client, Told};
use crate::locks::colleague;
use crate::log::log;
use crate::world::{
    BY_DEVRIES, DAY, MINE, MINUTE, PLACED, THAT_DAY, TO_JANSEN, TO_OFFICE, World, at, document,
};

/// How a program saves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Saves {
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

pub(crate) const WAYS: [Saves; 6] = [
    Saves::Over,
    Saves::Backup,
    Saves::OldBackup,
    Saves::ThenDeletes,
    Saves::DeletesFirst,
    Saves::Deletes,
];

/// Saves new content as `brief.txt`, with what is beside it in a program's way.
pub(crate) async fn save(client: &Client, folder: &str, how: Saves, content: &[u8]) {
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
