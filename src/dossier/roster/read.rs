//! `roster.toml`: from text to a [`Roster`], with every problem that it has and not only the first.

use super::super::delivery::publish::Monthly;
use super::super::{Language, Lhn, Scope, day, lhn};
use super::{Account, At, Employer, Party, Problem, Roster, Service, Span, Terms, nearest};
use super::{checks, employees};
use jiff::civil::Date;
use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const TOP: &[&str] = &["schema", "office", "employer"];
const OFFICE: &[&str] = &["id", "name", "language", "staff", "machines"];
const EMPLOYER: &[&str] =
    &["id", "name", "language", "administrations", "office", "staff", "machines", "employees"];
const SERVICE: &[&str] = &["id", "from", "until", "release", "payslips", "publish_at"];
const STAFF: [&str; 3] = ["login", "name", "email"];
const MACHINE: &[&str] = &["login", "scopes"];

/// Reads a roster. `file` is what it is called in messages; `open` gives the bytes of a CSV that it
/// names, or why they cannot be had.
///
/// # Errors
/// Everything that is wrong, in the order of the files.
pub fn read(
    file: &str,
    text: &str,
    open: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Roster, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { file: file.into(), text, problems: Vec::new(), open };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = reader.at(error.span().map_or(0, |span| span.start));
        reader.problems.push(at.problem(error.message()));
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let roster = reader.roster(table.get_ref());
    let mut problems = reader.problems;
    checks::check(&roster, &mut problems);
    if problems.is_empty() { Ok(roster) } else { Err(problems) }
}

type Value<'t> = Spanned<DeValue<'t>>;

fn find<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<&'a Value<'t>> {
    table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
}

struct Reader<'p> {
    file: Arc<str>,
    text: &'p str,
    problems: Vec<Problem>,
    open: &'p mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
}

