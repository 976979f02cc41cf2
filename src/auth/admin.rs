//! What an operator does with accounts. Every error says what to do.
//!
//! Knows the catalog's accounts and credentials. Must not know how it is asked or printed: the command
//! line does.

use super::app_password::{self, AppPassword};
use super::key;
use super::password::{self, LONGEST, SHORTEST};
use crate::catalog::accounts::{self, Account, Hidden, SetPassword, Subject, Suspend};
use crate::catalog::credentials::{self, AddCredential, Credential, CredentialKind, Revoke};
use crate::catalog::{AccountId, Conn, Db, PartyId, Transaction};
use crate::clock::Clock;
use crate::dossier::{Error, Language, Scope};
use crate::vfs::{SignIn, note_sign_in};
use anyhow::{Context, bail, ensure};
use aws_lc_rs::hmac;

/// Manages accounts and credentials, also while the dossier is served by another process.
#[derive(Clone, Debug)]
pub struct Admin {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) pepper: Hidden<[u8; 32]>,
}

/// A new password, which the log of its party tells.
struct NewPassword {
    set: SetPassword,
    at: i64,
    party: PartyId,
    language: Language,
}

impl Transaction for NewPassword {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<(), Error> {
        self.set.run(tx).await?;
        let note = (self.at, SignIn::Password);
        note_sign_in(tx, note, self.set.account, self.party, self.language).await
    }
}

/// An app password that was just made: the only time that it is shown.
#[derive(Clone, Debug)]
pub struct NewAppPassword {
    /// By what it can be revoked.
    pub id: String,
    /// What to type in on the device.
    pub secret: Hidden<String>,
}

impl Admin {
    /// `pepper` is the same as that of [`super::Auth::new`].
    pub const fn new(db: Db, clock: Clock, pepper: [u8; 32]) -> Self {
        Self { db, clock, pepper: Hidden(pepper) }
    }

