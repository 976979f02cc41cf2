//! Who is who: two people never become one, and nobody gets what was another's.

use crate::cast::{Files, HEADER, jansen, toml};
use crate::world::{PRUNE, World};
use loondossier::dossier::roster::{Options, State};

pub(crate) async fn a_number_never_passes_to_somebody_else(mut world: impl World) {
    world.with_cast().await;
    let mut is = async |files: Files, problem: &str| {
        assert_eq!(world.refuses(&files, PRUNE).await, problem);
    };
    is(
        jansen("a.devries@example.nl;devries", "p@example.nl;peters"),
        "jansen.csv:2: the number 0042 is of the login `devries` and stays so: give somebody else a number of its own",
    )
    .await;
    let other = "jansen.csv:4: the number 0044 is of \"B. Zonder\", in service from 2021-01-01: give somebody else a \
                 number of its own; if this is the same person, change the name alone first";
    is(jansen("B. Zonder;;;;2021-01-01", "P. Peters;;;;2026-11-01"), other).await;
    is(jansen("B. Zonder;;;", "P. Peters;p@example.nl;peters;"), other).await;
    let other = "jansen.csv:2: the number 0042 is of \"A. de Vries\", in service from 2019-03-01: give \
                 somebody else a number of its own; if this is the same person, change the name alone first";
    let devries = "A. de Vries;a.devries@example.nl;devries;nl;2019-03-01";
    is(jansen(devries, "P. Peters;;;nl;2026-11-01"), other).await;
    let login_left_behind = "P. Peters;a.devries@example.nl;devries;nl;2026-11-01";
    is(jansen(devries, login_left_behind), other).await;
}

pub(crate) async fn a_namesake_does_not_get_the_number_of_who_had_it(mut world: impl World) {
    world.with_cast().await;
    let devries = "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;";
    let as_now = |row: &str| jansen(devries, row);
    let another = "jansen.csv:2: the number 0042 is of \"A. de Vries\", in service from 2019-03-01, with another \
                   e-mail address: give somebody else a number of its own; if this is the same person, change one \
                   thing at a time, with `email` empty until its turn";
    for row in [
        "0042;A. de Vries;other@other.example;;nl;2026-11-01;",
        "0042;A. de Vries;other@other.example;devries;nl;2026-11-01;",
        "0042;P. Ander;other@other.example;devries;nl;2019-03-01;",
        "0042;P. Ander;other@other.example;;nl;2019-03-01;",
        "0042;P. Ander;other@other.example;devries;nl;2026-11-01;",
    ] {
        assert_eq!(world.refuses(&as_now(row), PRUNE).await, another, "{row}");
    }
    // One thing at a time: the address, the day, and the name of who has chosen an address itself.
    let mut does = async |row: &str, change: &str| {
        let plan = world.does(&as_now(row), PRUNE).await;
        assert!(plan.contains(change) && plan.ends_with("1 change"), "{row}: {plan}");
    };
    let fixed = "~ account devries: e-mail \"new@example.nl\"";
    does("0042;A. de Vries;new@example.nl;devries;nl;2019-03-01;", fixed).await;
    let day = "~ employment 123456782L01/0042: from 2019-04-01 (was 2019-03-01)";
    does("0042;A. de Vries;new@example.nl;devries;nl;2019-04-01;", day).await;
    does("0042;A. de Vries;NEW@example.nl;devries;nl;2019-04-01;", "e-mail").await;
    world.activate("devries").await;
    let married = "0042;A. Vries;;devries;nl;2019-04-01;";
    let plan = world.does(&as_now(married), PRUNE).await;
    assert!(plan.contains("~ employment 123456782L01/0042: name \"A. Vries\""), "{plan}");
    let back = "0042;A. Vries;old@example.nl;devries;nl;2019-04-01;";
    let plan = world.does(&as_now(back), PRUNE).await;
    assert!(plan.ends_with("nothing to do"), "{plan}");
}

