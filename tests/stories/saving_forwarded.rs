//! What an employee shares and its employer forwarded, saved by renames and deletions: the office goes on
//! seeing the document, and nothing that was not forwarded to it.

use crate::log::log;
use crate::saving::{Saves, WAYS, save};
use crate::world::{
    BY_DEVRIES, BY_JANSEN, MINE, MINUTE, TO_JANSEN, TO_OFFICE, World, at, document,
};

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
