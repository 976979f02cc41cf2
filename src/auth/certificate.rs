//! SSH certificates of users: who vouches for whom, for how long, from where.
//!
//! Knows the catalog's authorities. Possession of the key and the authority's signature were verified by
//! the SSH layer; all else that makes a certificate good is judged here.

use super::admin::Admin;
use super::failure::Reason;
use super::key::{self, strong};
use super::offer::Unfit;
use super::sessions::{By, Ground};
use super::{Attempt, Auth, Origin};
use crate::catalog::authorities::{
    self, AddAuthority, Authority, RevokeAuthority, RevokeCertificate, Revoked,
};
use crate::catalog::{PartyId, erasure};
use crate::dossier::{self, Error, login};
use crate::vfs::Session;
use anyhow::{Context, bail, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64_NOPAD;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::encoding::Encode;
use russh::keys::ssh_key::{Algorithm, Certificate, HashAlg};
use std::net::IpAddr;

/// The one critical option that is understood.
const SOURCE_ADDRESS: &str = "source-address";

impl Auth {
    /// Signs in with an SSH certificate, of which the SSH layer has verified the authority's signature and
    /// that the client has the key. One that nobody signed whom the party trusts is as good as a strange
    /// key; why another is refused is logged.
    ///
    /// # Errors
    /// What it is instead.
    pub async fn certificate(
        &self,
        login: &str,
        certificate: &Certificate,
        origin: Origin,
    ) -> Result<Session, Unfit> {
        let attempt = Attempt::new(login, origin);
        let subject = self.subject(&attempt, None).await.map_err(|_| Unfit::Refused)?;
        let subject = subject.ok_or(Unfit::Strange)?;
        let signer = certificate.signature_key().fingerprint(HashAlg::Sha256).to_string();
        let one = Identity::of(certificate).ok_or(Unfit::Strange)?;
        let read = async {
            let mut conn = self.0.db.reader().await?;
            let authority = authorities::by_key(&mut conn, subject.party, &signer).await?;
            let Some(Authority { id, .. }) = authority else { return Ok(None) };
            let good = authorities::vouches(&mut conn, id, subject.account, &one.marks()).await?;
            dossier::Result::Ok(Some((id, good)))
        };
        let (authority, good) = read.await.map_err(|_| Unfit::Refused)?.ok_or(Unfit::Strange)?;
        let (now, address) = (self.0.clock.now(), origin.address);
        let ground = judge(certificate, &attempt.key, address, now).and_then(|until| {
            let by = By::Certificate { authority, one, until };
            Ground::certificate(&subject, by, now)
        });
        let revoked = Reason::Certificate("revoked");
        match ground.and_then(|ground| good.then_some(ground).ok_or(revoked)) {
            Ok(ground) => Ok(self.open(subject, ground, origin)),
            Err(reason) => Err(attempt.refuse(reason)),
        }
    }
}

/// By what one certificate is told from the others of its authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    /// None when it is zero: those that were given none have that.
    serial: u64,
    /// SHA-256 of all that was signed. Of one content there may be several signatures.
    digest: [u8; 32],
}

impl Identity {
    /// `None` for what cannot be written as it was read.
    fn of(certificate: &Certificate) -> Option<Self> {
        let bytes = certificate.to_bytes().ok()?;
        let signature = certificate.signature().encoded_len_prefixed().ok()?;
        let signed = bytes.get(..bytes.len().checked_sub(signature)?)?;
        Some(Self {
            serial: certificate.serial(),
            digest: digest(&SHA256, signed).as_ref().try_into().ok()?,
        })
    }

    /// As they stand among what was revoked.
    pub(super) fn marks(&self) -> [String; 2] {
        [by_serial(self.serial), self.mark()]
    }

    /// Its own alone.
    fn mark(&self) -> String {
        format!("SHA256:{}", BASE64_NOPAD.encode(&self.digest))
    }
}

fn by_serial(serial: u64) -> String {
    format!("serial {serial}")
}

/// Until when a certificate of a trusted authority is good for this login, from there, in Unix
/// milliseconds.
///
/// # Errors
/// Why it is not.
fn judge(certificate: &Certificate, login: &str, address: IpAddr, now: i64) -> Result<i64, Reason> {
    if certificate.cert_type() != CertType::User {
        return Err(Reason::Certificate("type"));
    }
    let sha1 = matches!(certificate.signature().algorithm(), Algorithm::Rsa { hash: None });
    if sha1 || strong(certificate.public_key()).is_err() {
        return Err(Reason::Certificate("weak"));
    }
    // Without principals OpenSSH means everybody: nobody signs that by intent.
    if !certificate.valid_principals().iter().any(|name| login::key(name) == login) {
        return Err(Reason::Certificate("principals"));
    }
    let ms = |seconds: u64| i64::try_from(seconds).ok().and_then(|s| s.checked_mul(1000));
    // What is not known to be lost is not revoked: one without an end would never end.
    let until = ms(certificate.valid_before()).ok_or(Reason::Certificate("endless"))?;
    if ms(certificate.valid_after()).is_none_or(|from| from > now) {
        return Err(Reason::Certificate("early"));
    }
    if until <= now {
        return Err(Reason::Expired);
    }
    for (option, value) in certificate.critical_options().iter() {
        if option != SOURCE_ADDRESS {
            return Err(Reason::Certificate("option"));
        }
        let from: Vec<String> = value.split(',').map(str::to_owned).collect();
        let networks = key::networks(&from).map_err(|_| Reason::Certificate("option"))?;
        if !key::admits(&networks, address) {
            return Err(Reason::Network);
        }
    }
    Ok(until)
}

