//! The green light: an employer decides on a set, says why, and what it approved is delivered where that was
//! agreed (PRODUCT.md section 6).

use crate::client::Told;
use crate::common::pdf;
use crate::sets::{APPROVED, QUIET, REJECTED, REVIEW, SET, hands_over, hers, log, set};
use crate::world::{BY_NAME, MINE, OF_DEVRIES, World, at, receipts};
use futures_util::future::join_all;
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::Create;

const ON_APPROVAL: (&str, &str, &str) =
    ("roster.toml", "release = \"manual\"", "release = \"on-approval\"");

pub(crate) async fn an_employer_decides_by_moving_a_set_and_the_decision_is_final(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    for (state, other, name, word) in [
        (APPROVED, REJECTED, SET, ";goedgekeurd;"),
        (REJECTED, APPROVED, "Loon 2026-10", ";afgekeurd;"),
    ] {
        hands_over(&petra, name, &["serie.pdf"]).await;
        let (waits, decided) = (at(REVIEW, name), at(state, name));
        // Only a whole set, under the name it has.
        jansen.may_not_move(&at(&waits, "serie.pdf"), &at(state, "serie.pdf")).await;
        jansen.may_not_move(&waits, &at(state, "anders")).await;
        jansen.may_not_move(&waits, &at(MINE, name)).await;
        jansen.may_not_move(&waits, &at(REVIEW, "anders")).await;
        petra.may_not_move(&at(&hers(REVIEW), name), &at(&hers(state), name)).await;
        jansen.moves(&waits, &decided).await;
        jansen.has_no(&waits).await;
        jansen.reads(&at(&decided, "serie.pdf"), &pdf("serie.pdf")).await;
        petra.has_no(&at(&hers(REVIEW), name)).await;
        petra.reads(&at(&at(&hers(state), name), "serie.pdf"), &pdf("serie.pdf")).await;
        for client in [&petra, &jansen] {
            let log = log(client).await;
            let line = log.lines().find(|line| line.contains(word)).unwrap();
            let hash = line.split(';').nth(4).unwrap();
            assert!(line.contains("K. Jansen") && hash.len() == 64, "{line}");
        }
        jansen.may_not_move(&decided, &waits).await;
        jansen.may_not_move(&decided, &at(other, name)).await;
        jansen.may_not_delete(&decided).await;
        let hers = at(&hers(state), name);
        petra.may_not_put(&at(&hers, "serie.pdf")).await;
        petra.may_not_put(&at(&hers, "nieuw.pdf")).await;
        petra.may_not_make(&at(&hers, "nieuw")).await;
        petra.may_not_delete(&at(&hers, "serie.pdf")).await;
        petra.may_not_delete(&hers).await;
    }
}

pub(crate) async fn an_employer_says_why_before_or_after(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    let (waits, reason) = (set(REVIEW), at(&set(REVIEW), "reden.txt"));
    for name in ["reden.txt", "Reden.TXT", "re\u{200d}den.txt"] {
        petra.may_not_put(&at(&set(&hers(REVIEW)), name)).await;
    }
    // Nor by another way.
    petra.makes(&at(MINE, "met")).await;
    petra.puts(&at(MINE, "met/reden.txt"), b"van het kantoor").await;
    petra.may_not_move(&at(MINE, "met"), &at(&hers(REVIEW), "met")).await;
    petra.may_not_move(&at(MINE, "met/reden.txt"), &at(&set(&hers(REVIEW)), "reden.txt")).await;
    petra.moves(&at(MINE, "met"), &at(&set(&hers(REVIEW)), "met")).await;
    petra.may_not_move(&at(&set(&hers(REVIEW)), "met"), &at(&hers(REVIEW), "met")).await;
    petra.may_not_make(&at(&set(&hers(REVIEW)), "reden.txt")).await;
    petra.deletes(&at(&set(&hers(REVIEW)), "met")).await;
    world.gateway.clock.advance(QUIET);
    jansen.puts(&reason, b"uren kloppen niet").await;
    jansen.puts(&reason, b"uren van 0042 kloppen niet").await;
    // That hides nothing.
    jansen.sees(&waits, &["reden.txt", "serie.pdf"]).await;
    petra.reads(&at(&set(&hers(REVIEW)), "reden.txt"), b"uren van 0042 kloppen niet").await;
    petra.may_not_delete(&at(&set(&hers(REVIEW)), "reden.txt")).await;
    assert!(log(&petra).await.contains(";vervangen;reden.txt;"));
    assert!(
        log(&jansen).await.contains("P. de Boer (Administratiekantoor Visser);geopend;reden.txt;")
    );
    for other in ["reden.pdf", "serie.pdf"] {
        jansen.may_not_put(&at(&waits, other)).await;
    }
    jansen.may_not_put(&at(REVIEW, "reden.txt")).await;
    jansen.may_not_make(&at(REVIEW, "map")).await;
    jansen.may_not_make(&at(&waits, "map")).await;
    jansen.may_not_delete(&waits).await;
    jansen.moves(&waits, &set(REJECTED)).await;
    jansen.puts(&at(&set(REJECTED), "reden.txt"), b"en die van 0043").await;
    petra.reads(&at(&set(&hers(REJECTED)), "reden.txt"), b"en die van 0043").await;
    jansen.may_not_put(&at(&set(REJECTED), "nog iets.txt")).await;
}

