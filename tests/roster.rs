//! The roster: what a file may say, how a plan reads, and what applying it does on both databases.

use loondossier::catalog::parties::NewKey;
use loondossier::catalog::{Db, statements};
use loondossier::clock::Clock;
use loondossier::dossier::day;
use loondossier::dossier::roster::{Leavers, Options, Plan, Refused, Roster, read};
use loondossier::vfs::roster::{RosterError, apply, plan};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::sync::Arc;

const HEADER: &str =
    "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal;persoon\n";

/// A roster file and the files beside it.
#[derive(Clone)]
struct Files(Vec<(String, String)>);

impl Files {
    /// Kantoor Visser; Bakkerij Jansen and Garage Bos; A. de Vries, and S. Yilmaz who works at both.
    fn cast() -> Self {
        let roster = r#"schema = 1

[[office]]
id = "kantoor-visser"
name = "Administratiekantoor Visser"
language = "nl"
staff    = [ { login = "petra", name = "P. de Boer", email = "petra@visser.example" } ]
machines = [ { login = "loon-visser", scopes = ["deliver", "backup"] } ]

[[employer]]
id = "bakkerij-jansen"
name = "Bakkerij Jansen BV"
administrations = ["123456782L01"]
office = { id = "kantoor-visser", from = 2026-01-01, release = "manual", payslips = "hidden" }
staff    = [ { login = "jansen", name = "K. Jansen", email = "k@bakkerij.example" } ]
machines = []
employees = { "123456782L01" = "jansen.csv" }

[[employer]]
id = "garage-bos"
name = "Garage Bos"
administrations = ["111222333L01"]
office = { id = "kantoor-visser", from = 2026-01-01 }
staff    = [ { login = "bos", name = "T. Bos", email = "t@bos.example" } ]
employees = { "111222333L01" = "bos.csv" }
"#;
        let jansen = "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;\n\
                      0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2020-01-01;;2020-01-01;yilmaz\n\
                      0044;B. Zonder;;;;2021-01-01;;;\n";
        let bos = "7;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2024-05-01;;;yilmaz\n";
        Self(vec![
            ("roster.toml".into(), roster.into()),
            ("jansen.csv".into(), format!("{HEADER}{jansen}")),
            ("bos.csv".into(), format!("{HEADER}{bos}")),
        ])
    }

    /// The same with one text replaced, which must be there exactly once.
    fn with(mut self, file: &str, old: &str, new: &str) -> Self {
        let text = &mut self.0.iter_mut().find(|(name, _)| name == file).unwrap().1;
        assert_eq!(text.matches(old).count(), 1, "{old} in {file}");
        *text = text.replace(old, new);
        self
    }

    fn and(mut self, file: &str, text: &str) -> Self {
        self.0.push((file.into(), text.into()));
        self
    }

