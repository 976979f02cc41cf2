//! One-time codes by the time of day (RFC 6238): six digits, SHA-1, steps of thirty seconds, which is
//! what every authenticator app understands.
//!
//! Pure: it is told the time. Must not know whose secret it is, nor which codes were used before.

use crate::catalog::AccountId;
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

/// A step, in milliseconds.
const STEP: i64 = 30_000;
/// How many steps before and after now a code counts: clocks differ, and typing takes a while.
const NEAR: i64 = 1;
/// How many steps off a code is known still, to tell a clock that is wrong from a wrong code: ten
/// minutes.
const FAR: i64 = 20;
/// What a secret is made of, in bytes.
const SALT: usize = 20;
/// A secret, in bytes: 160 bits, as RFC 4226 has it.
const SECRET: usize = 20;

/// The secret of an account.
pub(super) struct Secret(Zeroizing<[u8; SECRET]>);

/// Of which time a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Of this step, which counts now.
    Near(i64),
    /// Of a step so far off that a clock must be wrong.
    Far,
    /// Of none.
    None,
}

/// What a new secret is made of.
///
/// # Errors
/// When the system has no randomness to give.
pub(super) fn salt() -> anyhow::Result<Vec<u8>> {
    let mut salt = vec![0; SALT];
    aws_lc_rs::rand::fill(&mut salt)
        .map_err(|_| anyhow::anyhow!("the system has no randomness to give"))?;
    Ok(salt)
}

impl Secret {
    /// Made of what the catalog holds and of the pepper, so that neither alone gives a code; and of the
    /// account, so that no row serves another.
    pub(super) fn new(pepper: &hmac::Key, account: AccountId, salt: &[u8]) -> Self {
        let mut context = hmac::Context::with_key(pepper);
        // No app password, of which the pepper is the key too, has such a byte in it.
        context.update(b"totp\0");
        context.update(&account.0.to_be_bytes());
        context.update(salt);
        let tag = context.sign();
        let mut secret = Zeroizing::new([0; SECRET]);
        secret.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Self(secret)
    }

    /// As it is typed into an app.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()))
    }

    /// Of which time this code is, around `now` in Unix milliseconds. Every step is compared, whichever
    /// it is.
    pub(super) fn find(&self, code: &str, now: i64) -> Match {
        let digits: Vec<u8> = code.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let present = now.div_euclid(STEP);
        let mut found = Match::None;
        for step in (present - FAR..=present + FAR).rev() {
            let right = aws_lc_rs::constant_time::verify_slices_are_equal(
                &digits,
                self.code(step).as_bytes(),
            );
            let near = step.abs_diff(present) <= NEAR.unsigned_abs();
            if right.is_ok() && (near || found == Match::None) {
                found = if near { Match::Near(step) } else { Match::Far };
            }
        }
        found
    }

    /// The code of a step (RFC 4226 section 5.3).
    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref().last().copied().unwrap_or_default() & 0xf);
        let four = tag.as_ref().iter().skip(offset).take(4);
        let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let secret = Secret(Zeroizing::new(*b"12345678901234567890"));
        // Appendix B has eight digits; ours are the last six of them.
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(secret.code(seconds / 30), code[2..], "{seconds}");
            assert_eq!(secret.find(&code[2..], seconds * 1000), Match::Near(seconds / 30));
        }
        assert_eq!(secret.text().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_counts_one_step_before_and_after_its_own_and_is_known_for_ten_minutes() {
        let secret = Secret(Zeroizing::new(*b"12345678901234567890"));
        let at = |step: i64, code: &str| secret.find(code, step * STEP);
        let (step, code) = (60_000_000, secret.code(60_000_000));
        for off in [-1, 0, 1] {
            assert_eq!(at(step + off, &code), Match::Near(step));
        }
        for off in [-20, -2, 2, 20] {
            assert_eq!(at(step + off, &code), Match::Far);
        }
        assert_eq!(at(step + 21, &code), Match::None);
        assert_eq!(at(step, &format!(" {} {} ", &code[..3], &code[3..])), Match::Near(step));
        for wrong in ["", "0", &format!("{code}0"), "12345\u{661}"] {
            assert_eq!(at(step, wrong), Match::None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_needs_the_pepper_the_account_and_the_salt() {
        let text = |p, account, salt: &[u8]| {
            Secret::new(&pepper(p), AccountId(account), salt).text().to_string()
        };
        let one = text(7, 1, b"salt");
        assert_eq!((one.len(), &one), (32, &text(7, 1, b"salt")));
        for other in [text(8, 1, b"salt"), text(7, 2, b"salt"), text(7, 1, b"pepper")] {
            assert_ne!(one, other);
        }
        assert_ne!(salt().unwrap(), salt().unwrap());
    }
}
