//! The number of an administration: the loonheffingennummer.

use std::fmt;
use std::str::FromStr;

/// Nine digits that pass the 11-check, `L`, two digits (PRODUCT.md section 5). Personal data of a
/// sole trader, so it is never logged and never in a name that an employee sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lhn(String);

/// Why a text is no LHN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LhnFault {
    /// Not nine digits, `L`, two digits.
    Form,
    /// The 11-check fails, or all digits are zero.
    Check,
}

impl Lhn {
    /// The twelve characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number after the `L`, which tells administrations of one employer apart.
    pub fn sub_number(&self) -> &str {
        self.0.get(10..).unwrap_or_default()
    }
}

impl fmt::Display for Lhn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Lhn {
    type Err = LhnFault;
    fn from_str(s: &str) -> Result<Self, LhnFault> {
        let text = s.trim().to_ascii_uppercase();
        let bytes = text.as_bytes();
        let (Some(nine), Some(b'L'), Some(two)) = (bytes.get(..9), bytes.get(9), bytes.get(10..))
        else {
            return Err(LhnFault::Form);
        };
        if two.len() != 2 || !nine.iter().chain(two).all(u8::is_ascii_digit) {
            return Err(LhnFault::Form);
        }
        if passes_eleven_check(nine) { Ok(Self(text)) } else { Err(LhnFault::Check) }
    }
}

/// The 11-check of the tax office, the same for an RSIN and a BSN: weights 9 8 7 6 5 4 3 2 -1, and
/// not all zeros. `digits` are ASCII.
pub fn passes_eleven_check(digits: &[u8]) -> bool {
    const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum: i32 = digits.iter().zip(WEIGHTS).map(|(d, w)| i32::from(d - b'0') * w).sum();
    digits.len() == 9 && digits.iter().any(|d| *d != b'0') && sum % 11 == 0
}

/// Whether a text holds a citizen service number (BSN): nine digits standing alone that pass the
/// 11-check, except directly before `L` and two digits, where they are an LHN.
pub fn holds_bsn(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes.iter().skip(at).take_while(|b| b.is_ascii_digit()).count();
        let after = bytes.get(at + run..).unwrap_or_default();
        let lhn =
            matches!(after, [b'L' | b'l', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit());
        if run == 9 && !lhn && bytes.get(at..at + 9).is_some_and(passes_eleven_check) {
            return true;
        }
        at += run.max(1);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_contract() {
        assert!("123456782L01".parse::<Lhn>().is_ok());
        assert_eq!("123456789L01".parse::<Lhn>(), Err(LhnFault::Check));
        assert_eq!("000000000L01".parse::<Lhn>(), Err(LhnFault::Check));
        assert_eq!("12345678L01".parse::<Lhn>(), Err(LhnFault::Form));
    }

    #[test]
    fn an_lhn_is_written_one_way_and_has_a_sub_number() {
        let lhn: Lhn = "123456782L01".parse().unwrap();
        assert_eq!((lhn.as_str(), lhn.sub_number()), ("123456782L01", "01"));
        assert_eq!(
            "123456782l02".parse::<Lhn>().map(|l| l.to_string()).ok(),
            "123456782L02".parse::<Lhn>().map(|l| l.to_string()).ok()
        );
        for bad in
            ["", "123456782L1", "123456782L011", "123456782X01", "12345678AL01", "123456782LA1"]
        {
            assert_eq!(bad.parse::<Lhn>(), Err(LhnFault::Form), "{bad}");
        }
    }

    #[test]
    fn a_bsn_is_found_wherever_it_stands() {
        for text in [
            "123456782",
            "x123456782",
            "123456782L0",
            "123456782L",
            "1 123456782 2",
            "123456782Lxx",
        ] {
            assert!(holds_bsn(text), "{text}");
        }
        for text in ["", "12345678", "123456789", "000000000", "123456782l01", "1123456782"] {
            assert!(!holds_bsn(text), "{text}");
        }
    }

    #[test]
    fn a_bsn_is_seen_but_not_within_an_lhn() {
        assert!(holds_bsn("strook 123456782.pdf"));
        assert!(!holds_bsn("123456782L01_0042.pdf"));
        assert!(!holds_bsn("1234567820.pdf"));
    }
}
