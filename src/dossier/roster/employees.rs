//! The CSV of one administration: `;` or `,`, with or without a BOM, lines ending in LF or CRLF.

use super::super::name::Policy;
use super::super::{Language, Lhn, day, lhn};
use super::{At, Problem, Row, Span, nearest};
use crate::dossier::login;
use jiff::civil::Date;
use std::str::FromStr;
use std::sync::Arc;

const COLUMNS: [&str; 9] = [
    "personeelsnummer",
    "naam",
    "email",
    "login",
    "taal",
    "in_dienst",
    "uit_dienst",
    "instemming_digitaal",
    "persoon",
];
/// The one column that may be left out.
const OPTIONAL: &str = "persoon";

/// What no roster needs and nobody should hand over: data minimisation.
const SENSITIVE: [(&str, &[&str]); 4] = [
    ("a citizen service number (BSN)", &["bsn", "sofi", "burgerservice", "ssn"]),
    ("a birth date", &["geboorte", "gebdat", "birth", "verjaar"]),
    ("a bank account (IBAN)", &["iban", "bankrek", "rekening", "bankaccount"]),
    (
        "an address",
        &[
            "adres",
            "address",
            "straat",
            "street",
            "postcode",
            "zipcode",
            "huisnummer",
            "woonplaats",
        ],
    ),
];

/// Reads it; what is wrong is added to `problems`.
pub(super) fn read(file: &str, bytes: &[u8], lhn: &Lhn, problems: &mut Vec<Problem>) -> Vec<Row> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = if head.contains(&b';') { b';' } else { b',' };
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut file = File { name: file.into(), bytes, counted: 0, line: 1 };
    let mut records = csv.byte_records().map_while(Result::ok);
    let Some(head) = records.next() else {
        let columns = COLUMNS.join(";");
        problems.push(file.at(0).problem(format!("the file is empty: begin with `{columns}`")));
        return Vec::new();
    };
    let at = file.at_record(&head);
    let before = problems.len();
    let head = header(&at, &head, problems);
    if problems.len() > before {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for record in records.filter(|r| r.iter().any(|cell| !cell.is_empty())) {
        let at = file.at_record(&record);
        rows.extend(row(at, &record, &head, lhn, problems));
    }
    rows
}

/// Counts lines as far as they were asked for.
struct File<'b> {
    name: Arc<str>,
    bytes: &'b [u8],
    counted: usize,
    line: usize,
}

impl File<'_> {
    fn at_record(&mut self, record: &csv::ByteRecord) -> At {
        let offset = record.position().map_or(0, csv::Position::byte);
        self.at(usize::try_from(offset).unwrap_or(usize::MAX))
    }

    /// The line that the first byte at or after `offset` is on that is no line end. Offsets only go up.
    fn at(&mut self, offset: usize) -> At {
        let rest = self.bytes.get(self.counted..).unwrap_or_default();
        let blank = |b: &u8| matches!(b, b'\r' | b'\n');
        for byte in rest {
            if self.counted >= offset && !blank(byte) {
                break;
            }
            self.line += usize::from(*byte == b'\n');
            self.counted += 1;
        }
        At { file: self.name.clone(), line: self.line }
    }
}

/// Which column stands where.
fn header(at: &At, record: &csv::ByteRecord, problems: &mut Vec<Problem>) -> Vec<String> {
    let names: Vec<String> =
        record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_lowercase()).collect();
    for (index, name) in names.iter().enumerate() {
        let twice = names.iter().take(index).any(|earlier| earlier == name);
        let text = if let Some(what) = sensitive(name) {
            format!("the column `{name}` looks like {what}: take it out, a roster never holds it")
        } else if !COLUMNS.contains(&name.as_str()) {
            format!("unknown column `{name}`{}", nearest(name, &COLUMNS))
        } else if twice {
            format!("the column `{name}` is there twice: take one out")
        } else {
            continue;
        };
        problems.push(at.problem(text));
    }
    let missing = |c: &&&str| **c != OPTIONAL && !names.iter().any(|name| name == **c);
    for column in COLUMNS.iter().filter(missing) {
        problems.push(at.problem(format!("the column `{column}` is missing: add it")));
    }
    names
}

fn sensitive(column: &str) -> Option<&'static str> {
    let letters: String = column.chars().filter(|c| c.is_alphanumeric()).collect();
    let mail = letters.contains("mail");
    let hit = |words: &[&str]| words.iter().any(|w| letters.contains(w) && !(mail && *w != "bsn"));
    SENSITIVE.iter().find(|(_, words)| hit(words)).map(|(what, _)| *what)
}

