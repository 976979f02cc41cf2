//! Running for real: the log, health and metrics, sockets and words from systemd, stopping.
//!
//! Knows processes and sockets. Must not know WebDAV, SFTP, the dossier or where it is kept: whoever
//! runs the rooms tells [`Status`] how they are.

mod http;
mod log;
mod signal;
mod status;
pub mod systemd;

pub use http::serve;
pub use log::{Format, log_to_stderr};
pub use signal::Signals;
pub use status::Status;
