//! Running for real: the log, health and metrics, sockets and words from systemd, stopping, and telling
//! people and programs outside that something happened.
//!
//! Knows processes and sockets, and of the dossier only the door that says what is to be told. Must not know
//! WebDAV, SFTP or where anything is kept: whoever runs the rooms tells [`Status`] how they are.

mod http;
mod log;
mod mail;
mod notices;
mod signal;
mod status;
pub mod systemd;
mod webhook;

pub use http::serve;
pub use log::{Format, log_to_stderr};
pub use mail::{MailServer, Mailer, Security};
pub use notices::{Courier, Outcome, tell};
pub use signal::{Reloads, Signals};
pub use status::Status;
pub use webhook::Webhook;
