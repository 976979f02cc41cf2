//! What a file may say, and how each refusal reads.

use crate::cast::{Files, HEADER, jansen, toml};
use loondossier::dossier::roster::read;

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
    for wrong in ["\"25\"", "\"32 09:00\"", "\"25 9:00\"", "\"2026-11-25 09:00\"", "25"] {
        is(
            toml("release = \"manual\"", &format!("publish_at = {wrong}")),
            "roster.toml:14: `publish_at` is a day of the month and a time, like \"25 09:00\"",
        );
    }
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
}

#[test]
fn each_refusal_of_an_id_a_login_or_an_administration_names_its_line() {
    let is = |files: Files, problems: &str| assert_eq!(files.problems(), problems);
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
        jansen("0044;", "123456782;"),
        "jansen.csv:4: `personeelsnummer` is a citizen service number (BSN), and would be the name of a \
         folder: give another number",
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
        "jansen.csv:4: the login `b zonder` has more than plain letters, digits, `.`, `_`, `-`, `@` and `+`, or is over 64 bytes",
    );
    is(
        jansen("2021-01-01;;;", "2021-01-01;;;zonder"),
        "jansen.csv:4: `persoon` is \"zonder\": write the row's own login there, or nothing",
    );
}

#[test]
fn what_is_as_long_as_it_may_be_reads_and_one_more_is_refused() {
    let fits = |files: Files| drop(files.read().unwrap());
    let not = |files: Files, what: &str| {
        let problems = files.problems();
        assert!(problems.contains(what) && problems.lines().count() == 1, "{problems}");
    };
    let x = |n: usize| "x".repeat(n);
    fits(jansen("0044;", &format!("{};", x(32))));
    not(jansen("0044;", &format!("{};", x(33))), "or is over 32 bytes");
    not(jansen("0044;", "4:4;"), "`personeelsnummer` holds a character");
    fits(jansen("B. Zonder", &x(150)));
    not(jansen("B. Zonder", &x(151)), "`naam` has 1 to 150 characters");
    fits(jansen("B. Zonder;;;", &format!("B. Zonder;;{};", x(64))));
    not(jansen("B. Zonder;;;", &format!("B. Zonder;;{};", x(65))), "is over 64 bytes");
    fits(toml("\"Garage Bos\"", &format!("\"{}\"", x(250))));
    for text in [x(251), String::new(), "a\\u0007".to_owned()] {
        let files = toml("\"Garage Bos\"", &format!("\"{text}\""));
        not(files, "`name` is a text of 1 to 250 characters in quotes");
    }
    // One day in service, and one day of an engagement.
    fits(jansen("2021-01-01;;", "2021-01-01;2021-01-01;"));
    fits(toml("from = 2026-01-01, release", "from = 2026-01-01, until = 2026-01-01, release"));
    for date in ["2026-01-01T10:00:00", "10:00:00", "2026-01-01T10:00:00Z"] {
        let files = toml("from = 2026-01-01, release", &format!("from = {date}, release"));
        not(files, "`from` is a date without quotes");
    }
    for address in ["a@b@c", "@b", "a@", "a b@c", "a<b@c", &format!("{}@b", x(250))] {
        let files = jansen("B. Zonder;;", &format!("B. Zonder;{address};"));
        not(files, "that is no e-mail address");
    }
    fits(jansen("B. Zonder;;", "B. Zonder;b@zonder;"));
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
    assert_eq!(jansen("persoon", "bsn").problems().lines().count(), 1, "no row is read then");
    assert!(looks("e-mailadres").contains("unknown column"), "no address to live at");
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

#[test]
fn a_refusal_of_a_row_names_its_file_as_it_can_be_opened() {
    let files = jansen("0044;", ";");
    let text = |name: &str| files.0.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
    let mut open = |name: &str| text(name).map(String::into_bytes).ok_or("not there".to_owned());
    let refused = read("../visser/roster.toml", &text("roster.toml").unwrap(), &mut open);
    let told = refused.unwrap_err().first().unwrap().to_string();
    assert_eq!(told, "../visser/jansen.csv:4: `personeelsnummer` is empty: fill it in");
}
