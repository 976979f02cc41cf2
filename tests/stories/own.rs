//! Own files, the tree around them, and earlier days.

use crate::client::Told;
use crate::common::promised::within_five_seconds;
use crate::locks::colleague;
use crate::log::log;
use crate::world::{BY_JANSEN, DAY, MINE, TO_OFFICE, World, at};

pub(crate) async fn what_was_put_is_read_back_and_what_was_overwritten_too(world: World) {
    let [devries, again] = world.clients(["devries", "devries"]).await;
    let letter = at(MINE, "brief é & 100%.txt");
    let long: Vec<u8> = (0..251).cycle().take(700_001).collect();
    for content in [b"first".to_vec(), long, b"shorter".to_vec(), Vec::new()] {
        devries.puts(&letter, &content).await;
        devries.reads(&letter, &content).await;
        again.reads(&letter, &content).await;
        assert_eq!(again.size(&letter).await, Ok(content.len() as u64));
    }
    devries.deletes(&letter).await;
    again.has_no(&letter).await;
    devries.sees(MINE, &[]).await;
}

pub(crate) async fn a_rename_keeps_the_content_and_a_taken_name_is_replaced_only_when_asked(
    world: World,
) {
    let devries = world.client("devries").await;
    let (one, other) = (at(MINE, "een.txt"), at(MINE, "ander.txt"));
    devries.puts(&one, b"one").await;
    devries.moves(&one, &other).await;
    devries.has_no(&one).await;
    devries.reads(&other, b"one").await;
    devries.puts(&one, b"new").await;
    assert_eq!(devries.rename(&one, &other, false).await, Told::Taken);
    devries.reads(&other, b"one").await;
    assert_eq!(devries.rename(&one, &other, true).await, Told::Done);
    devries.reads(&other, b"new").await;
    devries.sees(MINE, &["ander.txt"]).await;
    devries.moves(&other, &at(MINE, "ANDER.txt")).await;
    devries.sees(MINE, &["ANDER.txt"]).await;
    assert_eq!(devries.rename(&one, &other, true).await, Told::Absent);
}

pub(crate) async fn what_broke_off_is_a_file_when_its_client_renames_it(world: World) {
    let [jansen, petra] = world.clients(["jansen", "petra"]).await;
    let keller = colleague(&world).await;
    let [folder, sub] = ["nov", "nov/oud"].map(|n| at("/Back-ups", n));
    jansen.makes(&folder).await;
    jansen.makes(&sub).await;
    let [name, dotted] = ["nacht.zip", ".profiel"].map(|n| at(&folder, n));
    for name in [&name, &dotted] {
        let part = format!("{name}.part");
        world.breaks_off("jansen", &part, b"all of it").await;
        // Under such a name it is still coming, wherever it is, and whatever its folder is called.
        let other = format!("{name}.abc123.PARTIAL");
        jansen.moves(&part, &other).await;
        jansen.moves(&other, &at(&sub, "x.tmp")).await;
        jansen.moves(&folder, &at("/Back-ups", "dec")).await;
        keller.sees("/Back-ups/dec/oud", &[]).await;
        jansen.moves(&at("/Back-ups", "dec"), &folder).await;
        keller.has_no(&at(&sub, "x.tmp")).await;
        jansen.moves(&at(&sub, "x.tmp"), name).await;
        keller.reads(name, b"all of it").await;
    }
    // Over what is there, and into what is shared.
    world.breaks_off("jansen", &at(&folder, "nacht.zip.part"), b"newer").await;
    let told = jansen.rename(&at(&folder, "nacht.zip.part"), &name, true).await;
    assert_eq!(told, Told::Done);
    keller.reads(&name, b"newer").await;
    for name in ["id.png", "id.tmp"] {
        world.breaks_off("jansen", &at("/Back-ups", name), b"shared").await;
        jansen.moves(&at("/Back-ups", name), &at(TO_OFFICE, name)).await;
        petra.reads(&at(BY_JANSEN, name), b"shared").await;
        keller.reads(&at(TO_OFFICE, name), b"shared").await;
    }
    // What nobody knew of was put there.
    let lines = log(&jansen).await;
    for line in ["geplaatst;nacht.zip;", "vervangen;nacht.zip;", "geplaatst;id.png;"] {
        assert!(lines.contains(&format!("K. Jansen;{line}")), "{line} in {lines:?}");
    }
    assert!(log(&petra).await.contains(&"K. Jansen (Bakkerij Jansen BV);geplaatst;id.png;".into()));
}

