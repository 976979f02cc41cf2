//! The keys of the configuration: what there is, its defaults, and how it is read.
//!
//! Knows: the TOML file, the environment over it, and what makes a configuration wrong. Must not
//! know what any part of the program does with a key. `config/loondossier.toml` shows every key.

mod check;
mod load;
mod values;

pub use load::{FILE_VARIABLE, PREFIX};
pub use values::{Secret, Size, Span};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Declares a section: its keys with their defaults.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[$key_doc])* pub $key: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }
    };
}

section! {
    /// The whole configuration.
    Config {
        /// Database, contents, keys and staging lie here unless said otherwise.
        data_dir: PathBuf = "/var/lib/loondossier".into(),
        /// Where clients find the dossier.
        public_url: String = "https://localhost:8443".into(),
        /// From whom a client's address is believed: in the PROXY protocol, or over HTTP in `Forwarded`
        /// or `X-Forwarded-For`.
        trusted_proxies: Vec<IpNet> = Vec::new(),
        /// `[database]`
        database: Database = Database::default(),
        /// `[blobs]`
        blobs: Blobs = Blobs::default(),
        /// `[keys]`
        keys: Keys = Keys::default(),
        /// `[dav]`
        dav: Dav = Dav::default(),
        /// `[sftp]`
        sftp: Sftp = Sftp::default(),
        /// `[ops]`
        ops: Ops = Ops::default(),
        /// `[auth]`
        auth: Auth = Auth::default(),
        /// `[delivery]`
        delivery: Delivery = Delivery::default(),
        /// `[retention]`
        retention: Retention = Retention::default(),
        /// `[quota]`
        quota: Quota = Quota::default(),
        /// `[mail]`
        mail: Mail = Mail::default(),
        /// `[webhook]`
        webhook: Webhook = Webhook::default(),
        /// `[limits]`
        limits: Limits = Limits::default(),
        /// `$CREDENTIALS_DIRECTORY`: what systemd's `LoadCredential=` handed over.
        #[serde(skip)]
        credentials: Option<PathBuf> = None,
    }
}

section! {
    /// The database.
    Database {
        /// `sqlite`, or `postgres://user@host/db`.
        url: Secret = Secret("sqlite".into()),
        /// A file with the URL in it, when the URL has a password.
        url_file: PathBuf = PathBuf::new(),
    }
}

section! {
    /// Where contents lie.
    Blobs {
        /// A folder, or S3.
        service: Service = Service::Fs,
        /// The folder in which `blobs/` is made, for `fs`; empty is `data_dir`.
        folder: PathBuf = PathBuf::new(),
        /// S3's bucket.
        bucket: String = String::new(),
        /// The folder in the bucket.
        prefix: String = String::new(),
        /// S3's address.
        endpoint: String = String::new(),
        /// S3's region.
        region: String = String::new(),
        /// Who we are to S3.
        access_key_id: String = String::new(),
        /// How we prove it.
        secret_access_key: Secret = Secret::default(),
        /// A file with it.
        secret_access_key_file: PathBuf = PathBuf::new(),
    }
}

/// What keeps the contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// A folder.
    Fs,
    /// An S3 bucket.
    S3,
}

section! {
    /// Keys of the program's own. Empty is the systemd credential of that name, or else
    /// `data_dir/keys/`.
    Keys {
        /// `master.key`: opens the parties' keys.
        master_key_file: PathBuf = PathBuf::new(),
        /// `pepper`: without it stored app passwords are worth nothing.
        pepper_file: PathBuf = PathBuf::new(),
    }
}

section! {
    /// WebDAV.
    Dav {
        /// Where it listens.
        listen: SocketAddr = (Ipv4Addr::UNSPECIFIED, 8443).into(),
        /// With which certificate.
        tls: Tls = Tls::Word(TlsWord::SelfSigned),
    }
}

