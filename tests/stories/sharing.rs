//! Sharing, one level up and one level down: where a file lies decides who sees it.

use crate::client::{Client, Told};
use crate::world::{
    BY_DEVRIES, BY_EMPLOYER, BY_JANSEN, BY_OFFICE, DAY, HOUR, MINE, TO_DEVRIES, TO_EMPLOYER,
    TO_JANSEN, TO_OFFICE, World, at,
};

pub(crate) async fn an_employee_shares_by_moving(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let [yilmaz, bos] = world.clients(["yilmaz", "bos"]).await;
    let name = "verklaring.txt";
    devries.puts(&at(MINE, name), b"mine").await;
    jansen.sees(BY_DEVRIES, &[]).await;
    devries.moves(&at(MINE, name), &at(TO_JANSEN, name)).await;
    devries.has_no(&at(MINE, name)).await;
    devries.reads(&at(TO_JANSEN, name), b"mine").await;
    jansen.reads(&at(BY_DEVRIES, name), b"mine").await;
    petra.sees(BY_JANSEN, &[]).await;
    petra.has_no(&at("/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries", name)).await;
    petra
        .has_no("/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Gedeeld door werknemer")
        .await;
    yilmaz.has_no(&at(TO_JANSEN, name)).await;
    yilmaz.has_no(&at(BY_EMPLOYER, name)).await;
    bos.has_no(&format!("/Employees/7 S. Yilmaz/Shared by employee/{name}")).await;
    jansen.sees("/Werknemers/0043 S. Yilmaz/Gedeeld door werknemer", &[]).await;
    devries.puts(&at(TO_JANSEN, name), b"better").await;
    jansen.reads(&at(BY_DEVRIES, name), b"better").await;
}

pub(crate) async fn an_employee_stops_sharing_by_moving_back(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    devries.moves(&at(TO_JANSEN, "a.txt"), &at(MINE, "a.txt")).await;
    devries.reads(&at(MINE, "a.txt"), b"a").await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
}

pub(crate) async fn an_employee_shares_a_copy_and_keeps_its_own(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(MINE, "a.txt"), b"a").await;
    devries.copies(&at(MINE, "a.txt"), &at(TO_JANSEN, "a.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    devries.puts(&at(MINE, "a.txt"), b"changed since").await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    devries.reads(&at(MINE, "a.txt"), b"changed since").await;
}

pub(crate) async fn what_is_deleted_is_shared_no_more(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    devries.deletes(&at(TO_JANSEN, "a.txt")).await;
    devries.sees(TO_JANSEN, &[]).await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
}

pub(crate) async fn what_was_shared_and_deleted_is_in_its_owners_day_view_and_nowhere_else(
    world: World,
) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    jansen.puts(&at(TO_OFFICE, "b.txt"), b"b").await;
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    world.gateway.clock.advance(DAY);
    devries.deletes(&at(TO_JANSEN, "a.txt")).await;
    jansen.deletes(&at(TO_OFFICE, "b.txt")).await;
    world.gateway.clock.advance(HOUR);
    let days = "/Eerdere dagen";
    let (of_devries, of_jansen) = (
        at(days, "2026-11-24/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/a.txt"),
        at(days, "2026-11-24/Gedeeld met kantoor/b.txt"),
    );
    devries.reads(&of_devries, b"a").await;
    jansen.reads(&of_jansen, b"b").await;
    let moment = of_devries.replacen("2026-11-24", "2026-11-25 1100", 1);
    devries.reads(&moment, b"a").await;
    let files = async |client: &Client| {
        let all = client.tree("/").await;
        let file = |path: &String| !path.ends_with('/') && !path.starts_with("/Logboek/");
        all.into_iter().filter(file).collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(files(&devries).await, [of_devries]);
    assert_eq!(files(&jansen).await, [of_jansen]);
    assert_eq!(files(&petra).await, none);
    jansen.has_no(&at(days, "2026-11-25 1100/Gedeeld met kantoor/a.txt")).await;
}

pub(crate) async fn a_taken_name_is_not_shared_over(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"shared").await;
    devries.puts(&at(MINE, "a.txt"), b"own").await;
    let (mine, shared) = (at(MINE, "a.txt"), at(TO_JANSEN, "a.txt"));
    assert_eq!(devries.rename(&mine, &shared, false).await, Told::Taken);
    assert_eq!(devries.copy(&mine, &shared).await, Told::Taken);
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"shared").await;
    assert_eq!(devries.rename(&mine, &shared, true).await, Told::Done);
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"own").await;
}