    fn read(&self) -> Result<Roster, String> {
        let get = |name: &str| self.0.iter().find(|(n, _)| n == name).map(|(_, text)| text);
        let mut open = |name: &str| {
            get(name).map(|text| text.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
        };
        read("roster.toml", get("roster.toml").unwrap(), &mut open).map_err(|problems| {
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    fn problems(&self) -> String {
        self.read().map(|_| ()).expect_err("this should be refused")
    }
}

fn jansen(old: &str, new: &str) -> Files {
    Files::cast().with("jansen.csv", old, new)
}

fn toml(old: &str, new: &str) -> Files {
    Files::cast().with("roster.toml", old, new)
}

// What a file may say.

#[test]
fn the_cast_reads_with_any_separator_and_line_end() {
    let mut files = Files::cast();
    for (_, text) in &mut files.0 {
        *text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    }
    for (name, text) in &mut files.0 {
        if name == "bos.csv" {
            *text = text.replace(';', ",");
        }
    }
    files.read().unwrap();
}

#[test]
fn the_header_of_the_contract_without_persoon_reads() {
    let csv = "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal\n\
               0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20\n";
    let files = toml("\"jansen.csv\"", "\"other.csv\"").and("other.csv", csv);
    let files = files.with("bos.csv", "yilmaz;nl", ";nl").with("bos.csv", ";;;yilmaz", ";;;");
    files.read().unwrap();
}

/// Every refusal, with its file and line.
#[test]
fn each_refusal_names_file_and_line_and_what_to_do() {
    let is = |files: Files, problems: &str| assert_eq!(files.problems(), problems);
    is(toml("schema = 1", ""), "roster.toml:1: `schema` is missing: begin with `schema = 1`");
    is(toml("schema = 1", "schema = 2"), "roster.toml:1: this program reads `schema = 1`");
    is(
        toml("language = \"nl\"", "langauge = \"nl\""),
        "roster.toml:6: unknown key `langauge`; did you mean `language`?",
    );
    is(
        toml("from = 2026-01-01, release", "form = 2026-01-01, release"),
        "roster.toml:14: unknown key `form`; did you mean `from`?\n\
         roster.toml:14: `from` is missing: say since when, like `from = 2026-01-01`",
    );
    is(
        toml("release = \"manual\"", "release = \"later\""),
        "roster.toml:14: `release` is \"manual\" or \"on-approval\"",
    );
    is(
        toml("from = 2026-01-01, release", "from = \"2026-01-01\", release"),
        "roster.toml:14: `from` is a date without quotes, like 2026-01-31",
    );
    is(
        toml("from = 2026-01-01, release", "from = 2026-01-01, until = 2025-12-31, release"),
        "roster.toml:14: `until` is before `from`: it is the last day",
    );
    is(
        toml("{ id = \"kantoor-visser\", from = 2026-01-01 }", "[]"),
        "roster.toml:23: `office` (one at a time) is a table: write { key = value }",
    );
    is(
        toml(
            "{ id = \"kantoor-visser\", from = 2026-01-01 }",
            "{ id = \"kantoor-vissr\", from = 2026-01-01 }",
        ),
        "roster.toml:23: there is no office `kantoor-vissr` in this file; did you mean `kantoor-visser`?",
    );
    is(
        toml("id = \"garage-bos\"", "id = \"kantoor-visser\""),
        "roster.toml:19: the id `kantoor-visser` is at roster.toml:3 already: choose another",
    );
    is(
        toml("id = \"garage-bos\"", "id = \"garage bos\""),
        "roster.toml:19: the id `garage bos` has more than letters, digits, `-`, `_` and `.`",
    );
    is(toml("name = \"Garage Bos\"\n", ""), "roster.toml:19: `name` is missing: add it");
    is(
        toml("[\"123456782L01\"]", "[\"123456782L01\", \"111222333L01\"]"),
        "roster.toml:22: 111222333L01 is at roster.toml:13 already: an administration has one employer",
    );
    is(
        toml("[\"123456782L01\"]", "[\"123456782L01\", \"123456789L01\"]"),
        "roster.toml:13: the LHN \"123456789L01\" fails the 11-check: check the digits",
    );
    is(
        toml("{ \"111222333L01\" =", "{ \"111222333L02\" ="),
        "roster.toml:25: 111222333L02 is not among `administrations` of this employer: add it",
    );
    is(
        toml("\"bos.csv\"", "\"jansen.csv\""),
        "roster.toml:25: jansen.csv is the file of another administration at roster.toml:17 already",
    );
    is(toml("\"bos.csv\"", "\"none.csv\""), "roster.toml:25: cannot read none.csv: no such file");
    is(
        toml("\"deliver\", \"backup\"", "\"full\""),
        "roster.toml:8: a machine has the scopes \"deliver\" and \"backup\" only\n\
         roster.toml:8: a machine needs `scopes = [\"deliver\", \"backup\"]`",
    );
    is(
        toml("login = \"bos\"", "login = \"Petra\""),
        "roster.toml:24: the login `Petra` is at roster.toml:7 already: a login acts for one party",
    );
    is(
        toml("email = \"t@bos.example\"", "email = \"bos\""),
        "roster.toml:24: `email` is \"bos\": that is no e-mail address",
    );
}

#[test]
fn each_refusal_of_a_row_names_its_line() {
    let is = |files: Files, problems: &str| assert_eq!(files.problems(), problems);
    is(
        jansen("0044;", "0042;"),
        "jansen.csv:4: the number 0042 is at jansen.csv:2 already: give each employee its own",
    );
    is(jansen("0044;", ";"), "jansen.csv:4: `personeelsnummer` is empty: fill it in");
    is(jansen("B. Zonder", ""), "jansen.csv:4: `naam` has 1 to 150 characters");
    is(
        jansen("B. Zonder", "B. Zonder 123456782"),
        "jansen.csv:4: `naam` holds a citizen service number (BSN): take it out",
    );
    is(
        jansen("2021-01-01", "01-01-2021"),
        "jansen.csv:4: `in_dienst` is \"01-01-2021\": write a date like 2026-01-31",
    );
    is(
        jansen("2021-01-01", ""),
        "jansen.csv:4: `in_dienst` is empty: write the first day in service",
    );
    is(
        jansen("2021-01-01;;", "2021-01-01;2020-12-31;"),
        "jansen.csv:4: `uit_dienst` is before `in_dienst`: it is the last day in service",
    );
    is(
        jansen("B. Zonder;;;;", "B. Zonder;;;fr;"),
        "jansen.csv:4: `taal` is \"fr\": write nl or en, or nothing for nl",
    );
    is(
        jansen("B. Zonder;;;;", "B. Zonder;zonder;;;"),
        "jansen.csv:4: `email` is \"zonder\": that is no e-mail address",
    );
    is(jansen("0044;B. Zonder", "0044"), "jansen.csv:4: 8 cells where the header has 9 columns");
    is(
        jansen("B. Zonder;;;;", "B. Zonder;;petra;;"),
        "jansen.csv:4: the login `petra` is at roster.toml:7 already: a login acts for one party",
    );
    is(
        jansen("B. Zonder;;;;", "B. Zonder;;b zonder;;"),
        "jansen.csv:4: the login `b zonder` has more than letters, digits, `.`, `_`, `-`, `@` and `+`, or is over 64 bytes",
    );
    is(
        jansen("2021-01-01;;;", "2021-01-01;;;zonder"),
        "jansen.csv:4: `persoon` is \"zonder\": write the row's own login there, or nothing",
    );
}

#[test]
fn a_file_that_is_not_utf8_says_which_line() {
    let mut open = |_: &str| Ok([HEADER.as_bytes(), b"1;Ren\xe9;;;;2021-01-01;;;\n"].concat());
    let text = Files::cast().0.remove(0).1;
    let text = text.replace("\"bos.csv\"", "\"a.csv\"");
    let problems = read("roster.toml", &text, &mut open).unwrap_err();
    let first = problems.first().unwrap().to_string();
    assert_eq!(first, "jansen.csv:2: the text is not UTF-8: save the file as \"CSV UTF-8\"");
}

#[test]
fn a_column_that_nobody_should_hand_over_is_refused() {
    let looks = |column: &str| {
        let files = jansen("persoon", column).problems();
        files.lines().next().unwrap().to_owned()
    };
    let is = |column: &str, what: &str| {
        let text = format!(
            "jansen.csv:1: the column `{}` looks like {what}: take it out, a roster never holds it",
            column.to_lowercase()
        );
        assert_eq!(looks(column), text);
    };
    is("BSN", "a citizen service number (BSN)");
    is("Sofi-nummer", "a citizen service number (BSN)");
    is("geboorte_datum", "a birth date");
    is("IBAN", "a bank account (IBAN)");
    is("Rekeningnummer", "a bank account (IBAN)");
    is("adres", "an address");
    is("Postcode", "an address");
    assert_eq!(looks("person"), "jansen.csv:1: unknown column `person`; did you mean `persoon`?");
    let twice = looks("naam");
    assert_eq!(twice, "jansen.csv:1: the column `naam` is there twice: take one out");
    let gone = jansen("uit_dienst", "persoon").problems();
    assert!(gone.contains("jansen.csv:1: the column `uit_dienst` is missing: add it"), "{gone}");
}

#[test]
fn all_problems_come_at_once() {
    let files = jansen("2021-01-01", "gisteren").with("bos.csv", "2024-05-01", "morgen");
    let files = files.with("roster.toml", "language =", "taal =");
    assert_eq!(files.problems().lines().count(), 3, "{}", files.problems());
}

#[test]
fn lines_are_counted_over_blank_ones() {
    let files =
        jansen("0044;B. Zonder;;;;2021-01-01", "\r\n\r\n;;;;;;;;\r\n0044;B. Zonder;;;;gisteren");
    let problems = files.problems();
    assert!(problems.starts_with("jansen.csv:7: `in_dienst`"), "{problems}");
}

#[test]
fn broken_toml_names_its_line() {
    let problems = toml("id = \"garage-bos\"", "id = garage bos").problems();
    assert!(problems.starts_with("roster.toml:20: "), "{problems}");
}

// One login under two employers.

#[test]
fn a_login_under_two_employers_with_another_address_is_refused_in_both_rows() {
    let files = Files::cast().with("bos.csv", "s.yilmaz@example.nl", "s@elsewhere.example");
    assert_eq!(
        files.problems(),
        "jansen.csv:3: the login `yilmaz` is also at bos.csv:2 without the same e-mail address: correct it if this is one person, else give each a login of its own\n\
         bos.csv:2: the login `yilmaz` is also at jansen.csv:3 without the same e-mail address: correct it if this is one person, else give each a login of its own"
    );
}

#[test]
fn a_login_under_two_employers_is_one_person_only_if_both_rows_say_so() {
    let files = Files::cast().with("bos.csv", ";;;yilmaz", ";;;");
    let problems = files.problems();
    assert_eq!(problems.lines().count(), 2);
    assert!(problems.contains("say so in both rows with a column `persoon`"), "{problems}");
    let nobody = jansen("s.yilmaz@example.nl", "").with("bos.csv", "s.yilmaz@example.nl", "");
    assert_eq!(nobody.problems().lines().count(), 2, "no address is not the same address");
}

// On a database.

struct World {
    db: Db,
    clock: Clock,
    dir: tempfile::TempDir,
    postgres: Option<String>,
}

const PRUNE: Options = Options { prune: true, most: Leavers::Percent(100) };

impl World {
    async fn on(database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (db, postgres) = match database {
            Database::Sqlite => (Db::sqlite(&dir.path().join("dossier.db")).await.unwrap(), None),
            Database::Postgres => {
                let url = new_database().await;
                (Db::postgres(&url).await.unwrap(), Some(url))
            }
        };
        let now = day::start("2026-11-24".parse().unwrap()) + 12 * 3_600_000;
        Self { db, clock: Clock::fixed(now), dir, postgres }
    }

    /// Runs SQL behind the program's back; the first column of what it gives, as text.
    async fn sql(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        if let Some(url) = &self.postgres {
            let mut conn = PgConnection::connect(url).await.unwrap();
            return sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
        }
        let file = self.dir.path().join("dossier.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap()
    }

    async fn plan(&self, files: &Files, options: Options) -> Result<Plan, RosterError> {
        plan(&self.db, &self.clock, &files.read().unwrap(), options).await
    }

    async fn apply(&self, files: &Files, options: Options) -> Result<Plan, RosterError> {
        let new_key =
            || Ok(NewKey { recipient: "age1".into(), sealed: vec![1], master: "m".into() });
        let roster = Arc::new(files.read().unwrap());
        apply(&self.db, &self.clock, new_key, roster, options).await
    }

    /// Applies, and says what the plan for it was.
    async fn does(&self, files: &Files, options: Options) -> String {
        let plan = self.plan(files, options).await.unwrap();
        assert_eq!(self.apply(files, options).await.unwrap(), plan);
        let again = self.plan(files, options).await.unwrap();
        assert_eq!(again.changes, [], "applied twice it does nothing");
        plan.to_string()
    }

    /// Applies the cast.
    async fn with_cast(&self) {
        self.apply(&Files::cast(), PRUNE).await.unwrap();
    }

    async fn refuses(&self, files: &Files, options: Options) -> String {
        let refused = self.plan(files, options).await.unwrap_err();
        assert_eq!(self.apply(files, options).await.unwrap_err(), refused);
        refused.to_string()
    }

    fn to_day(&self, date: &str) {
        let at = day::start(date.parse().unwrap()) + 12 * 3_600_000;
        self.clock.advance(at - self.clock.now());
    }
}

#[derive(Clone, Copy)]
enum Database {
    Sqlite,
    Postgres,
}

/// A new database on the server that the tests may use; its URL.
async fn new_database() -> String {
    let url = std::env::var("LOONDOSSIER_TEST_POSTGRES").expect("run tests/run");
    let name = format!(
        "roster_{}",
        tempfile::Builder::new()
            .rand_bytes(12)
            .tempdir()
            .unwrap()
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_start_matches(".tmp")
            .to_lowercase()
    );
    let mut server = PgConnection::connect(&url).await.unwrap();
    server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (server, query) = url.split_once('?').unwrap_or((&url, ""));
    let host = server.rsplit_once('/').map_or(server, |(host, _)| host);
    format!("{host}/{name}?{query}")
}

/// Runs a story on both databases.
macro_rules! stories {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name(super::World::on(super::Database::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() {
                super::$name(super::World::on(super::Database::Postgres).await).await;
            })*
        }
    };
}

stories! {
    every_statement_is_understood
    the_cast_is_made_once
    two_who_apply_at_once_do_it_once
    names_terms_and_dates_may_change
    what_never_changes_is_refused
    what_is_absent_is_kept_unless_pruned
    too_many_leavers_stop_the_run
    another_office_ends_the_one_before
    an_office_that_comes_back_finds_its_folder
    a_file_from_before_a_switch_is_refused
    what_was_shared_goes_back_when_an_engagement_has_ended
    a_number_never_passes_to_somebody_else
    a_login_comes_later_and_the_party_stays
    a_login_of_another_employer_needs_both_rows
    two_persons_never_become_one
    folders_with_one_name_get_the_sub_number
    an_activated_person_keeps_its_address
}

async fn every_statement_is_understood(world: World) {
    for statement in statements() {
        world.db.prepare(statement).await.unwrap();
    }
}

async fn the_cast_is_made_once(world: World) {
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
    let keys = "select cast(count(*) as text) from age_key";
    assert_eq!(world.sql(keys).await, ["10"], "one per party and one per employment");
    let roots =
        "select cast(count(*) as text) from node where folder = 1 and length(public_id) = 32";
    assert_eq!(world.sql(roots).await, ["33"], "2 + 2 x 4 + 3 x 1, 2 x 2, 4 x 4");
}

async fn two_who_apply_at_once_do_it_once(world: World) {
    let files = Files::cast();
    let both = futures_util::join!(world.apply(&files, PRUNE), world.apply(&files, PRUNE));
    let mut did = [both.0.unwrap().changes.len(), both.1.unwrap().changes.len()];
    did.sort_unstable();
    assert_eq!(did, [0, 20]);
}

async fn names_terms_and_dates_may_change(world: World) {
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
    let folders = "select employer_folder from employment where number = '0042'";
    assert_eq!(world.sql(folders).await, ["0042 A. de Vries"], "a folder keeps its name");
}

async fn what_never_changes_is_refused(world: World) {
    world.with_cast().await;
    let is = async |files: Files, problem: &str| {
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

async fn what_is_absent_is_kept_unless_pruned(world: World) {
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

async fn too_many_leavers_stop_the_run(world: World) {
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

async fn what_was_shared_goes_back_when_an_engagement_has_ended(world: World) {
    world.with_cast().await;
    let folder = "Eerder gedeeld met Administratiekantoor Visser";
    let place = async |id: i64, root: &str, name: &str, forward: &str| {
        let node = format!(
            "insert into node (id, public_id, folder, mtime, created) values ({id}, 'n{id}', 1, 0, 0)"
        );
        world.sql(&format!("{node} returning public_id")).await;
        world
            .sql(&format!(
                "insert into placement (node, parent, name, name_key, forward, from_ms, until_ms) \
             values ({id}, {root}, '{name}', lower('{name}'), {forward}, 0, 9223372036854775807) \
             returning name"
            ))
            .await;
    };
    let of = |column: &str| format!("(select {column} from engagement where id = 1)");
    place(901, &of("up_root"), "shared.pdf", "null").await;
    place(902, &of("up_root"), "map", "null").await;
    place(903, "902", "in map.pdf", "null").await;
    world
        .sql(
            "insert into forward (id, node, engagement, employment, moved, from_ms, until_ms) \
         values (77, 901, 1, 1, 1, 0, 9223372036854775807) returning 'x'",
        )
        .await;
    place(904, &of("up_root"), "forwarded.pdf", "77").await;
    place(905, "902", "forwarded too.pdf", "77").await;
    place(906, &of("down_root"), "advice.pdf", "null").await;
    let own = "(select own_root from party where key = 'bakkerij-jansen')";
    place(907, own, folder, "null").await;

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

async fn a_number_never_passes_to_somebody_else(world: World) {
    world.with_cast().await;
    let is = async |files: Files, problem: &str| {
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
    is(
        jansen("A. de Vries;a.devries@example.nl;devries;nl;2019-03-01", "P. Peters;;;nl;2026-11-01"),
        "jansen.csv:2: the number 0042 is of \"A. de Vries\", in service from 2019-03-01: give somebody else a \
         number of its own; if this is the same person, change the name alone first",
    )
    .await;
}

async fn a_login_comes_later_and_the_party_stays(world: World) {
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

async fn a_login_of_another_employer_needs_both_rows(world: World) {
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

async fn two_persons_never_become_one(world: World) {
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

async fn folders_with_one_name_get_the_sub_number(world: World) {
    let files = toml("[\"123456782L01\"]", "[\"123456782L01\", \"123456782L02\"]")
        .with("roster.toml", "\"jansen.csv\" }", "\"jansen.csv\", \"123456782L02\" = \"second.csv\" }")
        .with("roster.toml", "\"Garage Bos\"", "\"bakkerij jansen bv\"")
        .and(
            "second.csv",
            &format!("{HEADER}0042;a. de vries;;;;2020-01-01;;;\n0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2025-01-01;;;yilmaz\n"),
        );
    world.does(&files, PRUNE).await;
    let folders = "select folder from engagement order by id";
    assert_eq!(world.sql(folders).await, ["Bakkerij Jansen BV", "bakkerij jansen bv L01"]);
    let folders =
        "select employer_folder from employment where lhn = '123456782L02' order by number";
    assert_eq!(world.sql(folders).await, ["0042 a. de vries L02", "0043 S. Yilmaz L02"]);
    let folders = "select person_folder from employment m join party p on p.id = m.person \
                   where p.key = 'yilmaz' order by m.lhn desc";
    assert_eq!(
        world.sql(folders).await,
        ["Bakkerij Jansen BV L02", "Bakkerij Jansen BV", "bakkerij jansen bv L01"]
    );
}

async fn an_activated_person_keeps_its_address(world: World) {
    world.with_cast().await;
    let files = jansen("a.devries@example.nl", "typo@example.nl");
    let fixed =
        "~ account devries: e-mail \"typo@example.nl\" (was \"a.devries@example.nl\")\n1 change";
    assert_eq!(world.does(&files, PRUNE).await, fixed);
    world.sql("update account set password = 'x' where login = 'devries' returning login").await;
    assert_eq!(
        world.does(&Files::cast(), PRUNE).await,
        "= account devries is activated: only the person changes its e-mail address\nnothing to do"
    );
}