pub(crate) async fn a_namesake_without_an_address_does_not_get_the_number_of_who_had_it(
    mut world: impl World,
) {
    world.with_cast().await;
    let zonder = "0044;B. Zonder;;;;2021-01-01;;;";
    let devries = "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;";
    let is = |number: &str, name: &str, day: &str, first: &str| {
        format!(
            "the number {number} is of \"{name}\", in service from {day}: give somebody else a number of its own; \
             if this is the same person, {first}"
        )
    };
    let first = "give it a `login` first, with `in_dienst` as it was";
    let nobody = format!("jansen.csv:4: {}", is("0044", "B. Zonder", "2021-01-01", first));
    // On whose word the number would be its own, whatever else that one brings along.
    for row in [
        "0044;B. Zonder;;;;2026-11-01;;;",
        "0044;B. Zonder;b@example.nl;;;2026-11-01;;;",
        "0044;B. Zonder;b@example.nl;zonder;;2026-11-01;;;",
        "0044;B. Zonder;;;;2021-02-02;;;",
    ] {
        assert_eq!(world.refuses(&jansen(zonder, row), PRUNE).await, nobody, "{row}");
    }
    let row = "0042;A. de Vries;;;nl;2026-11-01;;;";
    let too = is("0042", "A. de Vries", "2019-03-01", "give its `login` or `email` too");
    let refused = world.refuses(&jansen(devries, row), PRUNE).await;
    assert_eq!(refused, format!("jansen.csv:2: {too}"));
    // A day put right: earlier, or not by much; and one of whom it is said who it is.
    for day in ["2020-12-31", "2021-01-31", "2021-03-01"] {
        let plan = world.does(&jansen("2021-01-01", day), PRUNE).await;
        assert!(
            plan.contains(&format!("from {day} (was ")) && plan.ends_with("1 change"),
            "{plan}"
        );
    }
    for day in ["2026-11-01", "2019-03-01", "2026-11-01"] {
        let row = format!("0042;A. de Vries;A.DEVRIES@example.nl;;nl;{day};;2019-02-20;");
        let files = jansen(devries, &row).with("jansen.csv", "2021-01-01", "2021-03-01");
        let plan = world.does(&files, PRUNE).await;
        assert!(plan.contains(&format!("from {day} (was ")), "{day}: {plan}");
    }
    let known = "0044;B. Zonder;;zonder;;2021-03-01;;;";
    let later = "0044;B. Zonder;;zonder;;2026-11-01;;;";
    for (row, change) in [(known, "+ account zonder"), (later, "from 2026-11-01 (was 2021-03-01)")]
    {
        let plan = world.does(&jansen(zonder, row), Options::default()).await;
        assert!(plan.contains(change), "{plan}");
    }
}

/// Who has left is followed on the next day at the soonest; who has not begun is followed by nobody.
pub(crate) async fn a_namesake_may_follow_at_once_but_nobody_who_is_still_to_come(
    mut world: impl World,
) {
    let row = |dates: &str| jansen("2021-01-01;;", dates);
    world.apply(&row("2026-11-02;2026-11-06;"), PRUNE).await.unwrap();
    let refused = world.refuses(&row("2026-11-07;;"), PRUNE).await;
    assert!(refused.contains("of \"B. Zonder\", in service from 2026-11-02: give"), "{refused}");
    world.does(&row("2026-11-06;;"), PRUNE).await;
    let coming = |day: &str| {
        row("2026-11-06;;").with(
            "jansen.csv",
            "0044;",
            &format!("0045;C. Nieuw;;;;{day};;;\n0044;"),
        )
    };
    for day in ["2026-11-25", "2027-06-01", "2027-01-01"] {
        let plan = world.does(&coming(day), PRUNE).await;
        assert!(plan.ends_with("change") || plan.ends_with("changes"), "{day}: {plan}");
    }
}

pub(crate) async fn a_login_comes_later_and_the_party_stays(mut world: impl World) {
    world.with_cast().await;
    let files = jansen("B. Zonder;;;", "B. Zonder;b@example.nl;zonder;");
    assert_eq!(
        world.does(&files, PRUNE).await,
        "+ account zonder of person 123456782L01/0044 \"B. Zonder\" <b@example.nl>\n1 change"
    );
    let gone = world.does(&Files::cast(), PRUNE).await;
    assert_eq!(
        gone,
        "= employment 123456782L01/0044 has no login any more, account kept\nnothing to do"
    );
}

pub(crate) async fn a_login_of_another_employer_needs_both_rows(mut world: impl World) {
    world.with_cast().await;
    let text = Files::cast().0.remove(0).1;
    let parts: Vec<&str> = text.split("[[employer]]").collect();
    let only_garage = format!("{}[[employer]]{}", parts[0], parts[2]);
    let row = "8;A. de Vries;a.devries@example.nl;devries;nl;2026-11-01;;;devries\n";
    let files = Files(vec![
        ("roster.toml".into(), only_garage),
        ("bos.csv".into(), format!("{HEADER}{row}")),
    ]);
    assert_eq!(
        world.refuses(&files, Options::default()).await,
        "bos.csv:2: the login `devries` is of somebody who works for another employer: if this is the same person, the \
         row there must be in this file too, and both need a column `persoon` that holds the login"
    );
    let both = Files::cast().with("bos.csv", "7;", &format!("{row}7;")).with(
        "jansen.csv",
        "2019-02-20;",
        "2019-02-20;devries",
    );
    assert_eq!(
        world.does(&both, PRUNE).await,
        "+ employment 111222333L01/8 \"A. de Vries\" of person devries with employer garage-bos from 2026-11-01, on paper\n\
         1 change"
    );
}

