//! SSH: how it is spoken, and which channels and requests there are.
//!
//! Knows russh. Must not know what signs somebody in: `signing` does.

use super::channel::{self, Start};
use super::connection::Connection;
use super::signing::{self, Signing};
use russh::keys::{Algorithm, Certificate, EcdsaCurve, HashAlg};
use russh::server::{self, ChannelOpenHandle, Msg, PublicKeyOffer, VerifiedPublicKey};
use russh::{
    Channel, ChannelId, ChannelOpenFailure, Disconnect, MethodSet, Preferred, Pty, SshId, cipher,
    compression, kex, mac,
};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How many channels one connection may have at once, and how many in all: russh 0.65 keeps a few
/// kilobytes of every channel that the server closes first until the connection ends.
const MAX_CHANNELS: usize = 10;
const MAX_CHANNELS_EVER: u32 = 5_000;
/// How often one may be refused on one connection.
const TRIES: usize = 6;
/// How many keys one may be asked to sign with on one connection: no agent has more.
const OFFERS: usize = 20;

/// What SSH is spoken with.
pub(super) fn config(keys: Vec<russh::keys::PrivateKey>, idle: Duration) -> server::Config {
    server::Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-loondossier")),
        methods: signing::methods(),
        auth_rejection_time: Duration::from_secs(1),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys,
        window_size: 8 << 20,
        maximum_packet_size: 65_535,
        // Messages, of up to a packet each, that a channel which takes nothing in may hold.
        channel_buffer_size: 128,
        event_buffer_size: 64,
        preferred: PREFERRED,
        // To russh the question which methods there are is a try as well.
        max_auth_attempts: TRIES + 1,
        // A net below `Rest`: keepalives put it off.
        inactivity_timeout: Some(idle * 3),
        keepalive_interval: Some(Duration::from_secs(30)),
        keepalive_max: 4,
        nodelay: true,
        ..server::Config::default()
    }
}

/// `ext-info-s` and `kex-strict-s` are no algorithms: without them clients do not learn of RSA with
/// SHA-2, and Terrapin (CVE-2023-48795) is open.
const PREFERRED: Preferred = Preferred {
    kex: Cow::Borrowed(&[
        kex::MLKEM768X25519_SHA256,
        kex::CURVE25519,
        kex::CURVE25519_PRE_RFC_8731,
        kex::DH_G16_SHA512,
        kex::DH_G18_SHA512,
        kex::EXTENSION_SUPPORT_AS_SERVER,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ]),
    // Host keys, of which only those that there are get offered; and what users may sign with.
    key: Cow::Borrowed(&[
        Algorithm::Ed25519,
        Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
        Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    ]),
    host_key_certificates: Cow::Borrowed(&[]),
    cipher: Cow::Borrowed(&[
        cipher::AES_256_GCM,
        cipher::AES_128_GCM,
        cipher::CHACHA20_POLY1305,
        cipher::AES_256_CTR,
        cipher::AES_192_CTR,
        cipher::AES_128_CTR,
    ]),
    // The last two are for libssh2 1.10 and older, as Debian 12 has it: it knows nothing better.
    mac: Cow::Borrowed(&[
        mac::HMAC_SHA512_ETM,
        mac::HMAC_SHA256_ETM,
        mac::HMAC_SHA512,
        mac::HMAC_SHA256,
    ]),
    compression: Cow::Borrowed(&[compression::NONE]),
};

/// Answers one client.
#[derive(Debug)]
pub(super) struct Ssh {
    connection: Arc<Connection>,
    signing: Signing,
    /// How often it was refused.
    refused: usize,
    /// How many keys it was asked to sign with.
    offers: usize,
    slots: Arc<Semaphore>,
    opened: u32,
    /// Channels on which something runs or ran.
    begun: HashSet<ChannelId>,
}

impl Ssh {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        let slots = Arc::new(Semaphore::new(MAX_CHANNELS));
        let signing = Signing::new(connection.auth.clone(), connection.origin);
        Self { connection, signing, refused: 0, offers: 0, slots, opened: 0, begun: HashSet::new() }
    }

    /// After the last of its tries nothing is left to a client, and nothing more is looked at.
    const fn is_spent(&self) -> bool {
        self.refused >= TRIES
    }

    /// Counts a refusal. What was right but is not all of it is none.
    fn counted(&mut self, answer: server::Auth) -> server::Auth {
        if !matches!(answer, server::Auth::Reject { partial_success: false, .. }) {
            return answer;
        }
        self.refused += 1;
        if !self.is_spent() {
            return answer;
        }
        let nothing = Some(MethodSet::empty());
        server::Auth::Reject { proceed_with_methods: nothing, partial_success: false }
    }

    /// Answers a request to start something on a channel: once, and only what there is.
    fn begin(
        &mut self,
        channel: ChannelId,
        known: bool,
        ssh: &mut server::Session,
    ) -> Result<(), russh::Error> {
        if known && self.begun.insert(channel) {
            ssh.channel_success(channel)
        } else {
            ssh.channel_failure(channel)
        }
    }
}

