//! What everybody did in the example until now, in order.
//!
//! Knows the trees of PRODUCT.md section 3 as their users do: by paths. Must not know how any of it
//! is kept, nor what anybody sees of it.

use super::papers::{self, Sheet};
use super::{archive, cast, image};
use crate::dossier::roster::{Employer, Roster};
use crate::dossier::{day, name::folder_for};
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use std::fmt;

/// How many months have their papers.
const MONTHS: i32 = 6;
/// How many days have a backup, besides today.
const BACKUPS: i32 = 7;
const HOUR: i64 = 3_600_000;

/// Something that an account does.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// When, in Unix milliseconds.
    pub(super) at: i64,
    /// Who.
    pub(super) login: String,
    /// What.
    pub(super) act: Act,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Puts a file.
    Put(String, Vec<u8>),
    /// Makes a folder.
    Folder(String),
    /// Moves: shares or forwards, by where it goes to.
    Move(String, String),
    /// Deletes.
    Remove(String),
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(path, _) => write!(f, "put {path}"),
            Self::Folder(path) => write!(f, "make {path}"),
            Self::Move(from, to) => write!(f, "move {from} to {to}"),
            Self::Remove(path) => write!(f, "delete {path}"),
        }
    }
}

/// The days of the example, and what happens on them.
#[derive(Debug)]
struct Story<'a> {
    roster: &'a Roster,
    today: Date,
    now: i64,
    events: Vec<Event>,
}

/// Everything until `now`, in Unix milliseconds.
pub(super) fn events(roster: &Roster, now: i64) -> Vec<Event> {
    let mut story = Story { roster, today: day::date(now), now, events: Vec::new() };
    story.payroll();
    story.people();
    story.sets();
    story.backups();
    story.events.sort_by_key(|event| event.at);
    story.events
}

/// When the first of it happens: then everybody is there already.
pub(super) fn beginning(events: &[Event]) -> i64 {
    events.first().map_or(0, |event| day::start(day::date(event.at)))
}

fn add(date: Date, span: Span) -> Date {
    date.checked_add(span).unwrap_or(date)
}

