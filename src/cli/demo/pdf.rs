//! One page of PDF 1.4: lines of Helvetica, and rules between them.
//!
//! Knows the format (ISO 32000-1). Must not know what is written on the page.

use std::fmt::Write;

/// The page, A4, in points.
const WIDTH: u16 = 595;
const HEIGHT: u16 = 842;

/// A page being written. Places are in points from its lower left corner.
#[derive(Debug, Default)]
pub(super) struct Page {
    drawn: Vec<u8>,
}

/// The two faces that every viewer has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Face {
    Plain = 1,
    Bold = 2,
}

impl Page {
    /// A line of text that begins at `x`.
    pub(super) fn text(&mut self, x: u16, y: u16, (face, size): (Face, u8), text: &str) {
        let face = face as u8;
        self.draw(&format!("BT /F{face} {size} Tf {x} {y} Td ("));
        self.drawn.extend(text.chars().flat_map(win_ansi));
        self.draw(") Tj ET\n");
    }

    /// An amount of euros that ends at `x`. All digits of Helvetica are 0.556 wide.
    pub(super) fn amount(&mut self, x: u16, y: u16, (face, size): (Face, u8), cents: i64) {
        let text = euros(cents);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let minus = usize::from(cents < 0);
        let thousandths = 556 * digits + 333 * minus + 278 * (text.len() - digits - minus);
        let width = thousandths * usize::from(size) / 1000;
        let left = x.saturating_sub(u16::try_from(width).unwrap_or(x));
        self.text(left, y, (face, size), &text);
    }

    /// A thin line from edge to edge of the text.
    pub(super) fn rule(&mut self, from: u16, to: u16, y: u16) {
        self.draw(&format!("0.5 w {from} {y} m {to} {y} l S\n"));
    }

    fn draw(&mut self, operators: &str) {
        self.drawn.extend_from_slice(operators.as_bytes());
    }

    /// The whole file.
    pub(super) fn finish(self, title: &str) -> Vec<u8> {
        let font = |face| {
            let name = format!("/Type /Font /Subtype /Type1 /BaseFont /{face}");
            format!("<< {name} /Encoding /WinAnsiEncoding >>").into_bytes()
        };
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>"
        );
        let length = format!("<< /Length {} >>\nstream\n", self.drawn.len());
        let contents = [length.as_bytes(), &self.drawn, b"endstream"].concat();
        let title: Vec<u8> = title.chars().flat_map(win_ansi).collect();
        let objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            page.into_bytes(),
            contents,
            font("Helvetica"),
            font("Helvetica-Bold"),
            [b"<< /Title (", title.as_slice(), b") >>"].concat(),
        ];
        file(&objects)
    }
}

/// Header, numbered objects, the table of where each begins, and the trailer. The first object is
/// the catalog, the last one the document's information.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    // Bytes over 127 in the first comment: no program takes the file for text.
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        // Writing to a string does not fail.
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let number: usize = number;
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let (count, start) = (objects.len(), file.len());
    let size = count + 1;
    let trailer = format!(
        "trailer\n<< /Size {size} /Root 1 0 R /Info {count} 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend_from_slice(table.as_bytes());
    file.extend_from_slice(trailer.as_bytes());
    file
}

/// A character as it stands in a string: `WinAnsiEncoding`, escaped.
fn win_ansi(c: char) -> impl Iterator<Item = u8> {
    let byte = match c {
        '€' => 0x80,
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        _ => b'?',
    };
    matches!(byte, b'(' | b')' | b'\\').then_some(b'\\').into_iter().chain([byte])
}

/// As the Dutch write it: `1.234,56`.
pub(super) fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, part) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    format!("{sign}{},{part:02}", thousands(whole))
}

fn thousands(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        above => format!("{}.{:03}", thousands(above), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Vec<u8> {
        let mut page = Page::default();
        page.text(50, 700, (Face::Plain, 10), "Café (1) € 中");
        page.amount(500, 700, (Face::Bold, 10), -123_456);
        page.rule(50, 500, 690);
        page.finish("Loonstrook")
    }

    #[test]
    fn the_table_says_where_each_object_begins() {
        let file = page();
        let find = |what: &[u8]| file.windows(what.len()).rposition(|w| w == what).unwrap();
        let text = |from: usize| String::from_utf8_lossy(&file[from..]).into_owned();
        let start: usize = text(find(b"startxref\n") + 10).lines().next().unwrap().parse().unwrap();
        let table = text(start);
        let offsets = table.lines().filter(|l| l.ends_with(" n "));
        let offsets: Vec<usize> = offsets.map(|l| l[..10].parse().unwrap()).collect();
        assert_eq!(offsets.len(), 7);
        for (number, offset) in (1..).zip(offsets) {
            assert!(text(offset).starts_with(&format!("{number} 0 obj\n")), "{number}");
        }
    }

    #[test]
    fn the_length_of_the_contents_is_told_right() {
        let file = page();
        let find = |what: &[u8]| file.windows(what.len()).position(|w| w == what).unwrap();
        let length = find(b"endstream") - (find(b"stream\n") + 7);
        find(format!("<< /Length {length} >>").as_bytes());
    }

    #[test]
    fn what_helvetica_lacks_is_a_question_mark_and_brackets_are_escaped() {
        let bytes: Vec<u8> = "é(€)中".chars().flat_map(win_ansi).collect();
        assert_eq!(bytes, b"\xe9\\(\x80\\)?");
    }

    #[test]
    fn amounts_are_written_as_the_dutch_do() {
        let written = [5, -123_456, 100_200_304].map(euros);
        assert_eq!(written, ["0,05", "-1.234,56", "1.002.003,04"]);
    }
}
