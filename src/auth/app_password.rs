//! App passwords, `ld_<id>_<secret>`: one per device, made by the program, shown once.
//!
//! Knows their form and how the secret is kept. Must not know whose they are.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;

/// 40 bits: finds the credential.
const ID: usize = 8;
/// 160 bits: proves it.
const SECRET: usize = 32;

/// A text in the form of an app password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct AppPassword<'a> {
    pub(super) id: &'a str,
    secret: &'a str,
}

impl<'a> AppPassword<'a> {
    /// Takes a text apart; `None` when it has another form.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("ld_")?.split_once('_')?;
        let base32 = |t: &str| t.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
        let good = id.len() == ID && secret.len() == SECRET && base32(id) && base32(secret);
        good.then_some(Self { id, secret })
    }

    /// What the catalog keeps of the secret.
    pub(super) fn sealed(self, pepper: &hmac::Key) -> Vec<u8> {
        hmac::sign(pepper, self.secret.as_bytes()).as_ref().to_vec()
    }

    /// Whether this is the secret that was sealed, compared in constant time.
    pub(super) fn fits(self, pepper: &hmac::Key, sealed: &[u8]) -> bool {
        hmac::verify(pepper, self.secret.as_bytes(), sealed).is_ok()
    }
}

/// A new app password.
///
/// # Errors
/// When the system has no randomness to give.
pub(super) fn make() -> anyhow::Result<String> {
    let mut random = [0; (ID + SECRET) * 5 / 8];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| anyhow::anyhow!("the system has no randomness to give"))?;
    let text = BASE32_NOPAD.encode(&random).to_ascii_lowercase();
    let (id, secret) = text.split_at(ID);
    Ok(format!("ld_{id}_{secret}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_one_has_the_form_and_is_never_the_same() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), "ld_".len() + 8 + 1 + 32);
        let parsed = AppPassword::parse(&one).unwrap();
        assert_eq!(one, format!("ld_{}_{}", parsed.id, parsed.secret));
    }

    #[test]
    fn another_form_is_no_app_password() {
        let good = make().unwrap();
        let upper = good.to_ascii_uppercase();
        let long = format!("{good}a");
        for bad in ["", "ld_", "ld__", "correct horse battery", &upper, &long, &good[1..]] {
            assert!(AppPassword::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_its_own_secret_fits_what_is_kept() {
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let (one, other) = (make().unwrap(), make().unwrap());
        let (one, other) = (AppPassword::parse(&one).unwrap(), AppPassword::parse(&other).unwrap());
        let sealed = one.sealed(&pepper);
        assert_eq!(sealed.len(), 32);
        assert!(one.fits(&pepper, &sealed));
        assert!(!other.fits(&pepper, &sealed));
        assert!(!one.fits(&pepper, &[]), "nothing kept is no proof");
        assert!(!one.fits(&hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]), &sealed));
    }
}
