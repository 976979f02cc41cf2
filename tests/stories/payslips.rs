//! Payslips that an office puts straight into an employee's folder.

use crate::client::Told;
use crate::common::pdf;
use crate::world::{FOR_DEVRIES, HOUR, MINE, NAME, OF_DEVRIES, WITH_JANSEN, World, at};
use loondossier::dossier::{DossierPath, Error, Language, Refusal};

const FOR_YILMAZ_AT_BOS: &str = "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz";

pub(crate) async fn a_payslip_goes_to_its_employee_and_its_employer(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let [yilmaz, bos] = world.clients(["yilmaz", "bos"]).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("payslip")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("payslip")).await;
    let employer = ["Gedeeld door werkgever", "Gedeeld met werkgever", "Loonstroken"];
    devries.sees("/Werkgevers/Bakkerij Jansen BV", &employer).await;
    jansen.reads(&at(WITH_JANSEN, NAME), &pdf("payslip")).await;
    yilmaz.has_no(&at(OF_DEVRIES, NAME)).await;
    yilmaz.has_no("/Werkgevers/Bakkerij Jansen BV/Loonstroken").await;
    jansen.has_no("/Werknemers/0043 S. Yilmaz/Loonstroken").await;
    bos.has_no("/Employees/7 S. Yilmaz/Payslips").await;
    for (receiver, path) in [(&devries, OF_DEVRIES), (&jansen, WITH_JANSEN)] {
        receiver.may_not_delete(&at(path, NAME)).await;
        receiver.may_not_move(&at(path, NAME), &at(MINE, NAME)).await;
        receiver.may_not_put(&at(path, NAME)).await;
        receiver.copies(&at(path, NAME), &at(MINE, NAME)).await;
        receiver.reads(&at(MINE, NAME), &pdf("payslip")).await;
    }
    petra.puts(&at(FOR_DEVRIES, "payslip_2026-10_correctie.PDF"), &pdf("october")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10 correctie.pdf"), &pdf("october")).await;
    petra.puts(&at(FOR_DEVRIES, "jaaropgave 2025.pdf"), &pdf("year")).await;
    let statement = "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf";
    devries.reads(statement, &pdf("year")).await;
}

pub(crate) async fn for_an_hour_the_office_sees_that_it_delivered(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("payslip")).await;
    petra.sees(FOR_DEVRIES, &[NAME]).await;
    assert_eq!(petra.size(&at(FOR_DEVRIES, NAME)).await, Ok(pdf("payslip").len() as u64));
    assert_eq!(petra.get(&at(FOR_DEVRIES, NAME)).await, Err(Told::Denied));
    assert_eq!(petra.copy(&at(FOR_DEVRIES, NAME), &at(MINE, NAME)).await, Told::Denied);
    petra.may_not_move(&at(FOR_DEVRIES, NAME), &at(MINE, NAME)).await;
    petra.has_no(&at(FOR_DEVRIES, "Loonstroken")).await;
    jansen
        .sees(
            "/Werknemers/0042 A. de Vries",
            &["Gedeeld door werknemer", "Gedeeld met werknemer", "Loonstroken"],
        )
        .await;
    world.gateway.clock.advance(HOUR + 1);
    petra.sees(FOR_DEVRIES, &[]).await;
    petra.has_no(&at(FOR_DEVRIES, NAME)).await;
    jansen.reads(&at(WITH_JANSEN, NAME), &pdf("payslip")).await;
}