impl Admin {
    /// Trusts a key, from the text of its `.pub` file, to sign certificates for the accounts of a party;
    /// gives its fingerprint.
    ///
    /// # Errors
    /// An unknown party, a key that is not taken or that the party trusts already.
    pub async fn add_authority(&self, party: &str, public_key: &str) -> anyhow::Result<String> {
        let id = self.party(party).await?;
        let key = key::accept(public_key)?;
        let (fingerprint, at) = (key.fingerprint.clone(), self.clock.now());
        let add = AddAuthority {
            party: id,
            fingerprint: key.fingerprint,
            public_key: key.text,
            name: key.comment,
            at,
        };
        match self.db.write(add).await {
            Err(Error::Exists) => bail!("{party} trusts the key {fingerprint} already"),
            added => added.map(|()| fingerprint).map_err(Into::into),
        }
    }

    /// The authorities that a party trusts.
    ///
    /// # Errors
    /// An unknown party.
    pub async fn authorities(&self, party: &str) -> anyhow::Result<Vec<Authority>> {
        let party = self.party(party).await?;
        Ok(authorities::live(&mut self.db.reader().await?, party).await?)
    }

    /// Trusts a key no more, by its fingerprint, with or without `SHA256:`. What its certificates opened
    /// ends.
    ///
    /// # Errors
    /// An unknown party, or a key that it does not trust.
    pub async fn revoke_authority(&self, party: &str, fingerprint: &str) -> anyhow::Result<()> {
        let authority = self.authority(party, fingerprint).await?;
        let (authority, at) = (authority.id, self.clock.now());
        let party = self.party(party).await?;
        Ok(self.db.write(RevokeAuthority { party, authority, at }).await?)
    }

    /// The certificates of a party's authorities that are worth nothing.
    ///
    /// # Errors
    /// An unknown party.
    pub async fn revoked_certificates(&self, party: &str) -> anyhow::Result<Vec<Revoked>> {
        let party = self.party(party).await?;
        Ok(authorities::revoked(&mut self.db.reader().await?, party).await?)
    }

    /// Takes what a key signed under a serial number for worth nothing, while the key is trusted on. What it
    /// opened ends.
    ///
    /// # Errors
    /// As [`Admin::revoke_authority`]; a serial number of zero.
    pub async fn revoke_serial(
        &self,
        party: &str,
        fingerprint: &str,
        serial: u64,
    ) -> anyhow::Result<()> {
        ensure!(
            serial != 0,
            "0 is the number of all certificates that were given none: name its file with --certificate"
        );
        let signer = self.authority(party, fingerprint).await?.fingerprint;
        self.revoke_one(party, signer, by_serial(serial)).await
    }

    /// Takes one certificate for worth nothing, from the text of its `-cert.pub` file. What it opened ends.
    ///
    /// # Errors
    /// An unknown party, a text that is no certificate, one that nobody signed whom the party trusts.
    pub async fn revoke_certificate(&self, party: &str, text: &str) -> anyhow::Result<()> {
        let certificate = Certificate::from_openssh(text.trim())
            .context("it is no OpenSSH certificate: give the -cert.pub file")?;
        certificate.verify_signature().context("its signature is not right")?;
        let signer = certificate.signature_key().fingerprint(HashAlg::Sha256).to_string();
        let signer = self.authority(party, &signer).await?.fingerprint;
        let one = Identity::of(&certificate).context("it cannot be read")?;
        self.revoke_one(party, signer, one.mark()).await
    }

    async fn revoke_one(&self, party: &str, signer: String, mark: String) -> anyhow::Result<()> {
        let (party, at) = (self.party(party).await?, self.clock.now());
        Ok(self.db.write(RevokeCertificate { party, signer, mark, at }).await?)
    }

    /// A key that a party trusts, by its fingerprint, with or without `SHA256:`.
    async fn authority(&self, party: &str, fingerprint: &str) -> anyhow::Result<Authority> {
        let bare = |text: &str| text.trim_start_matches("SHA256:").to_owned();
        let mut all = self.authorities(party).await?;
        all.retain(|a| bare(&a.fingerprint) == bare(fingerprint));
        all.pop().with_context(|| {
            format!("{party} trusts no key {fingerprint}: `ca list {party}` shows which it does")
        })
    }

    /// The party of an id in the roster.
    async fn party(&self, party: &str) -> anyhow::Result<PartyId> {
        let mut found = erasure::find(&mut self.db.reader().await?, party).await?;
        found.retain(|candidate| candidate.erased.is_none());
        ensure!(
            found.len() < 2,
            "several parties are called {party}: write person/{party}, or employer/{party}"
        );
        let one = found.pop().with_context(|| {
            format!("there is no party {party}: a person's id is its first login, else LHN/number")
        })?;
        Ok(one.id)
    }
}
