//! Parties, accounts and who is absent.

use crate::cast::{Files, jansen, toml};
use crate::world::{PRUNE, World};
use loondossier::dossier::day;
use loondossier::dossier::roster::{Leavers, Options};

pub(crate) async fn the_cast_is_made_once(mut world: impl World) {
    assert_eq!(
        world.does(&Files::cast(), PRUNE).await,
        r#"+ office kantoor-visser "Administratiekantoor Visser", language nl
+ account petra of office kantoor-visser "P. de Boer" <petra@visser.example>
+ machine loon-visser of office kantoor-visser, scope deliver,backup
+ employer bakkerij-jansen "Bakkerij Jansen BV", language nl
+ account jansen of employer bakkerij-jansen "K. Jansen" <k@bakkerij.example>
+ administration 123456782L01 of employer bakkerij-jansen
+ employer garage-bos "Garage Bos", language nl
+ account bos of employer garage-bos "T. Bos" <t@bos.example>
+ administration 111222333L01 of employer garage-bos
+ engagement of office kantoor-visser with employer bakkerij-jansen from 2026-01-01, release manual, payslips hidden, folder "Bakkerij Jansen BV"
+ engagement of office kantoor-visser with employer garage-bos from 2026-01-01, release manual, payslips hidden, folder "Garage Bos"
+ person devries "A. de Vries", language nl
+ account devries of person devries "A. de Vries" <a.devries@example.nl>
+ employment 123456782L01/0042 "A. de Vries" of person devries with employer bakkerij-jansen from 2019-03-01, digital since 2019-02-20
+ person yilmaz "S. Yilmaz", language nl
+ account yilmaz of person yilmaz "S. Yilmaz" <s.yilmaz@example.nl>
+ employment 123456782L01/0043 "S. Yilmaz" of person yilmaz with employer bakkerij-jansen from 2020-01-01, digital since 2020-01-01
+ employment 111222333L01/7 "S. Yilmaz" of person yilmaz with employer garage-bos from 2024-05-01, on paper
+ person 123456782L01/0044 "B. Zonder", language nl
+ employment 123456782L01/0044 "B. Zonder" of person 123456782L01/0044 with employer bakkerij-jansen from 2021-01-01, on paper
20 changes"#
    );
    assert_eq!(world.does(&Files::cast(), PRUNE).await, "nothing to do");
}

pub(crate) async fn a_plan_is_json_too(mut world: impl World) {
    let plan = world.plan(&Files::cast(), PRUNE).await.unwrap();
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        json["changes"][9],
        serde_json::json!({
            "change": "add-engagement",
            "office": { "kind": "office", "key": "kantoor-visser" },
            "employer": { "kind": "employer", "key": "bakkerij-jansen" },
            "folder": "Bakkerij Jansen BV",
            "release": "manual",
            "payslips": "hidden",
            "from": "2026-01-01",
            "until": null,
        })
    );
}

pub(crate) async fn names_terms_and_dates_may_change(mut world: impl World) {
    world.with_cast().await;
    let files = toml("\"Garage Bos\"", "\"Autobedrijf Bos\"")
        .with("roster.toml", "payslips = \"hidden\"", "payslips = \"visible\", until = 2026-12-31")
        .with("roster.toml", "\"deliver\", \"backup\"", "\"backup\"")
        .with("roster.toml", "k@bakkerij.example", "kees@bakkerij.example")
        .with("jansen.csv", "2019-03-01;;2019-02-20", "2019-03-01;2026-11-30;")
        .with("jansen.csv", "A. de Vries", "A. de Vries-Bos");
    assert_eq!(
        world.does(&files, PRUNE).await,
        r#"~ account loon-visser: scope "backup" (was "deliver,backup")
~ account jansen: e-mail "kees@bakkerij.example" (was "k@bakkerij.example")
~ employer garage-bos: name "Autobedrijf Bos" (was "Garage Bos")
~ engagement of office kantoor-visser with employer bakkerij-jansen: until 2026-12-31 (was further notice), payslips "visible" (was "hidden")
~ person devries: name "A. de Vries-Bos" (was "A. de Vries")
~ account devries: name "A. de Vries-Bos" (was "A. de Vries")
~ employment 123456782L01/0042: name "A. de Vries-Bos" (was "A. de Vries"), until 2026-11-30 (was further notice), digital payslips "on paper" (was "2019-02-20")
7 changes"#
    );
    let employments = world.state().await.employments;
    let folder = &employments.iter().find(|e| e.number == "0042").unwrap().employer_folder;
    assert_eq!(folder, "0042 A. de Vries", "a folder keeps its name");
}

