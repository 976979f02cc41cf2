//! Offices that come and go.

use crate::cast::{Files, toml};
use crate::world::{PRUNE, World};

/// The cast with Bakkerij Jansen at another office from a day on.
pub(crate) fn switched(from: &str) -> Files {
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\n\n[[employer]]\nid = \"bakkerij-jansen\"";
    toml("[[employer]]\nid = \"bakkerij-jansen\"", office).with(
        "roster.toml",
        "\"kantoor-visser\", from = 2026-01-01, release",
        &format!("\"loon-bv\", from = {from}, release"),
    )
}

pub(crate) async fn another_office_ends_the_one_before(mut world: impl World) {
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

pub(crate) async fn an_office_that_comes_back_finds_its_folder(mut world: impl World) {
    world.with_cast().await;
    let renamed =
        |files: Files| files.with("roster.toml", "\"Bakkerij Jansen BV\"", "\"Bakker Jansen\"");
    let plan = world.does(&renamed(switched("2026-11-01")), PRUNE).await;
    assert!(plan.contains("folder \"Bakker Jansen\""), "{plan}");
    let back = renamed(toml("from = 2026-01-01, release", "from = 2026-12-01, release"));
    assert_eq!(
        world.does(&back, PRUNE).await,
        r#"- engagement of office loon-bv with employer bakkerij-jansen: from 2026-11-24 until 2026-11-30
+ engagement of office kantoor-visser with employer bakkerij-jansen from 2026-12-01, release manual, payslips hidden, folder "Bakkerij Jansen BV"
2 changes"#
    );
}

pub(crate) async fn a_file_from_before_a_switch_is_refused(mut world: impl World) {
    world.with_cast().await;
    world.does(&switched("2026-11-01"), PRUNE).await;
    assert_eq!(
        world.refuses(&Files::cast(), PRUNE).await,
        "roster.toml:14: office loon-bv works for bakkerij-jansen from 2026-11-24: an office that follows it begins \
         on a later day"
    );
}

pub(crate) async fn what_is_dated_back_holds_from_now_on(mut world: impl World) {
    world.with_cast().await;
    assert_eq!(
        world.does(&switched("2026-11-15"), PRUNE).await,
        r#"+ office loon-bv "Loon BV", language nl
- engagement of office kantoor-visser with employer bakkerij-jansen: from 2026-01-01 until 2026-11-24
+ engagement of office loon-bv with employer bakkerij-jansen from 2026-11-24, release manual, payslips hidden, folder "Bakkerij Jansen BV"
3 changes"#
    );
    assert_eq!(world.does(&switched("2026-11-15"), PRUNE).await, "nothing to do");
    world.to_day("2026-11-30");
    assert_eq!(world.does(&switched("2026-11-15"), PRUNE).await, "nothing to do");
    let ended = |until| switched(&format!("2026-11-15, until = {until}"));
    assert_eq!(
        world.does(&ended("2026-11-20"), PRUNE).await,
        "~ engagement of office loon-bv with employer bakkerij-jansen: until 2026-11-30 (was further notice)\n1 change"
    );
    world.to_day("2026-12-02");
    assert_eq!(world.does(&ended("2026-11-20"), PRUNE).await, "nothing to do");
}

pub(crate) async fn what_was_over_before_its_turn_never_begins(mut world: impl World) {
    world.with_cast().await;
    let over = switched("2026-11-01, until = 2026-11-15");
    let plan = world.does(&over, PRUNE).await;
    assert!(!plan.contains("+ engagement"), "{plan}");
    assert!(plan.contains("- engagement of office kantoor-visser"), "{plan}");
    assert_eq!(world.does(&over, PRUNE).await, "nothing to do");
}

pub(crate) async fn what_has_begun_does_not_begin_later(mut world: impl World) {
    world.with_cast().await;
    let dates = "from = 2026-01-01, release";
    let put_off = |day: &str| toml(dates, &format!("from = {day}, release"));
    assert_eq!(
        world.does(&put_off("2026-12-05"), PRUNE).await,
        r#"- engagement of office kantoor-visser with employer bakkerij-jansen: from 2026-01-01 until 2026-11-24
+ engagement of office kantoor-visser with employer bakkerij-jansen from 2026-12-05, release manual, payslips hidden, folder "Bakkerij Jansen BV"
2 changes"#
    );
    assert_eq!(world.does(&put_off("2026-12-05"), PRUNE).await, "nothing to do");
    assert_eq!(
        world.does(&put_off("2026-12-07"), PRUNE).await,
        "~ engagement of office kantoor-visser with employer bakkerij-jansen: from 2026-12-07 (was 2026-12-05)\n1 change"
    );
    world.to_day("2026-12-08");
    assert_eq!(world.does(&put_off("2026-12-07"), PRUNE).await, "nothing to do");
    assert_eq!(world.does(&put_off("2026-12-08"), PRUNE).await, "nothing to do");
}

pub(crate) async fn what_another_followed_does_not_go_on(mut world: impl World) {
    world.with_cast().await;
    world.does(&switched("2026-11-24"), PRUNE).await;
    world.to_day("2026-11-26");
    world.does(&switched("2026-11-24, until = 2026-11-25"), PRUNE).await;
    world.to_day("2026-11-28");
    let back = world.does(&Files::cast(), PRUNE).await;
    assert!(
        back.starts_with(
            "+ engagement of office kantoor-visser with employer bakkerij-jansen from 2026-11-26,"
        ),
        "{back}"
    );
    assert_eq!(world.does(&Files::cast(), PRUNE).await, "nothing to do");
    assert_eq!(world.state().await.engagements.len(), 4);
}

pub(crate) async fn a_later_employer_never_gets_a_folder_that_is_taken(mut world: impl World) {
    world.with_cast().await;
    let later = "[[employer]]\nid = \"later\"\nname = \"bakkerij jansen BV\"\nadministrations = [\"123456782L07\"]\n\
        office = { id = \"kantoor-visser\", from = 2026-11-01 }\n[[employer]]\nid = \"garage-bos\"";
    let files = toml("[[employer]]\nid = \"garage-bos\"", later);
    let plan = world.does(&files, PRUNE).await;
    assert!(plan.contains("folder \"bakkerij jansen BV L07\""), "{plan}");
}

pub(crate) async fn an_engagement_says_from_when_in_a_month_it_is_seen(mut world: impl World) {
    let files = toml("release = \"manual\"", "publish_at = \"25 09:00\"");
    let plan = world.plan(&files, PRUNE).await.unwrap();
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["changes"][9]["publish_at"], "25 09:00");
    let text = world.does(&files, PRUNE).await;
    let terms = "from 2026-01-01, release manual, payslips hidden, publish_at 25 09:00, folder";
    assert!(text.contains(terms), "{text}");
    assert_eq!(world.does(&files, PRUNE).await, "nothing to do");
}