    /// Every account, by login.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(&self) -> anyhow::Result<Vec<Account>> {
        Ok(accounts::list(&mut self.db.reader().await?).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// An unknown login, with the known one that is most like it.
    pub async fn show(&self, login: &str) -> anyhow::Result<Account> {
        let found = accounts::find(&mut self.db.reader().await?, login).await?;
        if let Some(account) = found {
            return Ok(account);
        }
        let all = self.list().await?;
        let kin = nearest(login, all.iter().map(|a| a.login.as_str()));
        bail!("there is no account {login:?}{}", kin.map_or(String::new(), |k| format!("; {k:?}?")))
    }

    /// Sets a password, and so activates the account. Ends the sessions that the old one opened.
    ///
    /// # Errors
    /// An unknown login, a machine's account, a password that is not taken.
    pub async fn set_password(&self, login: &str, password: &str) -> anyhow::Result<()> {
        let account = self.show(login).await?;
        ensure!(
            account.machine == 0,
            "{login} is a machine's account and has no password: give it a key (`key add`) or an \
             app password (`app-password add`)"
        );
        let password = acceptable(&account.login, password)?;
        let pepper = self.pepper.clone();
        let hash = tokio::task::spawn_blocking(move || password::hash(&pepper, &password));
        let phc = Hidden(hash.await??);
        let subject = accounts::subject(&mut self.db.reader().await?, login, None).await?;
        let Subject { party, language, .. } = subject.context("the account is gone")?;
        let set = SetPassword { account: account.id, phc };
        Ok(self.db.write(NewPassword { set, at: self.clock.now(), party, language }).await?)
    }

    /// Suspends an account: its sessions end, its files stay. Whether that changed anything.
    ///
    /// # Errors
    /// An unknown login.
    pub async fn suspend(&self, login: &str) -> anyhow::Result<bool> {
        let account = self.show(login).await?.id;
        Ok(self.db.write(Suspend { account, at: Some(self.clock.now()) }).await?)
    }

    /// Lets a suspended account in again. Whether that changed anything.
    ///
    /// # Errors
    /// An unknown login.
    pub async fn resume(&self, login: &str) -> anyhow::Result<bool> {
        let account = self.show(login).await?.id;
        Ok(self.db.write(Suspend { account, at: None }).await?)
    }

    /// Adds an SSH key from the text of its `.pub` file; gives its fingerprint. Without a scope it reaches
    /// as far as its account, whenever that changes. `from` are CIDRs, none for everywhere; `expires` is
    /// in Unix milliseconds.
    ///
    /// # Errors
    /// An unknown login, a key, scope, network or time that is not taken, a key that the account has.
    pub async fn add_key(
        &self,
        login: &str,
        public_key: &str,
        scope: Option<Scope>,
        from: &[String],
        expires: Option<i64>,
    ) -> anyhow::Result<String> {
        let account = self.show(login).await?;
        let key = key::accept(public_key)?;
        let at = self.clock.now();
        ensure!(expires.is_none_or(|e| e > at), "a key that has expired already opens nothing");
        let add = AddCredential {
            account: account.id,
            kind: CredentialKind::Key,
            name: key.comment,
            selector: key.fingerprint.clone(),
            secret: Hidden(None),
            public_key: Some(key.text),
            scope: within(scope, &account)?,
            networks: key::networks(from)?,
            expires,
            at,
        };
        match self.db.write(add).await {
            Err(Error::Exists) => bail!(
                "{login} has the key {} already: revoke it first to add it anew",
                key.fingerprint
            ),
            added => added.map(|_| key.fingerprint).map_err(Into::into),
        }
    }

    /// The keys of an account that were not revoked.
    ///
    /// # Errors
    /// An unknown login.
    pub async fn keys(&self, login: &str) -> anyhow::Result<Vec<Credential>> {
        self.credentials(&self.show(login).await?, CredentialKind::Key).await
    }

    /// Revokes a key by its fingerprint, with or without `SHA256:`. Its sessions end.
    ///
    /// # Errors
    /// An unknown login, or a key that it does not have.
    pub async fn revoke_key(&self, login: &str, fingerprint: &str) -> anyhow::Result<()> {
        let account = self.show(login).await?;
        let bare = |text: &str| text.trim_start_matches("SHA256:").to_owned();
        let all = self.credentials(&account, CredentialKind::Key).await?;
        let key = all.iter().find(|k| bare(&k.selector) == bare(fingerprint));
        let key = key.with_context(|| {
            format!("{login} has no key {fingerprint}: `key list {login}` shows what it has")
        })?;
        self.revoke(account.id, key).await
    }

    /// Makes an app password for a device; its scope is as that of a key.
    ///
    /// # Errors
    /// An unknown login, a scope that is not taken, a name that is in use.
    pub async fn add_app_password(
        &self,
        login: &str,
        name: &str,
        scope: Option<Scope>,
    ) -> anyhow::Result<NewAppPassword> {
        let account = self.show(login).await?;
        let good = !name.trim().is_empty() && name.len() <= 64 && !name.contains(char::is_control);
        ensure!(good, "name the device in 1 to 64 plain characters");
        let text = app_password::make()?;
        let made = AppPassword::parse(&text).context("an app password has another form")?;
        let sealed = made.sealed(&hmac::Key::new(hmac::HMAC_SHA256, &self.pepper.0));
        let add = AddCredential {
            account: account.id,
            kind: CredentialKind::AppPassword,
            name: name.to_owned(),
            selector: made.id.to_owned(),
            secret: Hidden(Some(sealed)),
            public_key: None,
            scope: within(scope, &account)?,
            networks: String::new(),
            expires: None,
            at: self.clock.now(),
        };
        match self.db.write(add).await {
            Err(Error::Exists) => {
                bail!("{login} has an app password named {name:?} already: choose another name")
            }
            Err(other) => Err(other.into()),
            Ok(_) => Ok(NewAppPassword { id: made.id.to_owned(), secret: Hidden(text) }),
        }
    }

    /// The app passwords of an account that were not revoked.
    ///
    /// # Errors
    /// An unknown login.
    pub async fn app_passwords(&self, login: &str) -> anyhow::Result<Vec<Credential>> {
        self.credentials(&self.show(login).await?, CredentialKind::AppPassword).await
    }

    /// Revokes an app password by its id or name. Its sessions end.
    ///
    /// # Errors
    /// An unknown login, or an app password that it does not have.
    pub async fn revoke_app_password(&self, login: &str, which: &str) -> anyhow::Result<()> {
        let account = self.show(login).await?;
        let all = self.credentials(&account, CredentialKind::AppPassword).await?;
        let found = all.iter().find(|c| c.selector == which);
        let found = found.or_else(|| all.iter().find(|c| c.name == which)).with_context(|| {
            format!(
                "{login} has no app password {which:?}: `app-password list {login}` shows what it has"
            )
        })?;
        self.revoke(account.id, found).await
    }

    /// Each with what it reaches now.
    async fn credentials(
        &self,
        account: &Account,
        kind: CredentialKind,
    ) -> anyhow::Result<Vec<Credential>> {
        let whole = scope(&account.scope)?;
        let mut all = credentials::live(&mut self.db.reader().await?, account.id, kind).await?;
        for credential in &mut all {
            credential.scope = scope(&credential.scope)?.within(whole).to_string();
        }
        Ok(all)
    }

    async fn revoke(&self, account: AccountId, credential: &Credential) -> anyhow::Result<()> {
        let revoke = Revoke { account, credential: credential.id, at: self.clock.now() };
        Ok(self.db.write(revoke).await?)
    }
}

/// A password as it is hashed.
fn acceptable(login: &str, password: &str) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let normal = password::normal(password)
        .with_context(|| format!("a password has at most {LONGEST} bytes: choose a shorter one"))?;
    ensure!(
        normal.chars().count() >= SHORTEST,
        "a password has at least {SHORTEST} characters: choose a longer one"
    );
    ensure!(normal.to_lowercase() != login, "a password is not the login itself: choose another");
    ensure!(
        AppPassword::parse(&normal).is_none(),
        "this looks like an app password: choose another"
    );
    Ok(normal)
}

/// A scope, as the database has it.
fn scope(text: &str) -> anyhow::Result<Scope> {
    Ok(text.parse().map_err(|_| Error::Unavailable)?)
}

/// The scope of a credential, refused when the account does not reach so far.
fn within(said: Option<Scope>, account: &Account) -> anyhow::Result<Scope> {
    let Some(said) = said else { return Ok(Scope::FULL) };
    let whole = scope(&account.scope)?;
    ensure!(
        said.within(whole) == said,
        "{} is a machine's account and reaches no further than {whole}: {said} is not in it",
        account.login
    );
    Ok(said)
}

/// The text that is most like another, when one is.
fn nearest<'a>(text: &str, of: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = of.map(|one| (strsim::jaro_winkler(text, one), one));
    let best = rated.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_too_long() {
        for good in ["correct horse", &"\u{e9}".repeat(64), &"x".repeat(128)] {
            assert!(acceptable("petra", good).is_ok(), "{good}");
        }
        let app = app_password::make().unwrap();
        for bad in ["", "eleven char", &"x".repeat(129), "Administratie", &app] {
            assert!(acceptable("administratie", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_login_is_told_its_nearest_kin() {
        let logins = ["petra", "jansen", "devries"];
        assert_eq!(nearest("petar", logins.into_iter()), Some("petra"));
        assert_eq!(nearest("zzz", logins.into_iter()), None);
    }
}