pub(crate) async fn what_never_changes_is_refused(mut world: impl World) {
    world.with_cast().await;
    let mut is = async |files: Files, problem: &str| {
        assert_eq!(world.refuses(&files, PRUNE).await, problem);
    };
    is(
        toml("language = \"nl\"", "language = \"en\""),
        "roster.toml:3: the language of office kantoor-visser is nl since it was created, and its paths are in use: put that back",
    )
    .await;
    is(
        toml("id = \"garage-bos\"", "id = \"garage\""),
        "roster.toml:24: the login `bos` is an account of employer garage-bos and stays so: choose another\n\
         roster.toml:22: 111222333L01 is of employer garage-bos and stays so",
    )
    .await;
    is(
        toml("login = \"jansen\"", "login = \"jansen1\"")
            .with("roster.toml", "login = \"bos\"", "login = \"jansen\""),
        "roster.toml:24: the login `jansen` is an account of employer bakkerij-jansen and stays so: choose another",
    )
    .await;
    is(
        toml("login = \"jansen\"", "login = \"jansen1\"").with(
            "jansen.csv",
            "Zonder;;;",
            "Zonder;;Jansen;",
        ),
        "jansen.csv:4: the login `Jansen` is of employer bakkerij-jansen and stays so",
    )
    .await;
}

pub(crate) async fn what_is_absent_is_kept_unless_pruned(mut world: impl World) {
    world.with_cast().await;
    let text = Files::cast().0.remove(0).1;
    let only_office = text.split("[[employer]]").next().unwrap().to_owned();
    let files = Files(vec![("roster.toml".into(), only_office)]);
    assert_eq!(
        world.does(&files, Options::default()).await,
        r#"= employment 123456782L01/0042 "A. de Vries" is absent, kept
= employment 123456782L01/0043 "S. Yilmaz" is absent, kept
= employment 123456782L01/0044 "B. Zonder" is absent, kept
= employment 111222333L01/7 "S. Yilmaz" is absent, kept
= engagement of office kantoor-visser with employer bakkerij-jansen is absent, kept
= engagement of office kantoor-visser with employer garage-bos is absent, kept
= account jansen of employer bakkerij-jansen is absent, kept
= account bos of employer garage-bos is absent, kept
nothing to do"#
    );
    let all = Options { most: Leavers::Number(8), ..PRUNE };
    assert_eq!(
        world.does(&files, all).await,
        r#"- employment 123456782L01/0042 "A. de Vries": from 2019-03-01 until 2026-11-24
- employment 123456782L01/0043 "S. Yilmaz": from 2020-01-01 until 2026-11-24
- employment 123456782L01/0044 "B. Zonder": from 2021-01-01 until 2026-11-24
- employment 111222333L01/7 "S. Yilmaz": from 2024-05-01 until 2026-11-24
- engagement of office kantoor-visser with employer bakkerij-jansen: from 2026-01-01 until 2026-11-24
- engagement of office kantoor-visser with employer garage-bos: from 2026-01-01 until 2026-11-24
- account jansen of employer bakkerij-jansen: suspended
- account bos of employer garage-bos: suspended
8 changes"#
    );
    let back = world.does(&Files::cast(), PRUNE).await;
    assert!(back.contains("= account bos is suspended, kept so"), "{back}");
    assert!(back.contains("until further notice (was 2026-11-24)"), "{back}");
}

pub(crate) async fn too_many_leavers_stop_the_run(mut world: impl World) {
    world.with_cast().await;
    let files = jansen("0044;B. Zonder;;;;2021-01-01;;;\n", "");
    let guarded = Options { prune: true, most: Leavers::default() };
    assert_eq!(
        world.refuses(&files, guarded).await,
        "1 would leave, more than --max-leavers 20% of 4 employments; nothing was done: run without --prune to \
         see who is absent, and give --max-leavers 1 if that is right"
    );
    let enough = Options { most: Leavers::Percent(25), ..guarded };
    assert_eq!(
        world.does(&files, enough).await,
        "- employment 123456782L01/0044 \"B. Zonder\": from 2021-01-01 until 2026-11-24\n1 change"
    );
}

pub(crate) async fn who_has_left_counts_no_more_from_the_moment_it_is_over(mut world: impl World) {
    world.with_cast().await;
    let ended = |files: Files| files.with("bos.csv", "2024-05-01;;", "2024-05-01;2026-11-30;");
    world.does(&ended(Files::cast()), PRUNE).await;
    world.advance(day::start("2026-12-01".parse().unwrap()) - world.now());
    let fewer = ended(jansen("0044;B. Zonder;;;;2021-01-01;;;\n", ""));
    let quarter = Options { prune: true, most: Leavers::Percent(25) };
    let refused = world.refuses(&fewer, quarter).await;
    assert!(refused.starts_with("1 would leave, more than --max-leavers 25% of 3"), "{refused}");
}