impl Story<'_> {
    /// The first days of the last full months.
    fn months(&self) -> Vec<Date> {
        let this = self.today.first_of_month();
        (1..=MONTHS).rev().map(|back| add(this, (-back).months())).collect()
    }

    fn act(&mut self, login: &str, at: i64, act: Act) {
        self.events.push(Event { at: at.min(self.now), login: login.to_owned(), act });
    }

    /// Petra of the office delivers.
    fn payroll(&mut self) {
        let roster = self.roster;
        let months = self.months();
        for employer in &roster.employers {
            for month in &months {
                self.month(employer, *month);
            }
            let year = months.last().map_or(0, |last| last.year());
            let at = day::start(Date::new(year, 1, 20).unwrap_or(self.today)) + 11 * HOUR;
            for row in &employer.rows {
                let path = format!("{}/Jaaropgave {}.pdf", to_employee(employer, row), year - 1);
                let paper = papers::annual_statement(employer, row, year - 1);
                self.act("petra", at, Act::Put(path, paper));
            }
        }
    }

    fn month(&mut self, employer: &Employer, month: Date) {
        let period = month.strftime("%Y-%m").to_string();
        let pay_day = add(month, 24.days());
        let at = day::start(pay_day) + 10 * HOUR;
        for row in &employer.rows {
            let path = format!("{}/Loonstrook {period}.pdf", to_employee(employer, row));
            self.act("petra", at, Act::Put(path, papers::payslip(employer, row, &period)));
        }
        let year = month.year();
        let journal = papers::journal_entry(employer, &period);
        let sepa = papers::sepa(employer, &period, pay_day).into_bytes();
        let tax_return = papers::wage_tax_return(employer, month).into_bytes();
        let overviews = [
            ("Journaalposten", "Journaalpost", "pdf", journal),
            ("SEPA-bestanden", "SEPA-bestand", "xml", sepa),
            ("Loonaangiften", "Loonaangifte", "xml", tax_return),
        ];
        for (folder, word, extension, paper) in overviews {
            let above = format!("{}/Overzichten/{folder}/{year}", at_office(employer));
            let path = format!("{above}/{word} {period}.{extension}");
            self.act("petra", at + HOUR, Act::Put(path, paper));
        }
    }

    /// At an hour of a day before today.
    fn ago(&self, days: i32, hour: i64) -> i64 {
        day::start(add(self.today, (-days).days())) + hour * HOUR
    }

    fn put(&mut self, login: &str, at: i64, path: &str, content: impl Into<Vec<u8>>) {
        self.act(login, at, Act::Put(path.to_owned(), content.into()));
    }

    fn relocate(&mut self, login: &str, at: i64, from: &str, to: &str) {
        self.act(login, at, Act::Move(from.to_owned(), to.to_owned()));
    }

    /// Own files, what is shared, and what is forwarded.
    fn people(&mut self) {
        self.own_files();
        let card = "Identiteitskaart A. de Vries.png";
        let at_employer = format!("/Werkgevers/Bakkerij Jansen/Gedeeld met werkgever/{card}");
        let own = format!("/Mijn bestanden/{card}");
        self.put("devries", self.ago(12, 20), &own, image::identity_card());
        self.relocate("devries", self.ago(10, 19), &own, &at_employer);
        let shared = format!("/Werknemers/0042 A. de Vries/Gedeeld door werknemer/{card}");
        let forwarded = format!("/Gedeeld met kantoor/{card}");
        self.relocate("jansen", self.ago(9, 9), &shared, &forwarded);

        let leave = "Beste K. Jansen,\n\nGraag neem ik de week voor kerst vrij.\n\nS. Yilmaz\n";
        let to_bakery = "/Werkgevers/Bakkerij Jansen/Gedeeld met werkgever/Verlofaanvraag.txt";
        self.put("yilmaz", self.ago(6, 18), to_bakery, leave);

        let path = "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/Arbeidsovereenkomst.pdf";
        self.put("jansen", self.ago(8, 14), path, contract());

        let hours = "week;naam;uren\n44;A. de Vries;38\n44;S. Yilmaz;20\n44;B. de Jong;24\n";
        self.put("jansen", self.ago(5, 16), "/Mijn bestanden/Urenlijst.csv", hours);
        let (own, to) = ("/Mijn bestanden/Urenlijst.csv", "/Gedeeld met kantoor/Urenlijst.csv");
        self.relocate("jansen", self.ago(4, 9), own, to);

        let plan = "Uren aanleveren: de 18e.\nProefrun: de 20e.\nUitbetaling: de 25e.\n";
        let path = "/Werkgevers/Bakkerij Jansen/Gedeeld met werkgever/Planning salarissen.txt";
        self.put("petra", self.ago(7, 11), path, plan);
    }

    /// What the office has the baker check: the last month is approved, a correction of it waits.
    fn sets(&mut self) {
        let roster = self.roster;
        let (Some(employer), Some(month)) = (roster.employers.first(), self.months().pop()) else {
            return;
        };
        let period = month.strftime("%Y-%m").to_string();
        let correction = format!("Correctie {period}");
        for (name, days) in [(format!("Loon {period}"), 3), (correction, 1)] {
            let own = format!("/Mijn bestanden/{name}");
            self.act("petra", self.ago(days, 11), Act::Folder(own.clone()));
            let series = papers::series(employer, &period);
            self.put(
                "petra",
                self.ago(days, 11),
                &format!("{own}/Serie-overzicht {period}.pdf"),
                series,
            );
            let review = format!("{}/Ter controle/{name}", at_office(employer));
            self.relocate("petra", self.ago(days, 12), &own, &review);
        }
        let (from, to) =
            (format!("/Ter controle/Loon {period}"), format!("/Goedgekeurd/Loon {period}"));
        self.put("jansen", self.ago(2, 9), &format!("{from}/reden.txt"), "Akkoord.\n");
        self.relocate("jansen", self.ago(2, 9), &from, &to);
    }

    /// What nobody but its owner sees.
    fn own_files(&mut self) {
        let clients = "werkgever;lonen per;contact\nBakkerij Jansen;maand;K. Jansen\nGarage Bos;maand;T. Bos\n";
        self.act("petra", self.ago(13, 9), Act::Folder("/Mijn bestanden/Klanten".to_owned()));
        self.put("petra", self.ago(13, 9), "/Mijn bestanden/Klanten/Klantenlijst.csv", clients);
        self.put("jansen", self.ago(11, 17), "/Mijn bestanden/Recept roggebrood.txt", RECIPE);
        let stock = "onderdeel;aantal\nBougies;40\nRemblokken;12\nOlie 5W30 (liter);60\n";
        self.put("bos", self.ago(9, 8), "/Mijn bestanden/Voorraad.csv", stock);
        let at = self.ago(11, 21);
        let travel = "datum;van;naar;km\n3;Leiden;Delft;24\n4;Leiden;Delft;24\n";
        let jobs = "Loonheffingskorting: bij welke van de twee?\n";
        for (login, path, text) in [
            ("devries", "/Mijn bestanden/Reiskosten.csv", travel),
            ("yilmaz", "/Mijn bestanden/Vragen.txt", jobs),
            ("dejong", "/Mijn bestanden/Notities.txt", "De loonstroken liggen op papier thuis.\n"),
            ("kowalski", "/My files/Notes.txt", "Ask T. Bos about the course in March.\n"),
            ("smit", "/Mijn bestanden/Notities.txt", "Jaaropgave bewaren voor de aangifte.\n"),
        ] {
            self.put(login, at, path, text);
        }
        let diploma = Sheet {
            from: "Vakschool voor Techniek",
            title: "Diploma Motor Vehicle Technician".to_owned(),
            about: vec![("Name", "M. Kowalski".to_owned())],
            ..Sheet::default()
        };
        self.put("kowalski", self.ago(10, 20), "/My files/Diploma.pdf", diploma.pdf());
    }

    /// The payroll software makes its backup every night, and once something that it deletes again.
    fn backups(&mut self) {
        for back in (0..=BACKUPS).rev() {
            let date = add(self.today, (-back).days());
            let ledger = papers::ledger(&self.roster.employers, date);
            let zip = archive::zip("loon.csv", ledger.as_bytes());
            let at = day::start(date) + 2 * HOUR;
            self.put(cast::MACHINE, at, "/Back-ups/loon-backup.zip", zip);
        }
        let import = "/Back-ups/import-oud-pakket.csv";
        let old = "personeelsnummer;naam\n0042;A. de Vries\n";
        self.put(cast::MACHINE, self.ago(6, 3), import, old);
        self.act(cast::MACHINE, self.ago(3, 3), Act::Remove(import.to_owned()));
    }
}

