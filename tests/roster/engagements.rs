//! Offices that come and go.

use crate::cast::{Files, toml};
use crate::world::{PRUNE, World, stories};

stories! {
    another_office_ends_the_one_before
    an_office_that_comes_back_finds_its_folder
    a_file_from_before_a_switch_is_refused
    what_was_shared_goes_back_when_an_engagement_has_ended
    what_was_shared_goes_back_after_the_last_day
}

/// The cast with Bakkerij Jansen at another office from a day on.
fn switched(from: &str) -> Files {
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\n\n[[employer]]\nid = \"bakkerij-jansen\"";
    toml("[[employer]]\nid = \"bakkerij-jansen\"", office).with(
        "roster.toml",
        "\"kantoor-visser\", from = 2026-01-01, release",
        &format!("\"loon-bv\", from = {from}, release"),
    )
}

async fn another_office_ends_the_one_before(world: World) {
    world.with_cast().await;
    assert_eq!(
        world.does(&switched("2026-12-01"), PRUNE).await,
        r#"+ office loon-bv "Loon BV", language nl
- engagement of office kantoor-visser with employer bakkerij-jansen: from 2026-01-01 until 2026-11-30
+ engagement of office loon-bv with employer bakkerij-jansen from 2026-12-01, release manual, payslips hidden, folder "Bakkerij Jansen BV"
3 changes"#
    );
    world.to_day("2026-12-02");
    assert_eq!(world.does(&switched("2026-12-01"), PRUNE).await, "nothing to do");
}

async fn an_office_that_comes_back_finds_its_folder(world: World) {
    world.with_cast().await;
    world.does(&switched("2026-11-01"), PRUNE).await;
    let back = toml("from = 2026-01-01, release", "from = 2026-12-01, release").with(
        "roster.toml",
        "\"Bakkerij Jansen BV\"",
        "\"Bakker Jansen\"",
    );
    assert_eq!(
        world.does(&back, PRUNE).await,
        r#"~ employer bakkerij-jansen: name "Bakker Jansen" (was "Bakkerij Jansen BV")
- engagement of office loon-bv with employer bakkerij-jansen: from 2026-11-01 until 2026-11-30
+ engagement of office kantoor-visser with employer bakkerij-jansen from 2026-12-01, release manual, payslips hidden, folder "Bakkerij Jansen BV"
3 changes"#
    );
}

async fn a_file_from_before_a_switch_is_refused(world: World) {
    world.with_cast().await;
    world.does(&switched("2026-11-01"), PRUNE).await;
    assert_eq!(
        world.refuses(&Files::cast(), PRUNE).await,
        "roster.toml:14: office loon-bv works for bakkerij-jansen from 2026-11-01: an office that follows it begins \
         on a later day"
    );
}

/// What lies in the folders of a party and an engagement, as `<parent>/<name>`, with forwards marked.
const LYING: &str = "select case l.parent when e.own_root then 'employer: ' when o.own_root then 'office: ' \
    when g.up_root then 'up: ' when g.down_root then 'down: ' else 'below: ' end || l.name \
    from placement l, engagement g join party e on e.id = g.employer join party o on o.id = g.office \
    where g.id = 1 and l.until_ms = 9223372036854775807 order by 1";

/// Puts a folder somewhere, as a forward or as one's own.
async fn place(world: &World, id: i64, root: &str, name: &str, forward: &str) {
    let node = "insert into node (id, public_id, folder, mtime, created) values";
    world.sql(&format!("{node} ({id}, 'n{id}', 1, 0, 0) returning public_id")).await;
    let placement =
        "insert into placement (node, parent, name, name_key, forward, from_ms, until_ms)";
    world
        .sql(&format!(
            "{placement} values ({id}, {root}, '{name}', lower('{name}'), {forward}, 0, \
             9223372036854775807) returning name"
        ))
        .await;
}

async fn what_was_shared_goes_back_after_the_last_day(world: World) {
    world.with_cast().await;
    let up = "(select up_root from engagement where id = 1)";
    place(&world, 901, up, "shared.pdf", "null").await;
    let files = switched("2026-12-01");
    let ended = "has ended: what was shared goes back to its owners";
    let before = world.does(&files, PRUNE).await;
    assert!(!before.contains(ended), "{before}");
    assert!(world.sql(LYING).await.contains(&"up: shared.pdf".to_owned()));
    world.to_day("2026-12-01");
    let after = world.does(&files, PRUNE).await;
    assert!(after.contains(ended) && after.ends_with("1 change"), "{after}");
    assert!(world.sql(LYING).await.contains(&"below: shared.pdf".to_owned()));
}

async fn what_was_shared_goes_back_when_an_engagement_has_ended(world: World) {
    world.with_cast().await;
    let folder = "Eerder gedeeld met Administratiekantoor Visser";
    let of = |column: &str| format!("(select {column} from engagement where id = 1)");
    place(&world, 901, &of("up_root"), "shared.pdf", "null").await;
    place(&world, 902, &of("up_root"), "map", "null").await;
    place(&world, 903, "902", "in map.pdf", "null").await;
    world
        .sql(
            "insert into forward (id, node, engagement, employment, moved, from_ms, until_ms) \
         values (77, 901, 1, 1, 1, 0, 9223372036854775807) returning 'x'",
        )
        .await;
    place(&world, 904, &of("up_root"), "forwarded.pdf", "77").await;
    place(&world, 905, "902", "forwarded too.pdf", "77").await;
    place(&world, 906, &of("down_root"), "advice.pdf", "null").await;
    let own = "(select own_root from party where key = 'bakkerij-jansen')";
    place(&world, 907, own, folder, "null").await;

    let done = world.does(&switched("2026-11-01"), PRUNE).await;
    let line = "~ engagement of office kantoor-visser with employer bakkerij-jansen has ended: what was shared goes back to its owners";
    assert!(done.contains(line), "{done}");
    assert_eq!(
        world.sql(LYING).await,
        [
            "below: advice.pdf".to_owned(),
            "below: in map.pdf".to_owned(),
            "below: map".to_owned(),
            "below: shared.pdf".to_owned(),
            format!("employer: {folder}"),
            format!("employer: {folder} (2)"),
            "office: Eerder gedeeld met Bakkerij Jansen BV".to_owned(),
        ]
    );
    let forwards = "select cast(until_ms as text) from forward";
    assert_eq!(world.sql(forwards).await, [world.clock.now().to_string()]);
    let history =
        "select cast(count(*) as text) from placement where until_ms < 9223372036854775807";
    assert_eq!(world.sql(history).await, ["5"], "what was, stays for the day views");
}