pub(crate) async fn an_office_reads_the_payslips_it_placed_where_they_are_visible(world: World) {
    let [petra, bos, yilmaz] = world.clients(["petra", "bos", "yilmaz"]).await;
    petra.puts(&at(FOR_YILMAZ_AT_BOS, NAME), &pdf("office")).await;
    bos.puts("/Employees/7 S. Yilmaz/Payslip 2026-10.pdf", &pdf("employer")).await;
    let read = at(FOR_YILMAZ_AT_BOS, "Loonstroken/2026");
    petra.reads(&at(&read, NAME), &pdf("office")).await;
    petra.sees(&read, &[NAME]).await;
    let received = "/Employees/7 S. Yilmaz/Payslips/2026";
    bos.sees(received, &["Payslip 2026-10.pdf", "Payslip 2026-11.pdf"]).await;
    let mine = "/Werkgevers/Garage Bos/Loonstroken/2026";
    yilmaz.sees(mine, &["Loonstrook 2026-10.pdf", NAME]).await;
    bos.may_not_delete(&at(received, "Payslip 2026-11.pdf")).await;
    bos.deletes(&at(received, "Payslip 2026-10.pdf")).await;
    yilmaz.sees(mine, &[NAME]).await;
    petra.deletes(&at(&read, NAME)).await;
    yilmaz.has_no("/Werkgevers/Garage Bos/Loonstroken").await;
}

pub(crate) async fn who_works_at_two_employers_sees_them_apart(world: World) {
    let [petra, yilmaz] = world.clients(["petra", "yilmaz"]).await;
    let [jansen, bos] = world.clients(["jansen", "bos"]).await;
    let at_jansen = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0043 S. Yilmaz";
    petra.puts(&at(at_jansen, NAME), &pdf("bakery")).await;
    petra.puts(&at(FOR_YILMAZ_AT_BOS, NAME), &pdf("garage")).await;
    yilmaz.sees("/Werkgevers", &["Bakkerij Jansen BV", "Garage Bos"]).await;
    yilmaz.reads(&at(OF_DEVRIES, NAME), &pdf("bakery")).await;
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("garage")).await;
    let seen = "/Werknemers/0043 S. Yilmaz/Loonstroken/2026";
    jansen.reads(&at(seen, NAME), &pdf("bakery")).await;
    bos.reads("/Employees/7 S. Yilmaz/Payslips/2026/Payslip 2026-11.pdf", &pdf("garage")).await;
    bos.sees("/Employees", &["7 S. Yilmaz"]).await;
    jansen.has_no("/Werknemers/7 S. Yilmaz").await;
}

pub(crate) async fn who_did_not_agree_gets_payslips_on_paper(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let zonder = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder";
    petra.puts(&at(zonder, NAME), &pdf("paper")).await;
    petra.sees(zonder, &[NAME]).await;
    let paper = "/Werknemers/0044 B. Zonder/Op papier/2026";
    jansen.reads(&at(paper, NAME), &pdf("paper")).await;
    jansen.has_no("/Werknemers/0044 B. Zonder/Loonstroken").await;
    jansen.may_not_delete(&at(paper, NAME)).await;
    petra.has_no(&at(zonder, "Op papier")).await;
}

/// Whoever delivered it corrects it by delivering it again, and withdraws it within the hour.
pub(crate) async fn what_is_on_paper_is_only_read(world: World) {
    let jansen = world.client("jansen").await;
    let zonder = "/Werknemers/0044 B. Zonder";
    let paper = at(zonder, "Op papier/2026");
    jansen.puts(&at(zonder, NAME), &pdf("wrong")).await;
    jansen.may_not_put(&at(&paper, NAME)).await;
    jansen.may_not_delete(&at(&paper, NAME)).await;
    jansen.may_not_move(&at(&paper, NAME), &at(&paper, "b.pdf")).await;
    jansen.puts(&at(zonder, NAME), &pdf("right")).await;
    jansen.reads(&at(&paper, NAME), &pdf("right")).await;
    jansen.sees(&paper, &[NAME]).await;
    jansen.deletes(&at(zonder, NAME)).await;
    jansen.has_no(&at(zonder, "Op papier")).await;
}