pub(crate) async fn two_persons_never_become_one(mut world: impl World) {
    world.with_cast().await;
    let files = jansen("0044;B. Zonder;;;", "0044;B. Zonder;a.devries@example.nl;devries;");
    let problems = world.refuses(&files, PRUNE).await;
    assert_eq!(problems.lines().count(), 2, "{problems}");
    assert!(
        problems.starts_with("jansen.csv:2: login and number belong to different persons"),
        "{problems}"
    );
    let files = Files::cast().with(
        "jansen.csv",
        "0044;",
        "0045;C. Ander;c@elsewhere.example;zonder;nl;2021-01-01;;;\n0044;",
    );
    world.does(&files, PRUNE).await;
    let files = Files::cast().with(
        "jansen.csv",
        "0044;",
        "0046;D. Ander;d@example.nl;zonder;nl;2021-01-01;;;\n0044;",
    );
    assert_eq!(
        world.refuses(&files, Options::default()).await,
        "jansen.csv:4: the login `zonder` is of somebody with another e-mail address: correct it if this is the same \
         person, else choose another login"
    );
}

pub(crate) async fn new_rows_prove_nothing_for_one_another(mut world: impl World) {
    world.with_cast().await;
    let ander = "X. Ander;x@other.example;yilmaz;nl;2026-11-01;;2026-11-01;yilmaz";
    let yilmaz = "0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2020-01-01;;2020-01-01;yilmaz";
    let bos = "7;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2024-05-01;;;yilmaz";
    let files =
        jansen(yilmaz, &format!("0143;{ander}")).with("bos.csv", bos, &format!("17;{ander}"));
    let another = "the login `yilmaz` is of somebody with another e-mail address: correct it if this is the same \
                   person, else choose another login";
    let both = format!("jansen.csv:3: {another}\nbos.csv:2: {another}");
    assert_eq!(world.refuses(&files, PRUNE).await, both);
    assert_eq!(world.refuses(&files, Options::default()).await, both);
    // With the address that is known they are the same person; so is who keeps one of the rows.
    let known = ander.replace("x@other.example", "s.yilmaz@example.nl");
    let files =
        jansen(yilmaz, &format!("0143;{known}")).with("bos.csv", bos, &format!("17;{known}"));
    let plan = world.plan(&files, PRUNE).await.unwrap().to_string();
    assert!(plan.contains("+ employment 111222333L01/17 \"X. Ander\" of person yilmaz"), "{plan}");
    let moved = |row: &str| row.replace("s.yilmaz@example.nl", "new@example.nl");
    let second = moved(&known).replace("X. Ander", "S. Yilmaz");
    let files = jansen(yilmaz, &format!("0143;{second}")).with("bos.csv", bos, &moved(bos));
    let plan = world.does(&files, PRUNE).await;
    assert!(
        plan.contains("+ employment 123456782L01/0143 \"S. Yilmaz\" of person yilmaz"),
        "{plan}"
    );
}

pub(crate) async fn folders_with_one_name_get_the_sub_number(mut world: impl World) {
    let files = toml("[\"123456782L01\"]", "[\"123456782L01\", \"123456782L02\"]")
        .with("roster.toml", "\"jansen.csv\" }", "\"jansen.csv\", \"123456782L02\" = \"second.csv\" }")
        .with("roster.toml", "\"Garage Bos\"", "\"bakkerij jansen bv\"")
        .and(
            "second.csv",
            &format!("{HEADER}0042;a. de vries;;;;2020-01-01;;;\n0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2025-01-01;;;yilmaz\n"),
        );
    world.does(&files, PRUNE).await;
    let State { engagements, mut employments, .. } = world.state().await;
    let folders: Vec<_> = engagements.iter().map(|e| &e.folder).collect();
    assert_eq!(folders, ["Bakkerij Jansen BV", "bakkerij jansen bv L01"]);
    employments.sort_by(|a, b| (&a.lhn, &a.number).cmp(&(&b.lhn, &b.number)));
    let second = employments.iter().filter(|e| e.lhn == "123456782L02");
    let folders: Vec<_> = second.map(|e| &e.employer_folder).collect();
    assert_eq!(folders, ["0042 a. de vries L02", "0043 S. Yilmaz L02"]);
    let yilmaz = employments.iter().rev().filter(|e| e.person == "yilmaz");
    let folders: Vec<_> = yilmaz.map(|e| &e.person_folder).collect();
    assert_eq!(folders, ["Bakkerij Jansen BV L02", "Bakkerij Jansen BV", "bakkerij jansen bv L01"]);
}