pub(crate) async fn a_shared_folder_takes_what_is_put_in_it_later(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.makes(&at(MINE, "map")).await;
    devries.puts(&at(MINE, "map/a.txt"), b"a").await;
    devries.moves(&at(MINE, "map"), &at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/b.txt"), b"b").await;
    jansen.sees(&at(BY_DEVRIES, "map"), &["a.txt", "b.txt"]).await;
    jansen.reads(&at(BY_DEVRIES, "map/b.txt"), b"b").await;
    devries.moves(&at(TO_JANSEN, "map/a.txt"), &at(MINE, "a.txt")).await;
    jansen.sees(&at(BY_DEVRIES, "map"), &["b.txt"]).await;
}

pub(crate) async fn an_employer_shares_with_its_office(world: World) {
    let [jansen, petra, devries, bos] = world.clients(["jansen", "petra", "devries", "bos"]).await;
    jansen.puts(&at(MINE, "contract.txt"), b"text").await;
    jansen.moves(&at(MINE, "contract.txt"), &at(TO_OFFICE, "contract.txt")).await;
    petra.reads(&at(BY_JANSEN, "contract.txt"), b"text").await;
    petra.sees("/Werkgevers/Garage Bos/Gedeeld door werkgever", &[]).await;
    devries.has_no(&at(BY_EMPLOYER, "contract.txt")).await;
    bos.has_no("/Shared with office/contract.txt").await;
    jansen.moves(&at(TO_OFFICE, "contract.txt"), &at(MINE, "contract.txt")).await;
    petra.has_no(&at(BY_JANSEN, "contract.txt")).await;
}

pub(crate) async fn an_employer_shares_with_one_employee(world: World) {
    let [jansen, petra, devries, yilmaz] =
        world.clients(["jansen", "petra", "devries", "yilmaz"]).await;
    jansen.puts(&at(MINE, "rooster.txt"), b"hours").await;
    jansen.moves(&at(MINE, "rooster.txt"), &at(TO_DEVRIES, "rooster.txt")).await;
    devries.reads(&at(BY_EMPLOYER, "rooster.txt"), b"hours").await;
    yilmaz.has_no(&at(BY_EMPLOYER, "rooster.txt")).await;
    petra.sees(BY_JANSEN, &[]).await;
    devries.may_not_delete(&at(BY_EMPLOYER, "rooster.txt")).await;
    devries.may_not_put(&at(BY_EMPLOYER, "rooster.txt")).await;
    devries.may_not_put(&at(BY_EMPLOYER, "nieuw.txt")).await;
    jansen.moves(&at(TO_DEVRIES, "rooster.txt"), &at(MINE, "rooster.txt")).await;
    devries.has_no(&at(BY_EMPLOYER, "rooster.txt")).await;
}

pub(crate) async fn an_office_shares_with_one_employer(world: World) {
    let [petra, jansen, bos, devries] = world.clients(["petra", "jansen", "bos", "devries"]).await;
    petra.puts(&at(MINE, "advies.txt"), b"advice").await;
    petra.moves(&at(MINE, "advies.txt"), &at(TO_EMPLOYER, "advies.txt")).await;
    jansen.reads(&at(BY_OFFICE, "advies.txt"), b"advice").await;
    bos.sees("/Shared by office", &[]).await;
    devries.has_no(&at(BY_EMPLOYER, "advies.txt")).await;
    jansen.may_not_delete(&at(BY_OFFICE, "advies.txt")).await;
    let bos_too = "/Werkgevers/Garage Bos/Gedeeld met werkgever/advies.txt";
    petra.moves(&at(TO_EMPLOYER, "advies.txt"), bos_too).await;
    jansen.has_no(&at(BY_OFFICE, "advies.txt")).await;
    bos.reads("/Shared by office/advies.txt", b"advice").await;
}

pub(crate) async fn what_another_shared_is_read_and_nothing_else(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/a.txt"), b"a").await;
    jansen.puts(&at(TO_OFFICE, "b.txt"), b"b").await;
    for (client, folder, path) in [
        (&jansen, BY_DEVRIES, at(BY_DEVRIES, "map/a.txt")),
        (&petra, BY_JANSEN, at(BY_JANSEN, "b.txt")),
    ] {
        client.may_not_put(&path).await;
        client.may_not_put(&at(folder, "nieuw.txt")).await;
        client.may_not_make(&at(folder, "nieuw")).await;
        client.may_not_delete(&path).await;
        client.may_not_move(&path, &at(folder, "anders.txt")).await;
        client.may_not_move(&path, &at(MINE, "weg.txt")).await;
    }
    jansen.may_not_delete(&at(BY_DEVRIES, "map")).await;
    jansen.may_not_move(&at(BY_DEVRIES, "map/a.txt"), &at(TO_DEVRIES, "a.txt")).await;
    petra.may_not_move(&at(BY_JANSEN, "b.txt"), &at(TO_EMPLOYER, "b.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "map/a.txt"), b"a").await;
    petra.reads(&at(BY_JANSEN, "b.txt"), b"b").await;
    jansen.sees(MINE, &[]).await;
    petra.sees(MINE, &[]).await;
}

pub(crate) async fn a_copy_that_was_taken_stays_when_sharing_stops(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(MINE, "kopie.txt")).await;
    jansen.copies(&at(BY_DEVRIES, "a.txt"), "/Back-ups/kopie.txt").await;
    devries.deletes(&at(TO_JANSEN, "a.txt")).await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
    jansen.reads(&at(MINE, "kopie.txt"), b"a").await;
    jansen.reads("/Back-ups/kopie.txt", b"a").await;
    let log = devries.get("/Logboek/2026-11.csv").await.unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("kopie genomen") && log.contains("K. Jansen"), "{log}");
    assert!(!log.contains("Back-ups") && !log.contains("kopie.txt"), "{log}");
}

pub(crate) async fn what_another_shared_goes_no_further_by_copying(world: World) {
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    petra.puts(&at(TO_EMPLOYER, "advies.txt"), b"advice").await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    jansen.may_not_copy(&at(BY_OFFICE, "advies.txt"), &at(TO_DEVRIES, "advies.txt")).await;
    jansen.may_not_copy(&at(BY_OFFICE, "advies.txt"), &at(TO_OFFICE, "advies.txt")).await;
    jansen.may_not_copy(&at(BY_DEVRIES, "a.txt"), &at(TO_DEVRIES, "a.txt")).await;
    let yilmaz_too = "/Werknemers/0043 S. Yilmaz/Gedeeld met werknemer";
    jansen.may_not_copy(&at(BY_DEVRIES, "a.txt"), &at(yilmaz_too, "a.txt")).await;
    devries.sees(BY_EMPLOYER, &[]).await;
    petra.sees(BY_JANSEN, &[]).await;
    jansen.sees(TO_OFFICE, &[]).await;
    jansen.sees(TO_DEVRIES, &[]).await;
}

pub(crate) async fn leftovers_of_an_operating_system_are_not_shared(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    for name in ["._a.txt", ".DS_Store", "Thumbs.db", "desktop.ini"] {
        devries.puts(&at(TO_JANSEN, name), b"x").await;
        devries.reads(&at(TO_JANSEN, name), b"x").await;
        jansen.has_no(&at(BY_DEVRIES, name)).await;
    }
    jansen.sees(BY_DEVRIES, &["a.txt"]).await;
    // A folder is a folder, whatever it is called.
    devries.makes(&at(TO_JANSEN, "._map")).await;
    devries.puts(&at(TO_JANSEN, "._map/b.txt"), b"b").await;
    jansen.sees(BY_DEVRIES, &["._map", "a.txt"]).await;
    jansen.reads(&at(BY_DEVRIES, "._map/b.txt"), b"b").await;
}