pub(crate) async fn what_is_approved_is_delivered_where_that_was_agreed(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let journal = "123456782L01_journaal_2026-11.pdf";
    hands_over(&petra, SET, &["toelichting.pdf", BY_NAME, journal]).await;
    jansen.puts(&at(&set(REVIEW), "reden.txt"), b"akkoord").await;
    devries.has_no(OF_DEVRIES).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf(BY_NAME)).await;
    let filed = "/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf";
    jansen.reads(filed, &pdf(journal)).await;
    let receipts = receipts(&petra).await;
    for (file, state) in
        [(BY_NAME, "aangenomen"), (journal, "aangenomen"), ("toelichting.pdf", "geen aanlevering")]
    {
        let line = receipts.lines().find(|l| l.contains(&format!(";{SET}/{file};"))).unwrap();
        assert_eq!(line.split(';').nth(5), Some(state), "{line}");
    }
    assert!(!receipts.contains("reden.txt"));
    petra.sees("/Aanleveren", &["Afgewezen", "Ontvangst"]).await;
    assert!(log(&devries).await.contains("P. de Boer (Administratiekantoor Visser);aangeleverd;"));
    // Delivered again it is a new version.
    petra.puts(&at("/Aanleveren", BY_NAME), &pdf("corrected")).await;
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-11.pdf"]).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf("corrected")).await;
    petra.deletes(&at("/Aanleveren", BY_NAME)).await;
    // What was rejected is delivered to nobody.
    hands_over(&petra, "Loon 2026-10", &["123456782L01_0042_loonstrook_2026-10.pdf"]).await;
    jansen.moves(&at(REVIEW, "Loon 2026-10"), &at(REJECTED, "Loon 2026-10")).await;
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-11.pdf"]).await;
}

pub(crate) async fn of_an_approved_set_all_is_delivered_or_nothing(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let unknown = "123456782L01_9999_loonstrook_2026-11.pdf";
    let of_bos = "111222333L01_7_loonstrook_2026-11.pdf";
    hands_over(&petra, SET, &["toelichting.pdf", BY_NAME, unknown, of_bos]).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    // The decision stands.
    jansen.sees(APPROVED, &[SET]).await;
    devries.has_no(OF_DEVRIES).await;
    let receipts = receipts(&petra).await;
    let state = |file: &str| {
        let line = receipts.lines().find(|l| l.contains(&format!(";{SET}/{file};")));
        line.and_then(|line| line.split(';').nth(5)).map(str::to_owned)
    };
    assert_eq!(state(unknown).as_deref(), Some("afgewezen E05"), "{receipts}");
    assert!(state(of_bos).is_some_and(|state| state == "afgewezen E06"), "{receipts}");
    assert_eq!(state("toelichting.pdf").as_deref(), Some("geen aanlevering"));
    assert_eq!(state(BY_NAME).as_deref(), Some("niet aangeleverd"));
    assert!(log(&petra).await.contains(&format!("vanzelf;set niet aangeleverd;{SET};E0")));
    petra.sees("/Aanleveren/Afgewezen", &[]).await;
}

pub(crate) async fn without_that_agreement_nothing_in_a_set_is_delivered(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    hands_over(&petra, SET, &[BY_NAME]).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    world.gateway.vfs.release_sets().await;
    devries.has_no(OF_DEVRIES).await;
    assert!(!devries.tree("/").await.iter().any(|path| path.contains("Loonstrook")));
    petra.puts(&at("/Aanleveren", BY_NAME), &pdf("delivered")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf("delivered")).await;
}