pub(crate) async fn two_employers_do_not_rename_a_person_in_turn(mut world: impl World) {
    world.with_cast().await;
    let files = Files::cast().with("bos.csv", "7;S. Yilmaz", "7;Selin Yilmaz");
    let change = "~ employment 111222333L01/7: name \"Selin Yilmaz\" (was \"S. Yilmaz\")\n1 change";
    assert_eq!(world.does(&files, PRUNE).await, change);
    let text = files.0[0].1.clone();
    let parts: Vec<&str> = text.split("[[employer]]").collect();
    for (only, file) in [(parts[2], "bos.csv"), (parts[1], "jansen.csv")] {
        let alone = format!("{}[[employer]]{only}", parts[0]);
        let of_file = files.0.iter().find(|(name, _)| name == file).unwrap().clone();
        let alone = Files(vec![("roster.toml".into(), alone), of_file]);
        let plan = world.does(&alone, Options::default()).await;
        assert!(plan.ends_with("nothing to do"), "{plan}");
    }
    let files = files.with("jansen.csv", "0043;S. Yilmaz", "0043;S. Kaya");
    assert_eq!(
        world.does(&files, PRUNE).await,
        "~ person yilmaz: name \"S. Kaya\" (was \"S. Yilmaz\")\n\
         ~ account yilmaz: name \"S. Kaya\" (was \"S. Yilmaz\")\n\
         ~ employment 123456782L01/0043: name \"S. Kaya\" (was \"S. Yilmaz\")\n3 changes"
    );
}

pub(crate) async fn a_person_is_renamed_unless_an_employment_not_in_the_file_has_its_name(
    mut world: impl World,
) {
    let second = "0099;A. de Vries;a.devries@example.nl;devries;nl;2026-11-01;;;\n";
    let namesake = "0045;A. de Vries;;;;2022-01-01;;;\n";
    let with = |rows: &str| jansen("0044;", &format!("{rows}0044;"));
    world.does(&with(&format!("{second}{namesake}")), PRUNE).await;
    let renamed = |files: Files| files.with("jansen.csv", "0042;A. de Vries", "0042;A. Vries");
    assert_eq!(
        world.does(&renamed(with("")), Options::default()).await,
        "~ employment 123456782L01/0042: name \"A. Vries\" (was \"A. de Vries\")\n\
         = employment 123456782L01/0045 \"A. de Vries\" is absent, kept\n\
         = employment 123456782L01/0099 \"A. de Vries\" is absent, kept\n1 change"
    );
    let second = second.replace("A. de Vries", "A. Vries");
    let plan = world.does(&renamed(with(&second)), Options::default()).await;
    assert!(plan.contains("~ person devries: name \"A. Vries\" (was \"A. de Vries\")"), "{plan}");
}

pub(crate) async fn an_activated_person_keeps_its_address(mut world: impl World) {
    world.with_cast().await;
    let files = jansen("a.devries@example.nl", "typo@example.nl");
    let fixed =
        "~ account devries: e-mail \"typo@example.nl\" (was \"a.devries@example.nl\")\n1 change";
    assert_eq!(world.does(&files, PRUNE).await, fixed);
    world.activate("devries").await;
    assert_eq!(
        world.does(&Files::cast(), PRUNE).await,
        "= account devries is activated: only the person changes its e-mail address\nnothing to do"
    );
}

pub(crate) async fn who_is_in_the_file_already_is_the_same_person_with_a_new_address(
    mut world: impl World,
) {
    world.with_cast().await;
    let moved = "0042;A. de Vries;new@example.nl;devries;nl;2019-03-01;;2019-02-20;";
    let second = "0099;A. de Vries;new@example.nl;devries;nl;2026-11-01;;;";
    let files = jansen(
        "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;",
        &format!("{moved}\n{second}"),
    );
    let plan = world.does(&files, PRUNE).await;
    assert!(plan.contains("~ account devries: e-mail \"new@example.nl\""), "{plan}");
    assert!(
        plan.contains("+ employment 123456782L01/0099 \"A. de Vries\" of person devries"),
        "{plan}"
    );
    // Who works elsewhere, by the row there.
    let moved = "0042;A. de Vries;again@example.nl;devries;nl;2019-03-01;;2019-02-20;devries";
    let files =
        jansen("0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;", moved)
            .with(
                "bos.csv",
                "7;S.",
                "8;A. de Vries;again@example.nl;devries;nl;2026-11-01;;;devries\n7;S.",
            );
    let plan = world.does(&files, Options::default()).await;
    assert!(
        plan.contains("+ employment 111222333L01/8 \"A. de Vries\" of person devries"),
        "{plan}"
    );
}
