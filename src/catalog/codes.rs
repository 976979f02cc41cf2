//! The second step of signing in: one-time codes (TOTP), of an account that has them.
//!
//! Knows: the columns `totp*` of `account`. Must not know how a code comes of a secret: `auth` does. What
//! was tried is kept here, so that it holds on every node.

use super::accounts::{Hidden, raise_epoch};
use super::db::{Conn, args, statements};
use super::ids::AccountId;
use super::transact::Transaction;
use crate::dossier::{Error, Result};

/// After so many wrong codes in a row none is looked at for a while.
const WRONG: i64 = 5;
/// For how long, in milliseconds.
const PENALTY: i64 = 15 * 60_000;

statements! {
    SET = "update account set totp = $2, totp_step = 0, totp_wrong = 0, totp_until = 0, \
           generation = generation + 1 where id = $1 and machine = 0";
    TRIED = "select totp_step, totp_wrong, totp_until from account where id = $1 and totp = $2";
    TAKEN = "update account set totp_step = $2, totp_wrong = 0, totp_until = 0 where id = $1";
    MISSED = "update account set totp_wrong = $2, totp_until = $3 where id = $1";
}

/// Gives an account codes, or takes them away. What its password opened ends.
#[derive(Clone, Debug)]
pub struct SetTotp {
    /// The account.
    pub account: AccountId,
    /// What the secret is made of; `None` for no codes.
    pub salt: Hidden<Option<Vec<u8>>>,
}

impl Transaction for SetTotp {
    type Output = ();

    /// [`Error::Denied`] for a machine's account.
    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if tx.run(SET, args![self.account, self.salt.0.clone()]).await? == 0 {
            return Err(Error::Denied);
        }
        raise_epoch(tx).await
    }
}

/// A code is tried.
#[derive(Clone, Debug)]
pub struct TryCode {
    /// The account.
    pub account: AccountId,
    /// What the secret was made of by which the code was judged.
    pub salt: Hidden<Vec<u8>>,
    /// The step of which it is the code; `None` when it is of none that counts now.
    pub step: Option<i64>,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

/// What a code was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// It is right, and counts no more from now on.
    Right,
    /// It is wrong, or was used before, or its secret is no longer the account's.
    Wrong,
    /// It was not looked at: too many were wrong. For so many milliseconds more.
    Wait(i64),
}

impl Transaction for TryCode {
    type Output = Tally;

    async fn run(&self, tx: &mut Conn) -> Result<Tally> {
        let tried = tx.one(TRIED, args![self.account, &self.salt.0[..]]).await?;
        let Some((last, wrong, until)): Option<(i64, i64, i64)> = tried else {
            return Ok(Tally::Wrong);
        };
        // A clock that was set back makes nobody wait longer.
        let wait = until - self.at;
        if (1..=PENALTY).contains(&wait) {
            return Ok(Tally::Wait(wait));
        }
        if let Some(step) = self.step.filter(|step| *step > last) {
            tx.run(TAKEN, args![self.account, step]).await?;
            return Ok(Tally::Right);
        }
        let more = wrong + 1 < WRONG;
        let (wrong, until) = if more { (wrong + 1, 0) } else { (0, self.at + PENALTY) };
        tx.run(MISSED, args![self.account, wrong, until]).await?;
        Ok(Tally::Wrong)
    }
}
