//! The files that the certificate is in: read at the start, and followed while it is served.

use super::needed::read_key;
use crate::net::Certificate;
use crate::ops::Reloads;
use anyhow::{Context, Result};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use std::path::PathBuf;
use std::time::Duration;

/// How often the files are looked at.
pub(super) const LOOK: Duration = Duration::from_secs(30);

/// A chain and its key, PEM.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
}

/// What is served, and what it was read from.
#[derive(Debug)]
pub(super) struct Followed {
    files: Files,
    pub(super) served: Certificate,
    /// What was in the files when they were last looked at, to know it again.
    seen: String,
}

type Pair = Result<(Vec<u8>, Vec<u8>)>;

impl Files {
    /// The certificate that is in them.
    pub(super) fn open(self) -> Result<Followed> {
        let pair = self.read();
        let seen = known(&pair);
        let (cert, key) = pair?;
        Ok(Followed { served: Certificate::new(&cert, &key)?, seen, files: self })
    }

    fn read(&self) -> Pair {
        let cert = std::fs::read(&self.cert)
            .with_context(|| format!("{} cannot be read", self.cert.display()))?;
        Ok((cert, read_key(&self.key)?))
    }
}

impl Followed {
    /// Serves what the files hold from then on, each time that it has changed; looks every so often, and
    /// when the process is asked to. What does not fit is told once, and what is served stays: a renewal
    /// writes one file after the other.
    pub(super) async fn follow(mut self, mut reloads: Reloads, every: Duration) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = reloads.asked() => {}
            }
            let files = self.files.clone();
            let Ok(pair) = tokio::task::spawn_blocking(move || files.read()).await else { return };
            let seen = known(&pair);
            if seen == std::mem::replace(&mut self.seen, seen.clone()) {
                continue;
            }
            match pair.and_then(|(cert, key)| self.served.replace(&cert, &key)) {
                Ok(()) => {
                    let fingerprint = self.served.fingerprint();
                    tracing::info!(fingerprint, "the certificate was renewed");
                }
                Err(cause) => {
                    let cause = format!("{cause:#}");
                    tracing::warn!(cause, "the new certificate does not fit: the one before stays");
                }
            }
        }
    }
}

fn known(pair: &Pair) -> String {
    match pair {
        Ok((cert, key)) => {
            [cert, key].map(|pem| HEXLOWER.encode(digest(&SHA256, pem.as_ref()).as_ref())).concat()
        }
        Err(cause) => format!("{cause:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::self_signed;
    use std::os::unix::fs::PermissionsExt;
    use tokio::time::{sleep, timeout};

    #[tokio::test]
    async fn what_is_in_the_files_is_served_soon_after_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
        let renew = || {
            let (chain, private) = self_signed(&["localhost".to_owned()]).unwrap();
            std::fs::write(&cert, chain).unwrap();
            std::fs::write(&key, private).unwrap();
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        };
        renew();
        let followed = Files { cert: cert.clone(), key: key.clone() }.open().unwrap();
        let (served, first) = (followed.served.clone(), followed.served.fingerprint());
        let every = Duration::from_millis(5);
        let following = tokio::spawn(followed.follow(Reloads::listen().unwrap(), every));
        sleep(every * 4).await;
        assert_eq!(served.fingerprint(), first);
        renew();
        let renewed = async {
            while served.fingerprint() == first {
                sleep(every).await;
            }
        };
        timeout(Duration::from_secs(30), renewed).await.unwrap();
        following.abort();
    }
}