/// The cells of a row by column, and what is wrong with them.
struct Cells<'r> {
    at: At,
    by_column: Vec<(&'r str, &'r str)>,
    problems: Vec<Problem>,
}

impl<'r> Cells<'r> {
    fn get(&self, column: &str) -> &'r str {
        self.by_column.iter().find(|(name, _)| *name == column).map_or("", |(_, cell)| cell)
    }

    fn wrong(&mut self, text: impl Into<String>) {
        self.problems.push(self.at.problem(text));
    }

    fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.get(column);
        let date = day::exact_date(text);
        if date.is_none() && !text.is_empty() {
            self.wrong(format!("`{column}` is \"{text}\": write a date like 2026-01-31"));
        }
        date
    }

    fn number(&mut self) -> String {
        let number = self.get("personeelsnummer");
        if number.is_empty() {
            self.wrong("`personeelsnummer` is empty: fill it in");
        } else if number.len() > 32 || Policy::Portable.accept(number).is_err() {
            self.wrong("`personeelsnummer` holds a character that a folder's name cannot have, or is over 32 bytes");
        } else if lhn::holds_bsn(number) {
            self.wrong("`personeelsnummer` is a citizen service number (BSN), and would be the name of a folder: give another number");
        }
        number.to_owned()
    }

    fn name(&mut self) -> String {
        let name = self.get("naam");
        if name.is_empty() || name.len() > 150 {
            self.wrong("`naam` has 1 to 150 characters");
        } else if lhn::holds_bsn(name) {
            self.wrong("`naam` holds a citizen service number (BSN): take it out");
        }
        name.to_owned()
    }

    fn email(&mut self) -> String {
        let email = self.get("email");
        if !email.is_empty() && !is_email(email) {
            self.wrong(format!("`email` is \"{email}\": that is no e-mail address"));
        }
        email.to_owned()
    }

    fn login(&mut self) -> Option<String> {
        let login = self.get("login");
        (!login.is_empty()).then(|| login.to_owned())
    }

    fn declared(&mut self, login: Option<&str>) -> bool {
        let person = self.get("persoon");
        let same = login.is_some_and(|login| login::key(login) == login::key(person));
        if !person.is_empty() && !same {
            self.wrong(format!(
                "`persoon` is \"{person}\": write the row's own login there, or nothing"
            ));
        }
        same
    }

    fn language(&mut self) -> Language {
        let text = self.get("taal");
        let language = Language::from_str(text);
        if language.is_err() && !text.is_empty() {
            self.wrong(format!("`taal` is \"{text}\": write nl or en, or nothing for nl"));
        }
        language.unwrap_or_default()
    }

    fn span(&mut self) -> Span {
        let (from, until) = (self.date("in_dienst"), self.date("uit_dienst"));
        if self.get("in_dienst").is_empty() {
            self.wrong("`in_dienst` is empty: write the first day in service");
        }
        let from = from.unwrap_or_default();
        if until.is_some_and(|until| until < from) {
            self.wrong("`uit_dienst` is before `in_dienst`: it is the last day in service");
        }
        Span::days(from, until)
    }
}

pub(super) fn is_email(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;".contains(c);
    text.len() <= 250
        && !text.contains(odd)
        && text
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn row(
    at: At,
    record: &csv::ByteRecord,
    head: &[String],
    lhn: &Lhn,
    problems: &mut Vec<Problem>,
) -> Option<Row> {
    let texts: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
    let Ok(texts) = texts else {
        problems.push(at.problem("the text is not UTF-8: save the file as \"CSV UTF-8\""));
        return None;
    };
    if texts.len() != head.len() {
        let (is, want) = (texts.len(), head.len());
        problems.push(at.problem(format!("{is} cells where the header has {want} columns")));
        return None;
    }
    if texts.iter().any(|cell| cell.contains(char::is_control)) {
        problems.push(at.problem(
            "a cell runs over a line end or holds a control character: is a quote missing?",
        ));
        return None;
    }
    let by_column = head.iter().map(String::as_str).zip(texts).collect();
    let mut cells = Cells { at, by_column, problems: Vec::new() };
    let login = cells.login();
    let row = Row {
        lhn: lhn.clone(),
        number: cells.number(),
        name: cells.name(),
        email: cells.email(),
        declared: cells.declared(login.as_deref()),
        login,
        language: cells.language(),
        span: cells.span(),
        consent: cells.date("instemming_digitaal"),
        at: cells.at.clone(),
    };
    problems.append(&mut cells.problems);
    Some(row)
}
