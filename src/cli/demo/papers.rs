//! What payroll software makes: payslips, annual statements, journal entries, payments, returns.
//!
//! Knows what such a document says and how it looks. Must not know where it is put. The people, the
//! bank accounts and the rates are made up; the XML follows the forms, as far as a reader needs.

use super::pdf::{Face, Page, euros};
use crate::dossier::day;
use crate::dossier::roster::{Employer, Row};
use jiff::civil::Date;
use std::fmt::Write;

const LEFT: u16 = 60;
const RIGHT: u16 = 535;
const PLAIN: (Face, u8) = (Face::Plain, 10);
const BOLD: (Face, u8) = (Face::Bold, 10);

/// What one month of a job costs and pays, in cents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pay {
    pub(super) gross: i64,
    pub(super) pension: i64,
    pub(super) tax: i64,
}

impl Pay {
    /// Of a full month in this job.
    pub(super) fn of(row: &Row) -> Self {
        let steps = row.number.bytes().map(i64::from).sum::<i64>() % 7;
        let gross = 238_000 + 17_550 * steps;
        let pension = gross * 5 / 100;
        Self { gross, pension, tax: (gross - pension) * 29 / 100 }
    }

    pub(super) const fn net(self) -> i64 {
        self.gross - self.pension - self.tax
    }

    const fn times(self, months: i64) -> Self {
        let Self { gross, pension, tax } = self;
        Self { gross: gross * months, pension: pension * months, tax: tax * months }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            gross: self.gross + other.gross,
            pension: self.pension + other.pension,
            tax: self.tax + other.tax,
        }
    }
}