/// How WebDAV is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected \"self-signed\", \"off\" or { cert = \"FILE\", key = \"FILE\" }"
)]
pub enum Tls {
    /// Without files of one's own.
    Word(TlsWord),
    /// With these files, PEM.
    Files {
        /// The certificate and what it hangs from.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// TLS without files of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsWord {
    /// A certificate that `init` makes.
    SelfSigned,
    /// None: on loopback, or behind a proxy that is trusted.
    Off,
}

section! {
    /// SFTP.
    Sftp {
        /// Where it listens.
        listen: SocketAddr = (Ipv4Addr::UNSPECIFIED, 2222).into(),
        /// The host key; empty is the systemd credential `ssh_host_key`, or else `data_dir/keys/`.
        host_key_file: PathBuf = PathBuf::new(),
        /// Further host keys, each of another type.
        further_host_key_files: Vec<PathBuf> = Vec::new(),
        /// The certificate of one of them; empty is none.
        host_certificate_file: PathBuf = PathBuf::new(),
    }
}

section! {
    /// Health, metrics and the log.
    Ops {
        /// Where `/livez`, `/readyz` and `/metrics` are.
        listen: SocketAddr = (Ipv4Addr::LOCALHOST, 9464).into(),
        /// The form of the log on standard error.
        log_format: LogFormat = LogFormat::Text,
        /// What is logged: what is of this level, or worse.
        log_level: String = "info".into(),
    }
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for a person.
    Text,
    /// An object per line.
    Json,
}

section! {
    /// Checking passwords, which is made to be slow (14 ms and 19 MiB each).
    Auth {
        /// How many at once; 0 is as many as there are cores.
        password_checks: u32 = 0,
        /// How many more may wait.
        password_queue: u32 = 64,
        /// How long they wait.
        password_wait: Span = Span::seconds(2),
    }
}

section! {
    /// Delivering.
    Delivery {
        /// How long a set must not have changed before the employer sees it.
        set_quiet: Span = Span::minutes(2),
        /// How payroll programs name their files: presets, or templates.
        names: Vec<String> = vec!["loondossier".into()],
    }
}

section! {
    /// How long earlier days are kept.
    Retention {
        /// Of `/Back-ups`.
        backups: Kept = Kept::default(),
        /// Of the other folders.
        files: Kept = Kept { days: 90, weeks: 0, months: 0, years: 0 },
    }
}

section! {
    /// Which days are kept: the last so many, and the last of each of so many weeks, months, years.
    Kept {
        /// The last days.
        days: u32 = 14,
        /// The last day of each week.
        weeks: u32 = 8,
        /// The last day of each month.
        months: u32 = 12,
        /// The last day of each calendar year.
        years: u32 = 7,
    }
}

section! {
    /// How much a party may keep.
    Quota {
        /// What a party has that was given no quota of its own.
        default: Size = Size(None),
        /// What its history may take besides.
        history: Size = Size(None),
    }
}

section! {
    /// Mail to people.
    Mail {
        /// The server that takes it, `host` or `host:port`; empty is no mail.
        server: String = String::new(),
        /// How it is spoken to.
        tls: MailTls = MailTls::Starttls,
        /// Who we are to it; empty where it asks nobody.
        user: String = String::new(),
        /// A file with what proves that.
        password_file: PathBuf = PathBuf::new(),
        /// From whom mail is.
        from: String = String::new(),
        /// How long nothing must have come for a party before it is told.
        quiet: Span = Span::minutes(5),
    }
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Encrypted from the beginning.
    Tls,
    /// Encrypted before anything is said.
    Starttls,
    /// In the clear: on loopback.
    Off,
}

section! {
    /// The same for a program.
    Webhook {
        /// Where it takes it; empty is no webhook.
        url: String = String::new(),
        /// A file with the secret that signs it.
        secret_file: PathBuf = PathBuf::new(),
        /// How long nothing must have come for a party before it is told.
        quiet: Span = Span::minutes(5),
    }
}

section! {
    /// How much may go on at once.
    Limits {
        /// Connections to WebDAV.
        dav_connections: u32 = 10_000,
        /// Of these, from one address; and its requests at once.
        dav_connections_per_source: u32 = 256,
        /// How long an SSH client may take to sign in.
        sftp_login_grace: Span = Span::seconds(30),
        /// SSH connections that have not signed in, in all.
        sftp_unauthenticated: u32 = 100,
        /// SSH connections that have not signed in, from one address.
        sftp_unauthenticated_per_source: u32 = 10,
        /// SSH connections of one account.
        sftp_connections_per_account: u32 = 20,
        /// How long an SSH connection may do nothing; twice as long with a file open.
        sftp_idle: Span = Span::minutes(15),
    }
}

impl Config {
    /// The folder in which `blobs/` lies, for `blobs.service = "fs"`.
    pub fn blobs_folder(&self) -> &Path {
        let said = &self.blobs.folder;
        if said.as_os_str().is_empty() { &self.data_dir } else { said }
    }

    /// The database: `sqlite`, or PostgreSQL's URL. A secret.
    ///
    /// # Errors
    /// `database.url_file` cannot be read.
    pub fn database_url(&self) -> anyhow::Result<String> {
        self.database.url.read(&self.database.url_file)
    }

    /// The folder in which uploads wait to be whole.
    pub fn staging_folder(&self) -> PathBuf {
        self.data_dir.join("staging")
    }

    /// SQLite's file.
    pub fn sqlite_file(&self) -> PathBuf {
        self.data_dir.join("dossier.sqlite")
    }

    /// The master key's file.
    pub fn master_key_file(&self) -> PathBuf {
        self.key_file(&self.keys.master_key_file, "master.key")
    }

    /// The pepper's file.
    pub fn pepper_file(&self) -> PathBuf {
        self.key_file(&self.keys.pepper_file, "pepper")
    }

    /// The SSH host key's file.
    pub fn host_key_file(&self) -> PathBuf {
        self.key_file(&self.sftp.host_key_file, "ssh_host_key")
    }

    /// The files of all SSH host keys, that one first.
    pub fn host_key_files(&self) -> Vec<PathBuf> {
        let further = self.sftp.further_host_key_files.iter().cloned();
        std::iter::once(self.host_key_file()).chain(further).collect()
    }

    /// The certificate and its key, PEM; `None` without TLS.
    pub fn tls_files(&self) -> Option<(PathBuf, PathBuf)> {
        match &self.dav.tls {
            Tls::Word(TlsWord::Off) => None,
            Tls::Word(TlsWord::SelfSigned) => {
                let keys = self.data_dir.join("keys");
                Some((keys.join("tls.crt"), keys.join("tls.key")))
            }
            Tls::Files { cert, key } => Some((cert.clone(), key.clone())),
        }
    }

    /// The host of `public_url`, without its port.
    pub fn public_host(&self) -> Option<String> {
        let url: http::Uri = self.public_url.parse().ok()?;
        url.host().map(str::to_owned)
    }

    /// What the key says, or else the systemd credential of that name, or else `data_dir/keys/`.
    fn key_file(&self, said: &Path, name: &str) -> PathBuf {
        let credential = self.credentials.as_ref().map(|folder| folder.join(name));
        match credential.filter(|file| file.exists()) {
            _ if !said.as_os_str().is_empty() => said.to_owned(),
            Some(credential) => credential,
            None => self.data_dir.join("keys").join(name),
        }
    }
}