pub(crate) async fn a_folder_goes_with_all_that_is_in_it(world: World) {
    let devries = world.client("devries").await;
    let (folder, deep) = (at(MINE, "map"), at(MINE, "map/dieper"));
    assert_eq!(devries.make_folder(&deep).await, Told::Absent, "its parent is not there");
    assert_eq!(devries.put(&at(&deep, "a.txt"), b"a").await, Told::Absent);
    devries.makes(&folder).await;
    devries.makes(&deep).await;
    assert_ne!(devries.make_folder(&folder).await, Told::Done, "made twice");
    devries.puts(&at(&deep, "a.txt"), b"a").await;
    devries.puts(&at(&folder, "b.txt"), b"b").await;
    devries.sees(&folder, &["b.txt", "dieper"]).await;
    let elsewhere = at(MINE, "elders");
    devries.moves(&folder, &elsewhere).await;
    devries.has_no(&folder).await;
    devries.reads(&at(&elsewhere, "dieper/a.txt"), b"a").await;
    devries.copies(&elsewhere, &folder).await;
    devries.reads(&at(&deep, "a.txt"), b"a").await;
    let within = devries.rename(&elsewhere, &at(&elsewhere, "dieper/self"), true).await;
    assert_ne!(within, Told::Done, "a folder moves into itself");
    devries.reads(&at(&elsewhere, "b.txt"), b"b").await;
    devries.deletes(&elsewhere).await;
    devries.sees(MINE, &["map"]).await;
    devries.reads(&at(&folder, "b.txt"), b"b").await;
}

pub(crate) async fn a_file_and_a_folder_never_replace_each_other(world: World) {
    let devries = world.client("devries").await;
    let (file, folder) = (at(MINE, "bestand"), at(MINE, "map"));
    devries.puts(&file, b"file").await;
    devries.makes(&folder).await;
    devries.puts(&at(&folder, "in.txt"), b"in").await;
    assert_eq!(devries.rename(&file, &folder, false).await, Told::Taken);
    assert_eq!(devries.rename(&folder, &file, false).await, Told::Taken);
    assert_ne!(devries.put(&folder, b"x").await, Told::Done);
    devries.reads(&file, b"file").await;
    devries.reads(&at(&folder, "in.txt"), b"in").await;
}

pub(crate) async fn what_a_party_places_is_its_own_alone(world: World) {
    let all = world.clients(["petra", "jansen", "bos", "devries", "yilmaz"]).await;
    let mine = |i: usize| if i == 2 { "/My files" } else { MINE };
    for (i, client) in all.iter().enumerate() {
        client.puts(&at(mine(i), &format!("van {client}.txt")), b"private").await;
    }
    for (i, client) in all.iter().enumerate() {
        client.sees(mine(i), &[&format!("van {client}.txt")]).await;
        for other in &all {
            if other.to_string() != client.to_string() {
                client.has_no(&at(mine(i), &format!("van {other}.txt"))).await;
            }
        }
    }
}

pub(crate) async fn the_folders_of_the_tree_stay_as_they_are(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let office =
        ["Aanleveren", "Back-ups", "Eerdere dagen", "Logboek", "Mijn bestanden", "Werkgevers"];
    petra.sees("/", &office).await;
    devries.sees("/", &["Eerdere dagen", "Logboek", "Mijn bestanden", "Werkgevers"]).await;
    devries.sees("/Werkgevers", &["Bakkerij Jansen BV"]).await;
    devries.puts(&at(MINE, "a.txt"), b"a").await;
    for folder in ["/Mijn bestanden", "/Logboek", "/Werkgevers", "/Werkgevers/Bakkerij Jansen BV"] {
        devries.may_not_delete(folder).await;
        devries.may_not_move(folder, &at(MINE, "weg")).await;
    }
    for place in ["/", "/Werkgevers/", "/Logboek/", "/Eerdere dagen/"] {
        devries.may_not_put(&format!("{place}nieuw.txt")).await;
        devries.may_not_make(&format!("{place}nieuw")).await;
        devries.may_not_move(&at(MINE, "a.txt"), &format!("{place}a.txt")).await;
    }
    jansen.sees("/Werknemers", &["0042 A. de Vries", "0043 S. Yilmaz", "0044 B. Zonder"]).await;
    jansen.may_not_make("/Werknemers/0045 Nieuw").await;
    devries.reads(&at(MINE, "a.txt"), b"a").await;
}