/// A page with a letterhead, what it is about, amounts and their sum.
#[derive(Debug, Default)]
pub(super) struct Sheet<'a> {
    pub(super) from: &'a str,
    pub(super) title: String,
    pub(super) about: Vec<(&'a str, String)>,
    pub(super) amounts: Vec<(&'a str, i64)>,
    pub(super) total: Option<(&'a str, i64)>,
}

impl Sheet<'_> {
    /// As a PDF.
    pub(super) fn pdf(&self) -> Vec<u8> {
        let mut page = Page::default();
        page.text(LEFT, 780, (Face::Bold, 12), self.from);
        page.text(LEFT, 735, (Face::Bold, 18), &self.title);
        let mut y = 705;
        for (word, value) in &self.about {
            page.text(LEFT, y, PLAIN, word);
            page.text(LEFT + 130, y, PLAIN, value);
            y -= 16;
        }
        y -= 12;
        for (word, cents) in &self.amounts {
            page.text(LEFT, y, PLAIN, word);
            page.amount(RIGHT, y, PLAIN, *cents);
            y -= 16;
        }
        if let Some((word, cents)) = self.total {
            page.rule(LEFT, RIGHT, y + 10);
            page.text(LEFT, y - 4, BOLD, word);
            page.amount(RIGHT, y - 4, BOLD, cents);
        }
        page.text(LEFT, 60, (Face::Plain, 8), "Voorbeeld van loondossier. Niets hierin is echt.");
        page.finish(&self.title)
    }
}

fn employee(row: &Row) -> Vec<(&'static str, String)> {
    vec![
        ("Naam", row.name.clone()),
        ("Personeelsnummer", row.number.clone()),
        ("In dienst", day::date(row.span.from_ms).to_string()),
    ]
}

/// The payslip of a month.
pub(super) fn payslip(employer: &Employer, row: &Row, period: &str) -> Vec<u8> {
    let pay = Pay::of(row);
    let mut about = employee(row);
    about.push(("Periode", period.to_owned()));
    Sheet {
        from: &employer.party.name,
        title: format!("Loonstrook {period}"),
        about,
        amounts: vec![
            ("Salaris", pay.gross),
            ("Pensioenpremie werknemer", -pay.pension),
            ("Loonheffing", -pay.tax),
        ],
        total: Some(("Uit te betalen", pay.net())),
    }
    .pdf()
}

/// The annual statement of a whole year in service.
pub(super) fn annual_statement(employer: &Employer, row: &Row, year: i16) -> Vec<u8> {
    let pay = Pay::of(row).times(12);
    let mut about = employee(row);
    about.push(("Jaar", year.to_string()));
    Sheet {
        from: &employer.party.name,
        title: format!("Jaaropgave {year}"),
        about,
        amounts: vec![
            ("Loon voor de loonheffing", pay.gross - pay.pension),
            ("Ingehouden loonheffing", pay.tax),
        ],
        total: None,
    }
    .pdf()
}

/// What all employees of an employer have in a month.
fn sum(employer: &Employer) -> Pay {
    employer.rows.iter().map(Pay::of).fold(Pay::default(), Pay::and)
}

/// The journal entry of a month.
pub(super) fn journal_entry(employer: &Employer, period: &str) -> Vec<u8> {
    let pay = sum(employer);
    Sheet {
        from: &employer.party.name,
        title: format!("Journaalpost {period}"),
        about: vec![("Dagboek", "Salarissen".to_owned()), ("Periode", period.to_owned())],
        amounts: vec![
            ("4000  Brutolonen (debet)", pay.gross),
            ("1720  Af te dragen loonheffing (credit)", -pay.tax),
            ("1730  Af te dragen pensioenpremie (credit)", -pay.pension),
            ("1710  Te betalen nettolonen (credit)", -pay.net()),
        ],
        total: Some(("Saldo", 0)),
    }
    .pdf()
}

/// The series overview of a month: what everybody is to be paid, for the employer to check.
pub(super) fn series(employer: &Employer, period: &str) -> Vec<u8> {
    let pays: Vec<_> =
        employer.rows.iter().map(|row| (row.name.as_str(), Pay::of(row).net())).collect();
    Sheet {
        from: &employer.party.name,
        title: format!("Serie-overzicht {period}"),
        about: vec![("Periode", period.to_owned())],
        amounts: pays,
        total: Some(("Netto uit te betalen", sum(employer).net())),
    }
    .pdf()
}

/// As XML writes an amount.
fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A Dutch account number at a bank that is none (ISO 13616).
fn iban(number: usize) -> String {
    let number = format!("{number:010}");
    // The letters of LOON, then NL, count from A = 10; the two zeros stand for the check.
    let rest = format!("21242423{number}232100")
        .bytes()
        .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("NL{:02}LOON{number}", 98 - rest)
}

/// The payment of a month's wages: a credit transfer initiation, ISO 20022 pain.001.001.09.
pub(super) fn sepa(employer: &Employer, period: &str, pay_day: Date) -> String {
    let (name, id) = (&employer.party.name, &employer.party.id);
    let (count, total) =
        (employer.rows.len(), decimal(employer.rows.iter().map(|r| Pay::of(r).net()).sum()));
    let mut xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>{id}-{period}</MsgId>
      <CreDtTm>{pay_day}T09:00:00</CreDtTm>
      <NbOfTxs>{count}</NbOfTxs>
      <CtrlSum>{total}</CtrlSum>
      <InitgPty><Nm>{name}</Nm></InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>{id}-{period}-1</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <ReqdExctnDt><Dt>{pay_day}</Dt></ReqdExctnDt>
      <Dbtr><Nm>{name}</Nm></Dbtr>
      <DbtrAcct><Id><IBAN>{}</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><BICFI>LOONNL2A</BICFI></FinInstnId></DbtrAgt>
"#,
        iban(id.len())
    );
    for (number, row) in (1..).zip(&employer.rows) {
        let (net, to) = (decimal(Pay::of(row).net()), iban(1000 + number));
        let (name, personnel) = (&row.name, &row.number);
        // Writing to a string does not fail.
        let _ = write!(
            xml,
            r#"      <CdtTrfTxInf>
        <PmtId><EndToEndId>{period}-{personnel}</EndToEndId></PmtId>
        <Amt><InstdAmt Ccy="EUR">{net}</InstdAmt></Amt>
        <Cdtr><Nm>{name}</Nm></Cdtr>
        <CdtrAcct><Id><IBAN>{to}</IBAN></Id></CdtrAcct>
        <RmtInf><Ustrd>Salaris {period}</Ustrd></RmtInf>
      </CdtTrfTxInf>
"#
        );
    }
    xml + "    </PmtInf>\n  </CstmrCdtTrfInitn>\n</Document>\n"
}

