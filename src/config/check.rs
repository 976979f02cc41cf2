//! What makes a configuration wrong that has the right form: every refusal in one place.

use super::{Config, Service, Tls, TlsWord};

/// A key, and a sentence on what is wrong with it and what to do.
pub(super) type Fault = (&'static str, String);

impl Config {
    /// The first thing that is wrong.
    pub(super) fn fault(&self) -> Option<Fault> {
        let checks = [url, database, tls, s3, mail, numbers];
        checks.iter().find_map(|check| check(self))
    }
}

fn url(config: &Config) -> Option<Fault> {
    let web = ["https://", "http://"].iter().any(|s| config.public_url.starts_with(s));
    let good = web && config.public_host().is_some_and(|host| !host.is_empty());
    (!good)
        .then(|| ("public_url", "is not an address like \"https://dossier.example.nl\"".to_owned()))
}

fn database(config: &Config) -> Option<Fault> {
    if !config.database.url_file.as_os_str().is_empty() {
        return None;
    }
    let url = &config.database.url.0;
    let good = url == "sqlite" || is_postgres(url);
    (!good).then(|| ("database.url", "is neither \"sqlite\" nor \"postgres://...\"".to_owned()))
}

fn tls(config: &Config) -> Option<Fault> {
    let off = config.dav.tls == Tls::Word(TlsWord::Off);
    let open = !config.dav.listen.ip().is_loopback() && config.trusted_proxies.is_empty();
    (off && open).then(|| {
        let text = "\"off\" would send passwords readable over the network: use \
                    \"self-signed\" or a certificate, let `dav.listen` be on 127.0.0.1, or \
                    name the proxy that has the certificate in `trusted_proxies`";
        ("dav.tls", text.to_owned())
    })
}

fn s3(config: &Config) -> Option<Fault> {
    let s3 = &config.blobs;
    if s3.service == Service::Fs {
        return None;
    }
    let needed = [
        ("blobs.bucket", s3.bucket.is_empty()),
        ("blobs.endpoint", s3.endpoint.is_empty()),
        ("blobs.region", s3.region.is_empty()),
        ("blobs.access_key_id", s3.access_key_id.is_empty()),
        (
            "blobs.secret_access_key_file",
            s3.secret_access_key.0.is_empty() && s3.secret_access_key_file.as_os_str().is_empty(),
        ),
    ];
    let missing = needed.into_iter().find(|(_, empty)| *empty)?;
    Some((missing.0, "is empty, and `blobs.service = \"s3\"` needs it".to_owned()))
}

fn mail(config: &Config) -> Option<Fault> {
    let off = config.mail.server.is_empty();
    let text = "is set, but nothing is mailed yet: leave it empty, and tell people yourself";
    (!off).then(|| ("mail.server", text.to_owned()))
}

fn numbers(config: &Config) -> Option<Fault> {
    let limits = &config.limits;
    let least_one = [
        ("retention.backups.days", config.retention.backups.days),
        ("retention.files.days", config.retention.files.days),
        ("limits.dav_connections_per_source", limits.dav_connections_per_source),
        ("limits.sftp_unauthenticated", limits.sftp_unauthenticated),
        ("limits.sftp_unauthenticated_per_source", limits.sftp_unauthenticated_per_source),
        ("limits.sftp_connections_per_account", limits.sftp_connections_per_account),
    ];
    let zero = least_one.into_iter().find(|(_, number)| *number == 0)?;
    Some((zero.0, "must be at least 1".to_owned()))
}

/// Whether a URL is PostgreSQL's.
fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(change: impl FnOnce(&mut Config)) -> Option<&'static str> {
        let mut config = Config::default();
        change(&mut config);
        config.fault().map(|(key, _)| key)
    }

    #[test]
    fn the_defaults_are_right() {
        assert_eq!(fault(|_| {}), None);
    }

    #[test]
    fn passwords_never_cross_a_network_in_the_clear() {
        let off = Tls::Word(TlsWord::Off);
        assert_eq!(fault(|c| c.dav.tls = off.clone()), Some("dav.tls"));
        let on_loopback = |c: &mut Config| {
            c.dav.tls = off.clone();
            c.dav.listen = "127.0.0.1:8080".parse().unwrap();
        };
        assert_eq!(fault(on_loopback), None);
        let behind_a_proxy = |c: &mut Config| {
            c.dav.tls = off.clone();
            c.trusted_proxies = vec!["10.0.0.1/32".parse().unwrap()];
        };
        assert_eq!(fault(behind_a_proxy), None);
    }

    #[test]
    fn s3_needs_all_of_it() {
        assert_eq!(fault(|c| c.blobs.service = Service::S3), Some("blobs.bucket"));
    }

    #[test]
    fn mail_that_would_not_be_sent_is_refused() {
        assert_eq!(fault(|c| c.mail.server = "smtp.example.nl".into()), Some("mail.server"));
    }

    #[test]
    fn yesterday_is_always_kept() {
        assert_eq!(fault(|c| c.retention.backups.days = 0), Some("retention.backups.days"));
    }

    #[test]
    fn addresses_must_be_addresses() {
        assert_eq!(fault(|c| c.public_url = "dossier".into()), Some("public_url"));
        assert_eq!(
            fault(|c| c.database.url = super::super::Secret("mysql://x".into())),
            Some("database.url")
        );
    }
}