impl Reader<'_> {
    fn at(&self, offset: usize) -> At {
        let before = self.text.bytes().take(offset);
        At { file: self.file.clone(), line: 1 + before.filter(|b| *b == b'\n').count() }
    }

    fn wrong(&mut self, value: &Value<'_>, text: impl Into<String>) {
        let at = self.at(value.span().start);
        self.problems.push(at.problem(text));
    }

    /// A table with no other keys than these. Gives where it begins, too.
    fn table<'a, 't>(
        &mut self,
        value: &'a Value<'t>,
        what: &str,
        known: &[&str],
    ) -> Option<(At, &'a DeTable<'t>)> {
        let at = self.at(value.span().start);
        let Some(table) = value.get_ref().as_table() else {
            self.problems.push(at.problem(format!("{what} is a table: write {{ key = value }}")));
            return None;
        };
        self.keys(table, known);
        Some((at, table))
    }

    fn keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|k| !known.contains(&k.get_ref().as_ref())) {
            let name: &str = key.get_ref();
            let at = self.at(key.span().start);
            let kin = nearest(name, known);
            self.problems.push(at.problem(format!("unknown key `{name}`{kin}")));
        }
    }

    fn list<'a, 't>(&mut self, table: &'a DeTable<'t>, key: &str) -> Vec<&'a Value<'t>> {
        let Some(value) = find(table, key) else { return Vec::new() };
        if let Some(array) = value.get_ref().as_array() {
            return array.iter().collect();
        }
        self.wrong(value, format!("`{key}` is a list: write [ ... ]"));
        Vec::new()
    }

    fn string<'a>(&mut self, value: &'a Value<'_>, what: &str) -> Option<&'a str> {
        let text = value.get_ref().as_str().map(str::trim);
        if text.is_none_or(|t| t.is_empty() || t.len() > 250 || t.contains(char::is_control)) {
            self.wrong(value, format!("`{what}` is a text of 1 to 250 characters in quotes"));
            return None;
        }
        text
    }

    /// A text that must be there. Empty when it is not, which is then already a problem.
    fn text(&mut self, at: &At, table: &DeTable<'_>, key: &str) -> String {
        let Some(value) = find(table, key) else {
            self.problems.push(at.problem(format!("`{key}` is missing: add it")));
            return String::new();
        };
        self.string(value, key).unwrap_or_default().to_owned()
    }

    /// One of some words, the first one when nothing is said.
    fn word<const N: usize>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        words: [&'static str; N],
    ) -> &'static str {
        let default = words.first().copied().unwrap_or_default();
        let Some(value) = find(table, key) else { return default };
        let said = value.get_ref().as_str();
        words.into_iter().find(|w| said == Some(w)).unwrap_or_else(|| {
            let words = words.map(|w| format!("\"{w}\"")).join(" or ");
            self.wrong(value, format!("`{key}` is {words}"));
            default
        })
    }

    fn date(&mut self, table: &DeTable<'_>, key: &str) -> Option<Date> {
        let value = find(table, key)?;
        let date = value.get_ref().as_datetime();
        let date = date.and_then(|d| day::exact_date(&d.to_string()));
        if date.is_none() {
            self.wrong(value, format!("`{key}` is a date without quotes, like 2026-01-31"));
        }
        date
    }

    fn monthly(&mut self, table: &DeTable<'_>, key: &str) -> Option<Monthly> {
        let value = find(table, key)?;
        let monthly = value.get_ref().as_str().and_then(|text| text.parse().ok());
        if monthly.is_none() {
            let text = format!("`{key}` is a day of the month and a time, like \"25 09:00\"");
            self.wrong(value, text);
        }
        monthly
    }

    fn roster(&mut self, top: &DeTable<'_>) -> Roster {
        self.keys(top, TOP);
        let one = |v: &Value<'_>| v.get_ref().as_integer().is_some_and(|n| n.as_str() == "1");
        match find(top, "schema") {
            Some(value) if one(value) => {}
            Some(value) => self.wrong(value, "this program reads `schema = 1`"),
            None => {
                let at = self.at(0);
                self.problems.push(at.problem("`schema` is missing: begin with `schema = 1`"));
            }
        }
        let mut roster = Roster::default();
        for value in self.list(top, "office") {
            if let Some((at, table)) = self.table(value, "an office", OFFICE) {
                roster.offices.push(self.party(at, table));
            }
        }
        let mut files = HashMap::new();
        for value in self.list(top, "employer") {
            if let Some((at, table)) = self.table(value, "an employer", EMPLOYER) {
                roster.employers.push(self.employer(at, table, &mut files));
            }
        }
        roster
    }

    fn party(&mut self, at: At, table: &DeTable<'_>) -> Party {
        let id = self.text(&at, table, "id");
        if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
            let text = format!("the id `{id}` has more than letters, digits, `-`, `_` and `.`");
            self.problems.push(at.problem(text));
        }
        let name = self.text(&at, table, "name");
        let language = self.word(table, "language", ["nl", "en"]);
        let mut accounts = Vec::new();
        for value in self.list(table, "staff") {
            if let Some((at, table)) = self.table(value, "each of the staff", &STAFF) {
                let [login, name, email] = STAFF.map(|key| self.text(&at, table, key));
                let scope = Scope::FULL;
                accounts.push(Account { at, login, machine: false, scope, name, email });
            }
        }
        for value in self.list(table, "machines") {
            if let Some((at, table)) = self.table(value, "a machine", MACHINE) {
                let login = self.text(&at, table, "login");
                let scope = self.scopes(&at, table);
                let (name, email) = (login.clone(), String::new());
                accounts.push(Account { at, login, machine: true, scope, name, email });
            }
        }
        let language = Language::from_str(language).unwrap_or_default();
        Party { at, id, name, language, accounts }
    }

    fn scopes(&mut self, at: &At, table: &DeTable<'_>) -> Scope {
        let mut scope: Option<Scope> = None;
        for value in self.list(table, "scopes") {
            let one = match value.get_ref().as_str() {
                Some("deliver") => Scope::DELIVER,
                Some("backup") => Scope::BACKUP,
                _ => {
                    self.wrong(value, "a machine has the scopes \"deliver\" and \"backup\" only");
                    continue;
                }
            };
            scope = Some(scope.map_or(one, |s| s.and(one)));
        }
        scope.unwrap_or_else(|| {
            self.problems.push(at.problem("a machine needs `scopes = [\"deliver\", \"backup\"]`"));
            Scope::BACKUP
        })
    }

    fn employer(
        &mut self,
        at: At,
        table: &DeTable<'_>,
        files: &mut HashMap<String, At>,
    ) -> Employer {
        let party = self.party(at, table);
        let mut administrations = Vec::new();
        for value in self.list(table, "administrations") {
            if let Some(lhn) = self.string(value, "administrations").map(str::to_owned) {
                let at = self.at(value.span().start);
                administrations.extend(self.lhn(&at, &lhn).map(|lhn| (at, lhn)));
            }
        }
        let office = find(table, "office").and_then(|value| self.service(value));
        let mut employer = Employer { party, administrations, office, rows: Vec::new() };
        match find(table, "employees").map(|value| (value, value.get_ref().as_table())) {
            Some((_, Some(administrations))) => {
                for (lhn, file) in administrations {
                    self.employees(&mut employer, lhn, file, files);
                }
            }
            Some((value, None)) => {
                self.wrong(value, "`employees` is { \"<LHN>\" = \"<file>.csv\" }");
            }
            None => {}
        }
        employer
    }

    fn lhn(&mut self, at: &At, text: &str) -> Option<Lhn> {
        let why = match text.parse() {
            Ok(lhn) => return Some(lhn),
            Err(lhn::LhnFault::Form) => "is not nine digits, L, two digits",
            Err(lhn::LhnFault::Check) => "fails the 11-check: check the digits",
        };
        self.problems.push(at.problem(format!("the LHN \"{text}\" {why}")));
        None
    }

    /// One administration's CSV.
    fn employees(
        &mut self,
        employer: &mut Employer,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        file: &Value<'_>,
        files: &mut HashMap<String, At>,
    ) {
        let at = self.at(key.span().start);
        let lhn = self.lhn(&at, key.get_ref());
        let name = self.string(file, "employees").map(str::to_owned);
        let (Some(lhn), Some(name)) = (lhn, name) else { return };
        if !employer.administrations.iter().any(|(_, known)| *known == lhn) {
            let text = format!("{lhn} is not among `administrations` of this employer: add it");
            self.problems.push(at.problem(text));
        }
        if let Some(first) = files.insert(name.clone(), at.clone()) {
            let text = format!("{name} is the file of another administration at {first} already");
            self.problems.push(at.problem(text));
            return;
        }
        match (self.open)(&name) {
            Ok(bytes) => {
                let shown = Path::new(&*self.file).with_file_name(&name).display().to_string();
                employer.rows.extend(employees::read(&shown, &bytes, &lhn, &mut self.problems));
            }
            Err(why) => self.problems.push(at.problem(format!("cannot read {name}: {why}"))),
        }
    }

    fn service(&mut self, value: &Value<'_>) -> Option<Service> {
        let (at, table) = self.table(value, "`office` (one at a time)", SERVICE)?;
        let office = self.text(&at, table, "id");
        let terms = Terms {
            release: self.word(table, "release", Terms::RELEASE),
            payslips: self.word(table, "payslips", Terms::PAYSLIPS),
            publish_at: self.monthly(table, "publish_at"),
        };
        let until = self.date(table, "until");
        if find(table, "from").is_none() {
            let text = "`from` is missing: say since when, like `from = 2026-01-01`";
            self.problems.push(at.problem(text));
        }
        let from = self.date(table, "from")?;
        if until.is_some_and(|until| until < from) {
            self.problems.push(at.problem("`until` is before `from`: it is the last day"));
        }
        Some(Service { at, office, span: Span::days(from, until), terms })
    }
}