/// The wage tax return of a month: the collective part.
pub(super) fn wage_tax_return(employer: &Employer, month: Date) -> String {
    let pay = sum(employer);
    let lhn = employer.administrations.first().map_or("", |(_, lhn)| lhn.as_str());
    let (first, last, year) = (month.first_of_month(), month.last_of_month(), month.year());
    let (wage, tax, name) =
        (decimal(pay.gross - pay.pension), decimal(pay.tax), &employer.party.name);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Loonaangifte xmlns="http://xml.belastingdienst.nl/schemas/Loonaangifte/{year}/01" version="1.0">
  <Bericht>
    <IdBer>{lhn}-{first}</IdBer>
    <DatTdAanm>{last}T12:00:00</DatTdAanm>
    <GebrSwPakket>loondossier demo</GebrSwPakket>
  </Bericht>
  <AdministratieveEenheid>
    <LhNr>{lhn}</LhNr>
    <NmIP>{name}</NmIP>
    <TijdvakAangifte>
      <DatAanvTv>{first}</DatAanvTv>
      <DatEindTv>{last}</DatEindTv>
      <VolledigeAangifte>
        <CollectieveAangifte>
          <TotLnLbPh>{wage}</TotLnLbPh>
          <IngLbPh>{tax}</IngLbPh>
          <TotGen>{tax}</TotGen>
        </CollectieveAangifte>
      </VolledigeAangifte>
    </TijdvakAangifte>
  </AdministratieveEenheid>
</Loonaangifte>
"#
    )
}

/// What the payroll software has in its backup of a day: a line for each job.
pub(super) fn ledger(employers: &[Employer], day: Date) -> String {
    let jobs = employers.iter().flat_map(|e| e.rows.iter().map(move |row| (e, row)));
    let head = format!("stand;werkgever;personeelsnummer;bruto\n{day};;;\n");
    jobs.fold(head, |text, (employer, row)| {
        let gross = euros(Pay::of(row).gross);
        text + &format!("{day};{};{};{gross}\n", employer.party.name, row.number)
    })
}

#[cfg(test)]
mod tests {
    use super::super::cast;
    use super::*;
    use jiff::civil::date;

    #[test]
    fn account_numbers_pass_the_check_that_banks_make() {
        for number in [1, 1001, 9_999_999] {
            let iban = iban(number);
            let moved = format!("{}{}", &iban[4..], &iban[..4]);
            let rest = moved.chars().fold(0_u32, |rest, c| {
                let value = c.to_digit(36).unwrap();
                (rest * if value > 9 { 100 } else { 10 } + value) % 97
            });
            assert_eq!((iban.len(), rest), (18, 1), "{iban}");
        }
    }

    #[test]
    fn the_papers_are_taken_as_what_they_are() {
        use crate::dossier::overview::check_content;
        let roster = cast::roster().unwrap();
        let (employer, row) = cast::jobs(&roster).next().unwrap();
        let month = date(2026, 10, 1);
        let pdfs = [
            payslip(employer, row, "2026-10"),
            annual_statement(employer, row, 2025),
            journal_entry(employer, "2026-10"),
        ];
        for pdf in pdfs {
            assert_eq!(check_content("pdf", &pdf[..1024], &pdf[pdf.len() - 1024..]), Ok(()));
        }
        for xml in [sepa(employer, "2026-10", month), wage_tax_return(employer, month)] {
            let mut reader = quick_xml::Reader::from_str(&xml);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        }
    }

    #[test]
    fn what_the_bank_is_told_adds_up() {
        let roster = cast::roster().unwrap();
        let xml = sepa(&roster.employers[0], "2026-10", date(2026, 10, 25));
        let between = |line: &str| line.split(['<', '>']).nth(2).unwrap().parse::<f64>().unwrap();
        let sums: Vec<f64> = xml.lines().filter(|l| l.contains("CtrlSum")).map(between).collect();
        let paid = xml.lines().filter_map(|l| l.split("\"EUR\">").nth(1));
        let paid: f64 = paid.map(|l| l.split('<').next().unwrap().parse::<f64>().unwrap()).sum();
        assert!((sums[0] - paid).abs() < 0.001, "{xml}");
    }
}