pub(crate) async fn a_day_that_has_passed_shows_what_was_there_and_a_copy_restores_it(
    world: World,
) {
    let jansen = world.client("jansen").await;
    let (letter, backup) = (at(MINE, "brief.txt"), "/Back-ups/data".to_owned());
    jansen.puts(&letter, b"monday").await;
    jansen.puts(&backup, b"monday").await;
    jansen.puts(&at(MINE, "._brief.txt"), b"of a system").await;
    jansen.sees("/Eerdere dagen", &[]).await;
    world.gateway.clock.advance(DAY);
    jansen.puts(&letter, b"tuesday").await;
    jansen.deletes(&backup).await;
    jansen.sees("/Eerdere dagen", &["2026-11-24"]).await;
    let past = "/Eerdere dagen/2026-11-24";
    let (was, was_backup) = (at(past, "Mijn bestanden/brief.txt"), at(past, "Back-ups/data"));
    jansen.reads(&was, b"monday").await;
    jansen.sees(&at(past, "Mijn bestanden"), &["brief.txt"]).await;
    jansen.reads(&was_backup, b"monday").await;
    jansen.reads(&letter, b"tuesday").await;
    jansen.may_not_put(&was).await;
    jansen.may_not_put(&at(past, "Mijn bestanden/nieuw.txt")).await;
    jansen.may_not_make(&at(past, "Mijn bestanden/nieuw")).await;
    jansen.may_not_delete(&was).await;
    jansen.may_not_move(&was, &at(MINE, "weg.txt")).await;
    jansen.copies(&was, &at(MINE, "terug.txt")).await;
    jansen.copies(&was_backup, &backup).await;
    jansen.reads(&at(MINE, "terug.txt"), b"monday").await;
    jansen.reads(&backup, b"monday").await;
    jansen.has_no("/Eerdere dagen/2026-11-25").await;
    jansen.has_no("/Eerdere dagen/2026-11-23/Mijn bestanden/brief.txt").await;
    world.client("petra").await.has_no(&was).await;
}

pub(crate) async fn who_is_suspended_is_out_within_five_seconds(world: World) {
    let [devries, yilmaz] = world.clients(["devries", "yilmaz"]).await;
    devries.puts(&at(MINE, "a.txt"), b"a").await;
    world.gateway.admin.suspend("devries").await.unwrap();
    let out = async || devries.list(MINE).await == Err(Told::SignedOut);
    within_five_seconds("signed out", out).await;
    yilmaz.sees(MINE, &[]).await;
    world.gateway.admin.resume("devries").await.unwrap();
    world.client("devries").await.reads(&at(MINE, "a.txt"), b"a").await;
}

pub(crate) async fn what_is_shown_of_a_day_that_has_passed_stays_as_it_was(world: World) {
    let jansen = world.client("jansen").await;
    let files = [at(MINE, "map"), at(MINE, "map/brief.txt"), "/Back-ups/data".to_owned()];
    jansen.makes(&files[0]).await;
    jansen.puts(&files[1], b"of that day").await;
    jansen.puts(&files[2], b"of that day").await;
    world.gateway.clock.advance(DAY);
    let past = |path: &String| at("/Eerdere dagen/2026-11-24", &path[1..]);
    for path in &files {
        let was = jansen.modified(path).await;
        assert_eq!(jansen.modified(&past(path)).await, was);
        assert_eq!(jansen.set_time(path).await, Told::Done);
        assert_ne!(jansen.modified(path).await, was);
        assert_eq!(jansen.modified(&past(path)).await, was, "{path}");
    }
    // What a client sets just after it has put something is what is shown from the first.
    let given = jansen.modified(&files[1]).await;
    world.gateway.clock.advance(DAY);
    jansen.puts(&files[1], b"of a later day").await;
    assert_ne!(jansen.modified(&files[1]).await, given);
    assert_eq!(jansen.set_time(&files[1]).await, Told::Done);
    world.gateway.clock.advance(DAY);
    let past = at("/Eerdere dagen/2026-11-26", &files[1][1..]);
    assert_eq!(jansen.modified(&past).await, given);
    jansen.reads(&past, b"of a later day").await;
}