const RECIPE: &str = "Roggebrood\n\n500 g roggemeel, 400 ml water, 10 g zout, 150 g desem.\n\
                      Een nacht laten rusten, drie uur bakken op 140 graden.\n";

fn contract() -> Vec<u8> {
    Sheet {
        from: "Bakkerij Jansen",
        title: "Arbeidsovereenkomst".to_owned(),
        about: vec![
            ("Werknemer", "A. de Vries".to_owned()),
            ("Functie", "Bakker".to_owned()),
            ("In dienst", "2019-03-01, voor onbepaalde tijd".to_owned()),
            ("Uren", "38 per week".to_owned()),
        ],
        ..Sheet::default()
    }
    .pdf()
}

/// Where the office has an employer.
fn at_office(employer: &Employer) -> String {
    format!("/Werkgevers/{}", folder_for(&employer.party.name))
}

/// Where the office puts what is for an employee.
fn to_employee(employer: &Employer, row: &crate::dossier::roster::Row) -> String {
    format!("{}/Werknemers/{}", at_office(employer), cast::folder(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(now: &str) -> Vec<Event> {
        let now = now.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let events = events(&cast::roster().unwrap(), now);
        assert!(events.iter().all(|event| event.at <= now));
        events
    }

    fn put(events: &[Event], end: &str) -> usize {
        let ends = |event: &&Event| matches!(&event.act, Act::Put(path, _) if path.ends_with(end));
        events.iter().filter(ends).count()
    }

    #[test]
    fn the_papers_end_with_the_last_full_month() {
        let november = on("2026-11-24T12:00:00Z");
        let slips = ["04", "05", "10", "11"]
            .map(|month| put(&november, &format!("/Loonstrook 2026-{month}.pdf")));
        assert_eq!(slips, [0, 6, 6, 0]);
        assert_eq!(put(&november, "/Jaaropgave 2025.pdf"), 6);

        let january = on("2027-01-05T12:00:00Z");
        assert_eq!(put(&january, "/Loonstrook 2026-12.pdf"), 6);
        assert_eq!(put(&january, "/Jaaropgave 2025.pdf"), 6);
        assert_eq!(put(&on("2027-02-01T12:00:00Z"), "/Jaaropgave 2026.pdf"), 6);
    }

    #[test]
    fn every_one_of_the_last_seven_days_has_its_own_backup() {
        for now in ["2026-11-24T12:00:00Z", "2026-11-23T23:10:00Z", "2026-03-29T12:00:00Z"] {
            let events = on(now);
            let of = |event: &Event| match &event.act {
                Act::Put(path, zip) if path.ends_with("loon-backup.zip") => {
                    Some((day::date(event.at), zip.clone()))
                }
                _ => None,
            };
            let mut made: Vec<_> = events.iter().filter_map(of).collect();
            made.dedup();
            assert_eq!(made.len(), 8, "{now}");
        }
    }

    #[test]
    fn everybody_is_there_before_anything_happens() {
        let events = on("2026-11-24T12:00:00Z");
        assert!(beginning(&events) < events[0].at);
        assert_eq!(day::date(beginning(&events)).to_string(), "2026-01-20");
    }
}
