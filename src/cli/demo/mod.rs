//! `loondossier demo`: a whole example dossier in a folder, served on loopback.
//!
//! Knows the order: listen, take the folder, make what is not made, serve, say how to open it. Must
//! not know any rule; the example is made through the same doors as everything.

mod archive;
mod cast;
mod folder;
mod guide;
mod image;
mod making;
mod papers;
mod pdf;
mod story;

use super::gateway::Gateway;
use super::{Exit, Output, log_causes, serve};
use crate::clock::Clock;
use crate::ops::Signals;
use anyhow::{Context, Result, bail};
use folder::Folder;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the example is asked to be.
#[derive(clap::Args, Debug)]
pub(super) struct Demo {
    /// The folder of the example; continued when it is there
    #[arg(long, default_value = "loondossier-demo")]
    dir: PathBuf,
    /// Where WebDAV listens, on loopback; port 0 is any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", value_parser = loopback)]
    dav: SocketAddr,
    /// Where SFTP listens, on loopback; port 0 is any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2222", value_parser = loopback)]
    sftp: SocketAddr,
}

/// An address of this computer alone: everybody knows the passwords of the example.
fn loopback(text: &str) -> std::result::Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "give an address like 127.0.0.1:8443".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the example is for this computer alone: give an address like 127.0.0.1:8443".into())
    }
}

/// Makes or continues it, and serves it until told to stop.
pub(super) async fn run(demo: &Demo, output: Output) -> Result<Exit> {
    log_causes()?;
    let mut signals = Signals::listen()?;
    let (dav, sftp) = (listen("dav", demo.dav).await?, listen("sftp", demo.sftp).await?);
    let folder = Folder::open(&demo.dir)?;
    let config = folder.config(dav.local_addr()?, sftp.local_addr()?)?;
    let kept = match folder.kept()? {
        Some(kept) => kept,
        None => tokio::select! {
            made = making::make(&folder, &config, Clock::system().now()) => made?,
            () = signals.asked_to_stop() => {
                Output::progress("");
                bail!("stopped before the example was whole: run it again to make it anew")
            }
        },
    };
    let gateway = Gateway::open(&config).await?;
    let stop = CancellationToken::new();
    let rooms = serve::rooms(gateway, &config, dav, sftp, &stop)?;
    guide::print(&folder, &config, &kept, output)?;
    serve::until_asked(&mut signals, rooms, &stop, || {}).await?;
    Ok(Exit::Done)
}

async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener> {
    let failed =
        || format!("nothing can listen on {address}: give --{option} another, like 127.0.0.1:0");
    TcpListener::bind(address).await.with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_served() {
        assert!(loopback("127.0.0.1:0").is_ok() && loopback("[::1]:8443").is_ok());
        for elsewhere in ["0.0.0.0:8443", "192.0.2.1:8443", "[::]:0"] {
            assert!(
                loopback(elsewhere).unwrap_err().contains("this computer alone"),
                "{elsewhere}"
            );
        }
    }
}
