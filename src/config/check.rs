//! What makes a configuration wrong that has the right form: every refusal in one place.

use super::{Config, Mail, MailTls, Service, Tls, TlsWord};
use crate::dossier::delivery::Names;
use lettre::message::Mailbox;
use std::net::IpAddr;
use std::time::Duration;

/// A key, and a sentence on what is wrong with it and what to do.
pub(super) type Fault = (&'static str, String);

const YEAR: Duration = Duration::from_hours(365 * 24);

impl Config {
    /// The first thing that is wrong.
    pub(super) fn fault(&self) -> Option<Fault> {
        let checks = [data, url, database, tls, s3, log, names, mail, webhook, spans, numbers];
        checks.iter().find_map(|check| check(self))
    }
}

fn data(config: &Config) -> Option<Fault> {
    let empty = config.data_dir.as_os_str().is_empty();
    empty.then(|| ("data_dir", "is empty: name a folder".to_owned()))
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

fn log(config: &Config) -> Option<Fault> {
    let levels = ["error", "warn", "info", "debug", "trace"];
    let good = levels.iter().any(|level| config.ops.log_level.eq_ignore_ascii_case(level));
    (!good).then(|| ("ops.log_level", format!("is none of {}", levels.join(", "))))
}

fn names(config: &Config) -> Option<Fault> {
    let (text, fault) = Names::new(&config.delivery.names).err()?;
    Some(("delivery.names", format!("has {text:?}, which is no preset, and {fault}")))
}

fn mail(config: &Config) -> Option<Fault> {
    let mail = &config.mail;
    if mail.server.is_empty() {
        return None;
    }
    let Some((host, _)) = mail.at() else {
        return Some(("mail.server", "is not a server like \"mail.example.nl:587\"".to_owned()));
    };
    if mail.tls == MailTls::Off && !is_loopback(&host) {
        let text = "\"off\" would send addresses and a password readable over the network: use \
                    \"starttls\" or \"tls\", or a mail server on 127.0.0.1";
        return Some(("mail.tls", text.to_owned()));
    }
    if mail.from.parse::<Mailbox>().is_err() {
        let text = "is not a sender like \"Loondossier <dossier@example.nl>\"";
        return Some(("mail.from", text.to_owned()));
    }
    let named = !mail.user.is_empty();
    let proved = !mail.password_file.as_os_str().is_empty();
    let text = if named { "is empty, and `mail.user` needs it" } else { "needs `mail.user`" };
    (named != proved).then(|| ("mail.password_file", text.to_owned()))
}

fn webhook(config: &Config) -> Option<Fault> {
    let webhook = &config.webhook;
    if webhook.url.is_empty() {
        return None;
    }
    let url: Option<http::Uri> = webhook.url.parse().ok();
    let (scheme, host) = url.as_ref().map_or((None, None), |u| (u.scheme_str(), u.host()));
    let good = match scheme {
        Some("https") => host.is_some(),
        Some("http") => host.is_some_and(is_loopback),
        _ => false,
    };
    if !good {
        let text =
            "is not an address like \"https://example.nl/hook\"; \"http://\" only on 127.0.0.1";
        return Some(("webhook.url", text.to_owned()));
    }
    let secret = &webhook.secret_file;
    let text = "is empty, and `webhook.url` needs it: what is sent is signed";
    secret.as_os_str().is_empty().then(|| ("webhook.secret_file", text.to_owned()))
}

/// With no time at all nothing would come to pass, and the end of a very long one cannot be told.
fn spans(config: &Config) -> Option<Fault> {
    let limits = &config.limits;
    let least_one = [
        ("mail.quiet", config.mail.quiet),
        ("webhook.quiet", config.webhook.quiet),
        ("limits.sftp_login_grace", limits.sftp_login_grace),
        ("limits.sftp_idle", limits.sftp_idle),
    ];
    if let Some((key, _)) = least_one.iter().find(|(_, span)| span.0 < Duration::from_secs(1)) {
        return Some((key, "must be at least \"1s\"".to_owned()));
    }
    let others = [
        ("auth.password_wait", config.auth.password_wait),
        ("delivery.set_quiet", config.delivery.set_quiet),
    ];
    let long = least_one.into_iter().chain(others).find(|(_, span)| span.0 > YEAR)?;
    Some((long.0, "must be at most a year, \"8760h\"".to_owned()))
}

fn numbers(config: &Config) -> Option<Fault> {
    let limits = &config.limits;
    let least_one = [
        ("retention.backups.days", config.retention.backups.days),
        ("retention.files.days", config.retention.files.days),
        ("limits.dav_connections", limits.dav_connections),
        ("limits.dav_connections_per_source", limits.dav_connections_per_source),
        ("limits.sftp_unauthenticated", limits.sftp_unauthenticated),
        ("limits.sftp_unauthenticated_per_source", limits.sftp_unauthenticated_per_source),
        ("limits.sftp_connections_per_account", limits.sftp_connections_per_account),
    ];
    let zero = least_one.into_iter().find(|(_, number)| *number == 0)?;
    Some((zero.0, "must be at least 1".to_owned()))
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

impl Mail {
    /// Where the mail server is: its name, and the port or else the usual one.
    pub fn at(&self) -> Option<(String, u16)> {
        let usual = match self.tls {
            MailTls::Tls => 465,
            MailTls::Starttls => 587,
            MailTls::Off => 25,
        };
        let at: http::uri::Authority = self.server.parse().ok()?;
        let plain = !self.server.contains('@') && !at.host().is_empty();
        let host = at.host().trim_matches(['[', ']']).to_owned();
        let port = if at.as_str().len() == at.host().len() { Some(usual) } else { at.port_u16() };
        port.filter(|_| plain).map(|port| (host, port))
    }
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

    fn mailing(change: impl FnOnce(&mut Config)) -> Option<&'static str> {
        fault(|c| {
            c.mail.server = "mail.example.nl".into();
            c.mail.from = "Loondossier <dossier@example.nl>".into();
            change(c);
        })
    }

    #[test]
    fn mail_needs_a_server_and_a_sender() {
        assert_eq!(mailing(|_| {}), None);
        assert_eq!(mailing(|c| c.mail.from = "the dossier".into()), Some("mail.from"));
        for server in ["smtp://mail.example.nl", "me@mail.example.nl", "mail.example.nl:0x", "::"] {
            assert_eq!(mailing(|c| c.mail.server = server.into()), Some("mail.server"), "{server}");
        }
        assert_eq!(mailing(|c| c.mail.user = "us".into()), Some("mail.password_file"));
        assert_eq!(mailing(|c| c.mail.password_file = "x".into()), Some("mail.password_file"));
        assert_eq!(mailing(|c| c.mail.quiet.0 = Duration::ZERO), Some("mail.quiet"));
        let mut mail = Mail { server: "mail.example.nl".into(), ..Mail::default() };
        assert_eq!(mail.at(), Some(("mail.example.nl".into(), 587)));
        mail.server = "[::1]:25".into();
        assert_eq!(mail.at(), Some(("::1".into(), 25)));
    }

    #[test]
    fn mail_crosses_no_network_in_the_clear() {
        assert_eq!(mailing(|c| c.mail.tls = MailTls::Off), Some("mail.tls"));
        let on_loopback = |c: &mut Config| {
            c.mail.tls = MailTls::Off;
            c.mail.server = "127.0.0.1:1025".into();
        };
        assert_eq!(mailing(on_loopback), None);
    }

    #[test]
    fn a_webhook_is_encrypted_and_signed() {
        let to = |url: &'static str| {
            fault(|c| {
                c.webhook.url = url.into();
                c.webhook.secret_file = "secret".into();
            })
        };
        assert_eq!(to("https://example.nl/hook"), None);
        assert_eq!(to("http://127.0.0.1:9000/hook"), None);
        assert_eq!(to("http://example.nl/hook"), Some("webhook.url"));
        assert_eq!(to("example.nl"), Some("webhook.url"));
        let unsigned = fault(|c| c.webhook.url = "https://example.nl/hook".into());
        assert_eq!(unsigned, Some("webhook.secret_file"));
    }

    #[test]
    fn a_level_that_there_is_not_does_not_silence_the_log() {
        for level in ["error", "warn", "info", "debug", "trace", "WARN"] {
            assert_eq!(fault(|c| c.ops.log_level = level.into()), None, "{level}");
        }
        for level in ["warning", "verbose", "off", "", "3", "warn,loondossier=off"] {
            assert_eq!(fault(|c| c.ops.log_level = level.into()), Some("ops.log_level"), "{level}");
        }
    }

    #[test]
    fn nothing_is_made_in_the_folder_where_somebody_happens_to_be() {
        assert_eq!(fault(|c| c.data_dir = "".into()), Some("data_dir"));
    }

    #[test]
    fn no_number_and_no_time_lets_nobody_in() {
        assert_eq!(fault(|c| c.limits.dav_connections = 0), Some("limits.dav_connections"));
        let grace = |time| fault(|c| c.limits.sftp_login_grace.0 = time);
        let idle = |time| fault(|c| c.limits.sftp_idle.0 = time);
        for time in
            [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(i64::MAX as u64)]
        {
            assert_eq!(grace(time), Some("limits.sftp_login_grace"), "{time:?}");
            assert_eq!(idle(time), Some("limits.sftp_idle"), "{time:?}");
        }
        for time in [Duration::from_secs(1), YEAR] {
            assert_eq!((grace(time), idle(time)), (None, None), "{time:?}");
        }
        assert_eq!(fault(|c| c.delivery.set_quiet.0 = Duration::ZERO), None, "it is shown at once");
        assert_eq!(fault(|c| c.delivery.set_quiet.0 = YEAR * 2), Some("delivery.set_quiet"));
    }

    #[test]
    fn a_way_to_name_files_can_be_read() {
        let names = |text: &str| fault(|c| c.delivery.names = vec!["nmbrs".into(), text.into()]);
        assert_eq!(names("{soort}_{periode}"), None);
        for bad in ["nmbr", "{soort}_{maand}", "{soort}_{periode", ""] {
            assert_eq!(names(bad), Some("delivery.names"), "{bad}");
        }
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