impl server::Handler for Ssh {
    type Error = russh::Error;

    async fn auth_none(&mut self, _login: &str) -> Result<server::Auth, Self::Error> {
        Ok(signing::reject())
    }

    async fn auth_password(
        &mut self,
        login: &str,
        password: &str,
    ) -> Result<server::Auth, Self::Error> {
        if self.is_spent() {
            return Ok(self.counted(signing::reject()));
        }
        let answer = self.signing.password(login, password).await;
        Ok(self.counted(answer))
    }

    async fn auth_publickey_offered(
        &mut self,
        login: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<server::Auth, Self::Error> {
        if self.is_spent() {
            return Ok(self.counted(signing::reject()));
        }
        self.offers += 1;
        if self.offers > OFFERS {
            return Ok(self.counted(signing::reject()));
        }
        let answer = self.signing.offered(login, offer).await;
        Ok(self.counted(answer))
    }

    async fn auth_publickey(
        &mut self,
        login: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<server::Auth, Self::Error> {
        if self.is_spent() {
            return Ok(self.counted(signing::reject()));
        }
        let answer = self.signing.public_key(login, key).await;
        Ok(self.counted(answer))
    }

    async fn auth_openssh_certificate(
        &mut self,
        login: &str,
        certificate: &Certificate,
    ) -> Result<server::Auth, Self::Error> {
        if self.is_spent() {
            return Ok(self.counted(signing::reject()));
        }
        let answer = self.signing.certificate(login, certificate).await;
        Ok(self.counted(answer))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        login: &str,
        _submethods: &str,
        response: Option<server::Response<'a>>,
    ) -> Result<server::Auth, Self::Error> {
        if self.is_spent() {
            return Ok(self.counted(signing::reject()));
        }
        // One question, one answer: what else is answered is not looked at.
        let answer = response.map(|mut answers| answers.next().unwrap_or_default());
        let answer = answer.as_deref().map(String::from_utf8_lossy);
        let answer = self.signing.interactive(login, answer.as_deref()).await;
        Ok(self.counted(answer))
    }

    async fn auth_succeeded(&mut self, ssh: &mut server::Session) -> Result<(), Self::Error> {
        let connection = &self.connection;
        let Some(session) = self.signing.finish() else { return Err(russh::Error::Inconsistent) };
        let Some(member) = connection.limits.sign_in(&session.login) else {
            tracing::info!(login = %session.login, "too many sftp connections of one account");
            return ssh.disconnect(Disconnect::TooManyConnections, "too many connections", "");
        };
        drop(connection.stranger.lock().unwrap_or_else(PoisonError::into_inner).take());
        tracing::debug!(login = %session.login, ip = %connection.origin.address, "sftp signed in");
        if connection.member.set((Arc::new(session), member)).is_err() {
            return Err(russh::Error::Inconsistent);
        }
        connection.rest.put_off(Instant::now(), false);
        connection.signed_in.cancel();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        let connection = Arc::clone(&self.connection);
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok();
        let stopping = connection.stop.is_cancelled();
        let (Some((session, _)), Some(slot), false) = (connection.member.get(), slot, stopping)
        else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        self.opened += 1;
        if self.opened > MAX_CHANNELS_EVER {
            return Err(russh::Error::Inconsistent);
        }
        reply.accept().await;
        connection.rest.put_off(Instant::now(), false);
        let session = Arc::clone(session);
        self.connection.channels.spawn(async move {
            channel::run(channel, &connection, session).await;
            drop(slot);
        });
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        self.begun.remove(&channel);
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        self.begin(channel, Start::subsystem(name).is_some(), ssh)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        line: &[u8],
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        self.begin(channel, Start::exec(line).is_some(), ssh)
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        ssh.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        ssh.channel_failure(channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        ssh.channel_failure(channel)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        ssh.channel_failure(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        ssh: &mut server::Session,
    ) -> Result<(), Self::Error> {
        ssh.channel_failure(channel)
    }
}
