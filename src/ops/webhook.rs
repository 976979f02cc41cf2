//! Letters by webhook: signed JSON to one address.

use super::notices::{Courier, Outcome};
use crate::vfs::{Channel, Letter};
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// When it was sent, in Unix seconds.
const TIMESTAMP: &str = "Loondossier-Timestamp";
/// HMAC-SHA-256 over that, a full stop and the body, in hex.
const SIGNATURE: &str = "Loondossier-Signature";

/// Takes letters to an address.
pub struct Webhook {
    url: String,
    secret: hmac::Key,
    client: reqwest::Client,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// What is said about a letter.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    at: String,
    kind: &'static str,
    party: &'a str,
    language: &'static str,
    counts: BTreeMap<&'static str, u64>,
}

impl<'a> Body<'a> {
    fn of(letter: &'a Letter) -> Self {
        let at = jiff::Timestamp::from_millisecond(letter.until).unwrap_or_default();
        let counts = letter.digest.counts();
        Self {
            id: &letter.id,
            at: format!("{at:.3}"),
            kind: letter.kind.as_str(),
            party: &letter.party,
            language: letter.language.as_str(),
            counts: counts.map(|(notice, count)| (notice.as_str(), count)).collect(),
        }
    }
}

impl Webhook {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The system has no certificates to trust.
    pub fn new(url: String, secret: &[u8]) -> anyhow::Result<Self> {
        // A redirect would be followed to somebody that the operator did not name.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE);
        // Without TLS it is this machine, and no proxy sees it.
        let here = url.starts_with("http:");
        let client = if here { client.no_proxy() } else { client }.build()?;
        Ok(Self { url, secret: hmac::Key::new(hmac::HMAC_SHA256, secret), client })
    }

    fn signed(&self, timestamp: i64, body: &str) -> String {
        let signed = format!("{timestamp}.{body}");
        HEXLOWER.encode(hmac::sign(&self.secret, signed.as_bytes()).as_ref())
    }
}

impl Courier for Webhook {
    const CHANNEL: Channel = Channel::Webhook;

    async fn take(&mut self, letter: &Letter) -> Outcome {
        let Ok(body) = serde_json::to_string(&Body::of(letter)) else { return Outcome::Refused };
        let timestamp = letter.now / 1_000;
        let request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, self.signed(timestamp, &body));
        match request.body(body).send().await {
            Ok(answer) if answer.status().is_success() => return Outcome::Arrived,
            Ok(answer) => {
                let status = answer.status().as_u16();
                tracing::warn!(status, "the webhook was not taken: it is tried again later");
                // Whether this one is not taken, or nobody's is.
                let nobodys = matches!(status, 401 | 403 | 404 | 429 | 502..=504);
                return if nobodys { Outcome::Down } else { Outcome::Later };
            }
            Err(error) => {
                let cause = anyhow::Error::from(error.without_url());
                tracing::warn!(
                    cause = format!("{cause:#}"),
                    "the webhook does not answer: it is tried again later"
                );
            }
        }
        Outcome::Down
    }

    async fn rest(&mut self) {}
}
