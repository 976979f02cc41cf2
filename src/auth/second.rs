//! The second step of signing in: what a right password is worth where a code must follow, and the code.
//!
//! Knows the catalog's accounts and one-time codes. Must not know how a protocol asks for a code.

use super::admin::Admin;
use super::failure::{Reason, report};
use super::sessions::Ground;
use super::totp::{self, Match, Secret};
use super::{Attempt, Auth, Denied, Origin, RETRY, throttled};
use crate::catalog::accounts::{self, Hidden, Subject};
use crate::catalog::codes::{SetTotp, Tally, TryCode};
use crate::catalog::{AccountId, Conn, PartyId, Transaction};
use crate::dossier::{self, Language};
use crate::vfs::{Session, SignIn, note_sign_in};
use anyhow::{Context, ensure};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// How far a right secret brings who has it.
#[derive(Debug)]
pub enum Progress {
    /// In.
    In(Session),
    /// To the question for a code.
    Half(Half),
}

/// A password that was right, of an account that is asked for a code as well. Worth nothing by itself.
#[derive(Clone, Debug)]
pub struct Half {
    login: String,
    ground: Ground,
    language: Language,
    /// The last code that was wrong.
    missed: Option<String>,
}

impl Half {
    /// Whether this is the login of which the password was right, as it was given then.
    pub fn is_of(&self, login: &str) -> bool {
        self.login == login
    }

    /// The language of the account's party.
    pub const fn language(&self) -> Language {
        self.language
    }
}

impl Auth {
    /// What the right password of a subject gives.
    pub(super) fn advance(&self, subject: Subject, ground: Ground, attempt: &Attempt) -> Progress {
        if subject.totp.0.is_none() {
            return Progress::In(self.open(subject, ground, attempt.origin));
        }
        let (login, language) = (attempt.login.clone(), subject.language);
        Progress::Half(Half { login, ground, language, missed: None })
    }

    /// Signs in with the code that follows a right password. A code is taken once, on whatever node;
    /// after five wrong ones none is looked at for a quarter of an hour, while keys and app passwords
    /// stay good. That is until the account's own is right; to the source of it a wrong one is what a wrong
    /// password is. One repeated counts once: some clients give the same answer until they are cut.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn code(
        &self,
        half: &mut Half,
        code: &str,
        origin: Origin,
    ) -> Result<Session, Denied> {
        if half.missed.as_deref() == Some(code) {
            return Err(Denied::Refused);
        }
        let attempt = Attempt::new(&half.login, origin);
        self.may_guess(&attempt)?;
        let read = async {
            let mut conn = self.0.db.reader().await?;
            accounts::again(&mut conn, half.ground.account, None).await
        };
        let subject = read.await.map_err(|_| Denied::Busy(RETRY))?;
        let holds = half.ground.holds(subject.as_ref(), self.0.clock.now());
        let subject = subject.filter(|_| holds);
        let Some((subject, salt)) = subject.and_then(|s| s.totp.0.clone().map(|salt| (s, salt)))
        else {
            report(&half.login, origin, Reason::BadCredentials);
            return Err(Denied::Refused);
        };
        let secret = Secret::new(&self.0.pepper, subject.account, &salt);
        // By the system's clock, as the one in the app: ours may be counting on from a later time.
        let found = secret.find(code, self.0.clock.set_to());
        let step = if let Match::Near(step) = found { Some(step) } else { None };
        let (account, at) = (subject.account, self.0.clock.now());
        let tried = self.0.db.write(TryCode { account, salt: Hidden(salt), step, at }).await;
        match tried.map_err(|_| Denied::Busy(RETRY))? {
            Tally::Right => Ok(self.open(subject, half.ground, origin)),
            Tally::Wrong => {
                half.missed = Some(code.to_owned());
                let reason = if found == Match::Far { Reason::Clock } else { Reason::Code };
                let tag = self.tag(&attempt, Some(&subject), code);
                Err(self.wrong(&attempt, tag, reason))
            }
            Tally::Wait(ms) => {
                let seconds = u32::try_from((ms + 999) / 1000).unwrap_or(u32::MAX);
                Err(throttled(&attempt, seconds))
            }
        }
    }
}

/// Codes that begin or end, which the log of the party tells.
struct Change {
    set: SetTotp,
    note: (i64, SignIn),
    party: PartyId,
    language: Language,
}

impl Transaction for Change {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<(), dossier::Error> {
        self.set.run(tx).await?;
        note_sign_in(tx, self.note, self.set.account, self.party, self.language).await
    }
}

impl Admin {
    /// Gives an account one-time codes and returns their secret, in base32: the only time that it is
    /// shown. From now on its password is followed by a code, and what the password opened ends.
    ///
    /// # Errors
    /// An unknown login, a machine's account, an account that has codes already.
    pub async fn begin_totp(&self, login: &str) -> anyhow::Result<Hidden<Zeroizing<String>>> {
        let account = self.show(login).await?;
        ensure!(
            account.machine == 0,
            "{login} is a machine's account and has no password that a code could follow"
        );
        ensure!(
            account.totp == 0,
            "{login} has one-time codes already: `account totp {login} off` ends them, after which \
             `on` gives a new secret"
        );
        let salt = totp::salt()?;
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &self.pepper.0);
        let secret = Secret::new(&pepper, account.id, &salt);
        self.change_totp(login, account.id, Some(salt)).await?;
        Ok(Hidden(secret.text()))
    }

    /// Takes an account's one-time codes away; its password is enough again. Whether it had any.
    ///
    /// # Errors
    /// An unknown login.
    pub async fn end_totp(&self, login: &str) -> anyhow::Result<bool> {
        let account = self.show(login).await?;
        if account.totp != 0 {
            self.change_totp(login, account.id, None).await?;
        }
        Ok(account.totp != 0)
    }

    async fn change_totp(
        &self,
        login: &str,
        account: AccountId,
        salt: Option<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let subject = accounts::subject(&mut self.db.reader().await?, login, None).await?;
        let Subject { party, language, .. } = subject.context("the account is gone")?;
        let what = if salt.is_some() { SignIn::Codes } else { SignIn::NoCodes };
        let note = (self.clock.now(), what);
        let set = SetTotp { account, salt: Hidden(salt) };
        Ok(self.db.write(Change { set, note, party, language }).await?)
    }
}
