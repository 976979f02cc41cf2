//! What systemd hands over and wants to hear. Without systemd all of it does nothing.

use super::Status;
use anyhow::{Context, Result};
use listenfd::ListenFd;
use sd_notify::NotifyState;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener as StdListener};
use tokio::net::TcpListener;

/// Sockets that systemd holds open, by their `FileDescriptorName=`.
#[derive(Debug, Default)]
pub struct Sockets(HashMap<String, StdListener>);

impl Sockets {
    /// Takes what was handed over (`LISTEN_FDS`, `LISTEN_FDNAMES`). Once per process.
    ///
    /// # Errors
    /// One of them is not a TCP listener.
    pub fn from_env() -> Result<Self> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut handed = ListenFd::from_env();
        let mut sockets = HashMap::new();
        for (at, name) in names.split(':').enumerate().take(handed.len()) {
            let socket = handed
                .take_tcp_listener(at)
                .with_context(|| format!("systemd's socket \"{name}\" is not a TCP listener"))?;
            sockets.extend(socket.map(|socket| (name.to_owned(), socket)));
        }
        Ok(Self(sockets))
    }

    /// The socket of that name, or else a new one on `address`.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn take_or_bind(&mut self, name: &str, address: SocketAddr) -> Result<TcpListener> {
        let listener = match self.0.remove(name) {
            Some(socket) => {
                socket.set_nonblocking(true)?;
                TcpListener::from_std(socket)
            }
            None => TcpListener::bind(address).await,
        };
        listener.with_context(|| format!("cannot listen on {address}"))
    }
}

/// `READY=1`: every listener is open and the storage answers.
pub fn say_ready() {
    say(NotifyState::Ready);
}

/// `STOPPING=1`: no new work is taken.
pub fn say_stopping() {
    say(NotifyState::Stopping);
}

/// Says `WATCHDOG=1` for as long as the process is healthy, twice in the time that systemd allows.
pub async fn feed_watchdog(status: Status) {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut tick = tokio::time::interval(allowed / 2);
    loop {
        tick.tick().await;
        if status.healthy() {
            say(NotifyState::Watchdog);
        }
    }
}

fn say(word: NotifyState<'_>) {
    if let Err(cause) = sd_notify::notify(&[word]) {
        tracing::warn!(%cause, "systemd cannot be told");
    }
}