pub(crate) async fn terms_alone_change_an_engagement_and_the_day_after_its_end_begins_another(
    mut world: impl World,
) {
    world.with_cast().await;
    let visible = toml("payslips = \"hidden\"", "payslips = \"visible\"");
    assert_eq!(
        world.does(&visible, PRUNE).await,
        "~ engagement of office kantoor-visser with employer bakkerij-jansen: payslips \"visible\" (was \"hidden\")\n\
         1 change"
    );
    let held = |at: &str| toml("release = \"manual\"", &format!("publish_at = \"{at}\""));
    assert_eq!(
        world.does(&held("25 09:00"), PRUNE).await,
        "~ engagement of office kantoor-visser with employer bakkerij-jansen: \
         payslips \"hidden\" (was \"visible\"), publish_at \"25 09:00\" (was \"at once\")\n1 change"
    );
    assert_eq!(world.does(&held("25 09:00"), PRUNE).await, "nothing to do");
    let text = world.does(&held("01 12:30"), PRUNE).await;
    assert!(text.contains("publish_at \"1 12:30\" (was \"25 09:00\")"), "{text}");
    let text = world.does(&Files::cast(), PRUNE).await;
    assert!(text.contains("publish_at \"at once\" (was \"1 12:30\")"), "{text}");
    let dates = "from = 2026-01-01, release";
    world.does(&toml(dates, "from = 2026-01-01, until = 2026-11-30, release"), PRUNE).await;
    let again = world.does(&toml(dates, "from = 2026-12-01, release"), PRUNE).await;
    assert!(again.starts_with("+ engagement of office kantoor-visser"), "{again}");
    assert_eq!(world.state().await.engagements.len(), 3);
}
