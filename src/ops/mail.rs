//! Letters by mail: one message to one receiver at a time, over a connection that stays for a round.
//!
//! The commands are said one by one, because it matters which of them is refused: a receiver that the server
//! does not take is dropped, a server that does not take us is tried again.

use super::notices::{Courier, Outcome};
use crate::vfs::{Channel, Letter};
use anyhow::Context;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::{Address, address::Envelope};
use std::fmt;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// How long the server may take for what comes before a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take over a message (RFC 5321 section 4.5.3.2.6): it looks into it before it says yes, and what
/// is sent again for want of an answer may come twice.
const LONG_PATIENCE: Duration = Duration::from_mins(10);

/// How long a farewell may.
const FAREWELL: Duration = Duration::from_secs(5);

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From its beginning.
    Tls,
    /// Once both have said so; not at all is no connection.
    Starttls,
    /// It is not.
    Off,
}

/// The mail server, and what is said to it.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address, and its port.
    pub at: (String, u16),
    /// How it is spoken to.
    pub security: Security,
    /// A user of it and the password, where it wants one.
    pub user: Option<(String, String)>,
    /// From whom letters are.
    pub from: String,
    /// The name that we say is ours.
    pub host: String,
    /// Where the dossier is.
    pub address: String,
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("at", &self.at).finish_non_exhaustive()
    }
}

/// Takes letters to a mail server.
pub struct Mailer {
    server: MailServer,
    from: Mailbox,
    tls: Option<TlsParameters>,
    open: Option<AsyncSmtpConnection>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Mailer {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The sender is no address, or the system has no certificates to trust.
    pub fn new(server: MailServer) -> anyhow::Result<Self> {
        let from =
            server.from.parse().with_context(|| format!("{:?} is no sender", server.from))?;
        let tls = match server.security {
            Security::Off => None,
            Security::Tls | Security::Starttls => Some(TlsParameters::new(server.at.0.clone())?),
        };
        Ok(Self { server, from, tls, open: None })
    }

    /// Whether the server answers, and takes us for who we say that we are.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> anyhow::Result<()> {
        let connected = timeout(PATIENCE, self.connect()).await.context("it takes too long")?;
        drop(connected?.quit().await);
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let MailServer { at, security, user, host, .. } = &self.server;
        let hello = ClientId::Domain(host.clone());
        let at_once = self.tls.clone().filter(|_| *security == Security::Tls);
        let at = (at.0.as_str(), at.1);
        let mut open =
            AsyncSmtpConnection::connect_tokio1(at, Some(PATIENCE), &hello, at_once, None).await?;
        if let Some(tls) = self.tls.clone().filter(|_| *security == Security::Starttls) {
            open.starttls(tls, &hello).await?;
        }
        if let Some((user, password)) = user {
            let credentials = Credentials::new(user.clone(), password.clone());
            open.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(open)
    }

    fn message(&self, letter: &Letter, to: Address) -> anyhow::Result<Message> {
        let Letter { id, language, digest, .. } = letter;
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(letter.now.unsigned_abs());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .subject(digest.subject(*language))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(digest.text(*language, &self.server.address))?;
        Ok(message)
    }

    /// Sends a message over what is open; a connection that broke is open no more.
    async fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Outcome {
        let before = async {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.connect().await.map_err(|error| (down(&error), None))?,
            };
            match announce(&mut open, envelope).await {
                None => Ok(open),
                Some(outcome) => Err((outcome, Some(open))),
            }
        };
        let (outcome, mut open) = match timeout(PATIENCE, before).await {
            Ok(Ok(mut open)) => match timeout(LONG_PATIENCE, open.message(message)).await {
                Ok(Ok(_)) => (Outcome::Arrived, open),
                Ok(Err(error)) => (not_taken(&error), open),
                Err(_) => return slow(),
            },
            Ok(Err((outcome, Some(open)))) => (outcome, open),
            Ok(Err((outcome, None))) => return outcome,
            Err(_) => return slow(),
        };
        let stays = match outcome {
            Outcome::Arrived => true,
            Outcome::Refused | Outcome::Later => open.command(Rset).await.is_ok(),
            Outcome::Down => false,
        };
        self.open = Some(open).filter(|_| stays);
        outcome
    }
}

impl Courier for Mailer {
    const CHANNEL: Channel = Channel::Mail;

    async fn take(&mut self, letter: &Letter) -> Outcome {
        let message = letter.email.parse().map_err(anyhow::Error::from);
        let Ok(message) = message.and_then(|to| self.message(letter, to)) else {
            tracing::warn!("an account's mail address is none: it is told nothing");
            return Outcome::Refused;
        };
        let (envelope, text) = (message.envelope().clone(), message.formatted());
        self.send(&envelope, &text).await
    }

    async fn rest(&mut self) {
        if let Some(mut open) = self.open.take() {
            drop(timeout(FAREWELL, open.quit()).await);
        }
    }
}

/// Says from whom a message comes and to whom it goes; what becomes of it when it is not to be sent.
async fn announce(open: &mut AsyncSmtpConnection, envelope: &Envelope) -> Option<Outcome> {
    let mut options = Vec::new();
    let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.to().iter().chain(envelope.from()).all(ascii) {
        if !open.server_info().supports_feature(Extension::SmtpUtfEight) {
            tracing::warn!("the mail server takes no address beyond ASCII: it is told nothing");
            return Some(Outcome::Refused);
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if let Err(error) = open.command(Mail::new(envelope.from().cloned(), options)).await {
        return Some(down(&error));
    }
    for to in envelope.to() {
        if let Err(error) = open.command(Rcpt::new(to.clone(), Vec::new())).await {
            return Some(refused(&error));
        }
    }
    open.command(Data).await.err().map(|error| not_taken(&error))
}

/// A receiver was not taken: for good only when it is the receiver that is wrong, and not what the server thinks
/// of us (RFC 3463: 5.7 is its policy).
fn refused(error: &Error) -> Outcome {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    let wrong = matches!(code.as_str(), "550" | "551" | "553");
    if !wrong || error.to_string().contains("5.7.") {
        return not_taken(error);
    }
    tracing::warn!(code, "the mail server refuses a receiver: it is not told this");
    Outcome::Refused
}

fn slow() -> Outcome {
    tracing::warn!("the mail server takes too long: mail is tried again later");
    Outcome::Down
}

/// This message was not taken. What the server says may name its receiver, so only its code is logged.
fn not_taken(error: &Error) -> Outcome {
    let Some(code) = error.status().map(|code| code.to_string()) else { return down(error) };
    tracing::warn!(code, "the mail server does not take a message now: it is sent again later");
    Outcome::Later
}

/// The server is not there, or does not take us.
fn down(error: &Error) -> Outcome {
    let cause = match error.status() {
        Some(code) => format!("it answers {code}"),
        // What it said instead may be anything.
        None if error.is_response() => "its answer is not SMTP".to_owned(),
        None => error.to_string(),
    };
    tracing::warn!(cause, "the mail server does not serve us: mail is tried again later");
    Outcome::Down
}

/// A machine wrote it, so that no machine answers (RFC 3834).
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
