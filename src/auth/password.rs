//! Passwords that people choose: how they are kept, and how many are checked at once.
//!
//! Knows argon2id and a queue. Must not know whose password it is.

use crate::catalog::accounts::Hidden;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest password, in bytes of NFC: nobody makes us hash more.
pub(super) const LONGEST: usize = 128;
/// The shortest password that can be set, in characters.
pub(super) const SHORTEST: usize = 12;

/// A PHC string of our own strength that no password fits, to check where there is none.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The program's own secret, without which what the database holds cannot be tried out.
pub(super) type Pepper = Hidden<[u8; 32]>;

/// A password in NFC; `None` when it is too long to be one.
pub(super) fn normal(password: &str) -> Option<Zeroizing<String>> {
    // No text gets shorter by more than three times.
    let bounded = Some(password).filter(|p| p.len() <= LONGEST * 3)?;
    let normal = Zeroizing::new(bounded.nfc().collect::<String>());
    (normal.len() <= LONGEST).then_some(normal)
}

/// 19 MiB, 2 passes, 1 lane (PRODUCT.md section 8).
fn argon2(pepper: &Pepper) -> argon2::Result<Argon2<'_>> {
    let params = Params::new(19_456, 2, 1, Some(32))?;
    Argon2::new_with_secret(&pepper.0, Algorithm::Argon2id, Version::V0x13, params)
}

/// The PHC string of a password in NFC, with a salt of its own.
///
/// # Errors
/// When the system has no randomness or no memory to give.
pub(super) fn hash(pepper: &Pepper, password: &str) -> anyhow::Result<String> {
    let phc = argon2(pepper)?.hash_password(password.as_bytes());
    Ok(phc.map_err(|e| anyhow::anyhow!("the password could not be hashed: {e}"))?.to_string())
}

fn fits(pepper: &Pepper, password: &str, phc: &str) -> bool {
    let (Ok(argon2), Ok(phc)) = (argon2(pepper), PasswordHash::new(phc)) else {
        return false;
    };
    argon2.verify_password(password.as_bytes(), &phc).is_ok()
}

/// How many passwords are checked at once, and how many may wait for that.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Checks at once, of 14 ms and 19 MiB each.
    pub checks: usize,
    /// How many more may wait.
    pub queue: usize,
    /// How long they wait.
    pub wait: Duration,
}

impl Default for Config {
    /// As many checks as there are cores; 64 wait, two seconds.
    fn default() -> Self {
        let checks = std::thread::available_parallelism().map_or(1, usize::from);
        Self { checks, queue: 64, wait: Duration::from_secs(2) }
    }
}

/// The pool in which passwords are checked.
pub(super) struct Pool {
    pepper: Pepper,
    places: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    wait: Duration,
}

/// The right to check one password.
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
    _check: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(pepper: Pepper, config: Config) -> Self {
        let places = Arc::new(Semaphore::new(config.checks.saturating_add(config.queue)));
        let checks = Arc::new(Semaphore::new(config.checks));
        Self { pepper, places, checks, wait: config.wait }
    }

    /// Waits for a turn; `None` when too many wait, or for too long.
    pub(super) async fn turn(&self) -> Option<Turn> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let check = Arc::clone(&self.checks).acquire_owned();
        let check = tokio::time::timeout(self.wait, check).await.ok()?.ok()?;
        Some(Turn { _place: place, _check: check })
    }

    /// Whether a password in NFC fits. Without a PHC string it does not, and takes the same.
    pub(super) async fn fits(
        &self,
        _: &Turn,
        password: Zeroizing<String>,
        phc: Option<String>,
    ) -> bool {
        let pepper = self.pepper.clone();
        let check = move || {
            let fits = fits(&pepper, &password, phc.as_deref().unwrap_or(NOBODY));
            fits && phc.is_some()
        };
        tokio::task::spawn_blocking(check).await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(checks: usize, queue: usize) -> Pool {
        let config = Config { checks, queue, wait: Duration::from_millis(1) };
        Pool::new(Hidden([7; 32]), config)
    }

    #[test]
    fn a_password_is_kept_as_argon2id_of_19_mib_and_2_passes() {
        let pepper = Hidden([7; 32]);
        let phc = hash(&pepper, "correct horse battery").unwrap();
        let (head, _) = NOBODY.split_at("$argon2id$v=19$m=19456,t=2,p=1$".len());
        assert!(phc.starts_with(head), "{phc}");
        assert_eq!(phc.len(), NOBODY.len(), "nobody's is as long, to take the same");
        assert!(fits(&pepper, "correct horse battery", &phc));
        assert!(!fits(&pepper, "correct horse batterz", &phc));
        assert!(!fits(&Hidden([8; 32]), "correct horse battery", &phc), "needs the pepper");
    }

    #[test]
    fn nobodys_password_is_a_whole_check() {
        PasswordHash::new(NOBODY).unwrap();
    }

    #[test]
    fn a_password_is_one_in_any_normal_form_and_never_long() {
        assert_eq!(normal("e\u{301}").unwrap().as_str(), "\u{e9}");
        assert!(normal(&"x".repeat(LONGEST)).is_some());
        assert!(normal(&"x".repeat(LONGEST + 1)).is_none());
        assert!(normal(&"x".repeat(1 << 20)).is_none());
    }

    #[tokio::test]
    async fn without_a_phc_string_nothing_fits() {
        let pool = pool(1, 0);
        let turn = pool.turn().await.unwrap();
        assert!(!pool.fits(&turn, normal("whatever it is").unwrap(), None).await);
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_sent_away() {
        let pool = pool(1, 1);
        let first = pool.turn().await.unwrap();
        assert!(pool.turn().await.is_none(), "waits a millisecond, then gives up");
        drop(first);
        assert!(pool.turn().await.is_some());
    }
}