pub(crate) async fn a_decision_is_on_what_was_shown(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    let vfs = &world.gateway.vfs;
    let (employer, office) =
        (world.gateway.session("jansen").await, world.gateway.session("petra").await);
    let shown = vfs.sets(&employer).await.unwrap().remove(0);
    assert_eq!((shown.name.as_str(), shown.state, shown.files), (SET, "review", 1));
    assert_eq!(vfs.sets(&office).await.unwrap()[0].hash, shown.hash);
    // The reason is no part of it.
    jansen.puts(&at(&set(REVIEW), "reden.txt"), b"in orde").await;
    assert_eq!(vfs.sets(&employer).await.unwrap()[0].hash, shown.hash);
    petra.puts(&at(&set(&hers(REVIEW)), "serie.pdf"), &pdf("another")).await;
    // While it changes there is nothing to decide on.
    assert!(vfs.sets(&employer).await.unwrap().is_empty());
    assert!(vfs.decide(&employer, SET, true, Some(&shown.hash), None).await.is_err());
    assert_eq!(jansen.rename(&set(REVIEW), &set(APPROVED), false).await, Told::Absent);
    world.gateway.clock.advance(QUIET);
    let now = vfs.sets(&employer).await.unwrap().remove(0);
    assert_ne!(now.hash, shown.hash);
    let told = vfs.decide(&employer, SET, true, Some(&shown.hash), Some("fout")).await;
    assert_eq!(told, Err(loondossier::dossier::Error::Precondition));
    jansen.reads(&at(&set(REVIEW), "reden.txt"), b"in orde").await;
    jansen.sees(REVIEW, &[SET]).await;
    // Of two who decide at once one does, and the other is told that there is nothing to decide on any more.
    let (yes, no) = tokio::join!(
        vfs.decide(&employer, SET, true, Some(&now.hash), None),
        vfs.decide(&employer, SET, false, Some(&now.hash), Some("toch niet")),
    );
    let told = if yes.is_ok() { no.as_ref().err() } else { yes.as_ref().err() };
    assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    assert_eq!(told, Some(&loondossier::dossier::Error::NotFound));
    let decided = vfs.sets(&office).await.unwrap().remove(0);
    assert_eq!(decided.state, if yes.is_ok() { "approved" } else { "rejected" });
    assert_eq!((decided.hash, decided.by.as_deref()), (now.hash, Some("K. Jansen")));

    // So it is when both move it, each from a client of its own.
    let other = world.client("jansen").await;
    for round in 0..5 {
        let name = format!("ronde {round}");
        hands_over(&petra, &name, &["serie.pdf"]).await;
        let [from, good, bad] = [REVIEW, APPROVED, REJECTED].map(|folder| at(folder, &name));
        let told =
            tokio::join!(jansen.rename(&from, &good, false), other.rename(&from, &bad, false));
        let (won, lost) = match told {
            (Told::Done, Told::Absent) => (good, bad),
            (Told::Absent, Told::Done) => (bad, good),
            neither => panic!("{neither:?}"),
        };
        jansen.reads(&at(&won, "serie.pdf"), &pdf("serie.pdf")).await;
        jansen.has_no(&lost).await;
        jansen.has_no(&from).await;
    }
}

/// Its client stood still for so long that the set was taken for quiet.
pub(crate) async fn what_comes_into_a_set_that_was_decided_on_meanwhile_goes_nowhere(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    hands_over(&petra, SET, &["serie.pdf", BY_NAME]).await;
    let vfs = &world.gateway.vfs;
    let office = world.gateway.session("petra").await;
    let mut uploads = Vec::new();
    for name in [BY_NAME, "123456782L01_0043_loonstrook_2026-11.pdf"] {
        let path = DossierPath::parse(&at(&set(&hers(REVIEW)), name)).unwrap();
        let create = Create { make: true, ..Create::default() };
        let mut upload = vfs.create(&office, &path, create).await.unwrap();
        upload.write_at(0, pdf("of another").into()).await.unwrap();
        uploads.push(upload);
    }
    jansen.sees(REVIEW, &[]).await;
    world.gateway.clock.advance(QUIET);
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    for upload in uploads {
        assert_eq!(upload.commit().await.map(drop), Err(Error::NoParent));
    }
    jansen.sees(&set(APPROVED), &[BY_NAME, "serie.pdf"]).await;
    petra.reads(&at(&set(&hers(APPROVED)), BY_NAME), &pdf(BY_NAME)).await;
    petra.sees(&hers(REVIEW), &[]).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf(BY_NAME)).await;
    world.client("yilmaz").await.has_no(OF_DEVRIES).await;
}

pub(crate) async fn many_sets_are_approved_at_once_and_each_is_delivered(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let names: Vec<String> = (1..=9).map(|month| format!("Journaal 2026-0{month}")).collect();
    for (month, name) in (1..).zip(&names) {
        let journal = format!("123456782L01_journaal_2026-0{month}.pdf");
        hands_over(&petra, name, &[&journal]).await;
    }
    let (vfs, employer) = (&world.gateway.vfs, world.gateway.session("jansen").await);
    join_all(
        names.iter().map(async |name| vfs.decide(&employer, name, true, None, None).await.unwrap()),
    )
    .await;
    let sets = vfs.sets(&employer).await.unwrap();
    assert!(sets.len() == 9 && sets.iter().all(|set| set.released), "{sets:?}");
    let journals = jansen.list("/Overzichten/Journaalposten/2026").await.unwrap();
    assert_eq!(journals.len(), 9, "{journals:?}");
}
