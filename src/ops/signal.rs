//! When the process is asked to stop, or to look again at what it was given.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT. From its making on neither ends the process by itself, and nor does SIGHUP.
#[derive(Debug)]
pub struct Signals {
    term: Signal,
    int: Signal,
    _hup: Reloads,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system gives no signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            _hup: Reloads::listen()?,
        })
    }

    /// Returns when the process is asked to stop: at once if it was since the last time.
    pub async fn asked_to_stop(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// SIGHUP.
#[derive(Debug)]
pub struct Reloads(Signal);

impl Reloads {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system gives no signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self(signal(SignalKind::hangup())?))
    }

    /// Returns when the process is asked to look again: at once if it was since the last time.
    pub async fn asked(&mut self) {
        self.0.recv().await;
    }
}