pub(crate) async fn the_same_content_again_changes_nothing(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let session = world.gateway.session("devries").await;
    let path = DossierPath::parse(&at(OF_DEVRIES, NAME)).unwrap();
    let tag = async || world.gateway.vfs.stat(&session, &path).await.unwrap().etag().unwrap();
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("one")).await;
    let first = tag().await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("one")).await;
    assert_eq!(tag().await, first);
    petra.puts(&at(FOR_DEVRIES, "payslip-2026-11.pdf"), &pdf("two")).await;
    assert_ne!(tag().await, first);
    let node = |tag: &str| tag.split('-').next().unwrap().to_owned();
    assert_eq!(node(&tag().await), node(&first), "a new version of the same overview");
    devries.sees(OF_DEVRIES, &[NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("two")).await;
}

pub(crate) async fn an_office_withdraws_a_payslip_within_the_hour(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("wrong")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("wrong")).await;
    petra.deletes(&at(FOR_DEVRIES, NAME)).await;
    petra.sees(FOR_DEVRIES, &[]).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    devries.has_no("/Werkgevers/Bakkerij Jansen BV/Loonstroken").await;
    jansen.has_no(&at(WITH_JANSEN, NAME)).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("wrong")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("wrong")).await;
}

pub(crate) async fn two_placers_are_kept_apart_by_a_number(world: World) {
    let [petra, bos, yilmaz] = world.clients(["petra", "bos", "yilmaz"]).await;
    bos.puts("/Employees/7 S. Yilmaz/Payslip 2026-11.pdf", &pdf("employer")).await;
    petra.puts(&at(FOR_YILMAZ_AT_BOS, NAME), &pdf("office")).await;
    let (mine, second) = ("/Werkgevers/Garage Bos/Loonstroken/2026", "Loonstrook 2026-11 (2).pdf");
    yilmaz.sees(mine, &[second, NAME]).await;
    yilmaz.reads(&at(mine, NAME), &pdf("employer")).await;
    yilmaz.reads(&at(mine, second), &pdf("office")).await;
    let read = at(FOR_YILMAZ_AT_BOS, "Loonstroken/2026");
    petra.sees(&read, &[NAME]).await;
    petra.reads(&at(&read, NAME), &pdf("office")).await;
    petra.puts(&at(FOR_YILMAZ_AT_BOS, NAME), &pdf("office again")).await;
    yilmaz.reads(&at(mine, NAME), &pdf("employer")).await;
    yilmaz.reads(&at(mine, second), &pdf("office again")).await;
}

pub(crate) async fn what_is_no_payslip_is_refused_with_its_reason(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let whole = pdf("x");
    for (name, content, why) in [
        ("Strookje 2026-11.pdf", &whole[..], Refusal::Kind),
        ("Journaalpost 2026-11.pdf", &whole, Refusal::Kind),
        ("Loonstrook 2026-13.pdf", &whole, Refusal::Period),
        ("Loonstrook.pdf", &whole, Refusal::Name),
        ("Loonstrook 2026-11.docx", &whole, Refusal::Name),
        ("Loonstrook 2026-11 123456782.pdf", &whole, Refusal::Bsn),
        ("Loonstrook 2026-11.pdf", b"no pdf at all", Refusal::Type),
        ("Loonstrook 2026-11.pdf", b"%PDF-1.4 cut short", Refusal::Empty),
        ("Loonstrook 2018-11.pdf", &whole, Refusal::Employment),
    ] {
        let sentence = Error::Refused(why).sentence(Language::Nl);
        let told = petra.put(&at(FOR_DEVRIES, name), content).await;
        assert_eq!(told, Told::Refused(sentence), "{name}");
        petra.sees(FOR_DEVRIES, &[]).await;
    }
    assert_eq!(
        petra.put(&at(FOR_DEVRIES, "map/Loonstrook 2026-11.pdf"), &whole).await,
        Told::Absent
    );
    let unknown = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0099 Niemand";
    assert_eq!(petra.put(&at(unknown, NAME), &whole).await, Told::Absent);
    jansen.has_no("/Werknemers/0042 A. de Vries/Loonstroken").await;
    devries.has_no("/Werkgevers/Bakkerij Jansen BV/Loonstroken").await;
}
