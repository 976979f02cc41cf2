//! What is not whole yet waits at `/Aanleveren`, seen by its account alone: what is still coming, what is
//! empty, and what has a partial name. When that is too long, it is refused (PRODUCT.md section 5).

use crate::client::Told;
use crate::common::pdf;
use crate::refusing::colleague;
use crate::world::{
    BY_NAME, DROP, FOR_DEVRIES, HOUR, MINE, NAME, OF_DEVRIES, REFUSED, World, at, refused, text,
};
use loondossier::dossier::Refusal;

pub(crate) async fn what_is_still_coming_waits_and_is_seen_by_its_account_alone(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let piet = colleague(&world).await;
    for folder in [DROP, "/Aanleveren/123456782L01/0042"] {
        let (part, whole) = (at(folder, "x.pdf.filepart"), at(folder, "loonstrook 2026-11.pdf"));
        petra.puts(&part, &pdf(folder)).await;
        petra.reads(&part, &pdf(folder)).await;
        piet.has_no(&part).await;
        if folder == DROP {
            assert_eq!(petra.rename(&part, &whole, false).await, refused(Refusal::Name));
        } else {
            petra.moves(&part, &whole).await;
            devries.reads(&at(OF_DEVRIES, NAME), &pdf(folder)).await;
        }
        petra.has_no(&part).await;
    }
    petra.sees(REFUSED, &["loonstrook 2026-11.pdf", "loonstrook 2026-11.pdf.reden.txt"]).await;
    // Some clients make an empty file first.
    let path = at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf");
    petra.puts(&path, b"").await;
    assert_eq!(petra.size(&path).await, Ok(0));
    piet.has_no(&path).await;
    devries.has_no(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf")).await;
    petra.puts(&path, &pdf("october")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf"), &pdf("october")).await;
}

pub(crate) async fn partial_names_and_empty_files_wait_where_overviews_are_placed(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let shelf = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
    for (folder, name) in [(shelf, "Journaal november.pdf"), (FOR_DEVRIES, NAME)] {
        petra.puts(&at(folder, name), b"").await;
        petra.sees(folder, &[name]).await;
        petra.puts(&at(folder, &format!("{name}.part")), b"half").await;
        petra.puts(&at(folder, name), &pdf(name)).await;
        petra.deletes(&at(folder, &format!("{name}.part"))).await;
    }
    jansen.sees("/Overzichten/Journaalposten/2026", &["Journaal november.pdf"]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf(NAME)).await;
    let none = petra.put(&at(shelf, "Brief.doc"), b"%PDF").await;
    assert_eq!(none, refused(Refusal::Type));
    petra.sees(REFUSED, &["Brief.doc", "Brief.doc.reden.txt"]).await;
}

pub(crate) async fn what_broke_off_over_a_delivery_keeps_nobody_from_withdrawing_it(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("of another")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("of another")).await;
    petra.puts(&at(FOR_DEVRIES, NAME), b"").await;
    petra.deletes(&at(FOR_DEVRIES, NAME)).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.has_no(&at(FOR_DEVRIES, NAME)).await;
}

pub(crate) async fn what_waits_too_long_is_refused(world: World) {
    let petra = world.client("petra").await;
    petra.makes("/Aanleveren/batch").await;
    for (path, content) in [
        ("123456782L01_0042_loonstrook_2026-11.pdf", &b""[..]),
        ("half.part", b"%PDF"),
        ("._x", b"of a system"),
        ("batch/a.pdf", b"%PDF"),
    ] {
        petra.puts(&at(DROP, path), content).await;
    }
    let vfs = &world.gateway.vfs;
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(REFUSED, &[]).await;
    world.gateway.clock.advance(11 * 60_000);
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(REFUSED, &[BY_NAME, &format!("{BY_NAME}.reden.txt")]).await;
    world.gateway.clock.advance(24 * HOUR);
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(DROP, &["Afgewezen", "Ontvangst", "batch"]).await;
    petra.sees("/Aanleveren/batch", &[]).await;
    for (name, code) in [("half.part", "E11"), ("a.pdf", "E15")] {
        petra.reads(&at(REFUSED, name), b"%PDF").await;
        let reason = text(&petra, &at(REFUSED, &format!("{name}.reden.txt"))).await;
        assert!(reason.starts_with(code), "{reason}");
    }
}

pub(crate) async fn nothing_empty_goes_over_a_payslip(world: World) {
    let [petra, yilmaz] = world.clients(["petra", "yilmaz"]).await;
    let folder = "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz";
    petra.puts(&at(folder, NAME), &pdf("whole")).await;
    let path = at(folder, "Loonstroken/2026/Loonstrook 2026-11.pdf");
    assert_eq!(petra.put(&path, b"").await, refused(Refusal::Empty));
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("whole")).await;
    petra.puts(&path, &pdf("better")).await;
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("better")).await;
}

pub(crate) async fn what_is_copied_under_a_partial_name_waits_where_it_was_put(world: World) {
    let petra = world.client("petra").await;
    petra.puts(&at(MINE, "a.pdf"), &pdf("a")).await;
    let folder = at(DROP, "123456782L01/0042");
    petra.copies(&at(MINE, "a.pdf"), &at(&folder, "z.pdf.part")).await;
    petra.reads(&at(&folder, "z.pdf.part"), &pdf("a")).await;
    petra.sees(DROP, &["123456782L01", "Afgewezen", "Ontvangst"]).await;
}

pub(crate) async fn what_is_copied_over_what_waits_is_delivered(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(MINE, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(DROP, BY_NAME), b"").await;
    petra.copies_over(&at(MINE, "a.pdf"), &at(DROP, BY_NAME)).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    // A folder never takes the place of what waits in one.
    petra.makes(&at(MINE, "map")).await;
    petra.puts(&at(MINE, "map/b.pdf"), &pdf("b")).await;
    let folder = at(DROP, "123456782L01");
    petra.makes(&folder).await;
    petra.puts(&at(&folder, "c.pdf.part"), &pdf("c")).await;
    assert_ne!(petra.copy_over(&at(MINE, "map"), &folder).await, Told::Done);
    petra.sees(&folder, &["c.pdf.part"]).await;
}
