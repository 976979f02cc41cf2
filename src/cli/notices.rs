//! Mail and webhook, as the configuration says.

use super::needed::read_key;
use crate::config::{Config, MailTls};
use crate::ops::{self, MailServer, Mailer, Security, Webhook};
use crate::vfs::Vfs;
use anyhow::{Context, Result, ensure};
use std::future::Future;
use std::pin::Pin;
use tokio_util::sync::CancellationToken;

/// What signs a webhook is no shorter, in bytes.
const SHORTEST: usize = 16;

/// Tells, until it is told to stop.
type Telling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the configuration says is told, each by a future of its own.
pub(super) fn telling(
    config: &Config,
    vfs: &Vfs,
    stop: &CancellationToken,
) -> Result<Vec<Telling>> {
    let mut all: Vec<Telling> = Vec::new();
    if let Some(mailer) = mailer(config)? {
        let quiet = config.mail.quiet.0;
        all.push(Box::pin(ops::tell(vfs.clone(), quiet, mailer, stop.clone())));
    }
    if let Some(webhook) = webhook(config)? {
        let quiet = config.webhook.quiet.0;
        all.push(Box::pin(ops::tell(vfs.clone(), quiet, webhook, stop.clone())));
    }
    Ok(all)
}

/// Who mails; `None` when nobody does.
pub(super) fn mailer(config: &Config) -> Result<Option<Mailer>> {
    let mail = &config.mail;
    let Some(at) = mail.at().filter(|_| !mail.server.is_empty()) else { return Ok(None) };
    let user = if mail.user.is_empty() {
        None
    } else {
        Some((mail.user.clone(), text(&read_key(&mail.password_file)?)?))
    };
    let server = MailServer {
        at,
        security: match mail.tls {
            MailTls::Tls => Security::Tls,
            MailTls::Starttls => Security::Starttls,
            MailTls::Off => Security::Off,
        },
        user,
        from: mail.from.clone(),
        host: config.public_host().unwrap_or_default(),
        address: config.public_url.clone(),
    };
    Mailer::new(server).map(Some)
}

/// Who tells a program; `None` when nobody does.
pub(super) fn webhook(config: &Config) -> Result<Option<Webhook>> {
    let webhook = &config.webhook;
    if webhook.url.is_empty() {
        return Ok(None);
    }
    let secret = text(&read_key(&webhook.secret_file)?)?;
    ensure!(
        secret.len() >= SHORTEST,
        "{} holds less than {SHORTEST} bytes: anybody could guess it",
        webhook.secret_file.display()
    );
    Webhook::new(webhook.url.clone(), secret.as_bytes()).map(Some)
}

/// What a file holds, without the end of its line.
fn text(bytes: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(bytes).context("a password or secret is not UTF-8")?;
    Ok(text.trim_end().to_owned())
}
