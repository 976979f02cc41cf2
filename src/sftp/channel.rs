//! One channel: waits for what is started on it, runs it, and ends it as clients expect: exit
//! status, end of file, close.

use super::budget::Budget;
use super::connection::Connection;
use super::exec::Command;
use super::handles::Handles;
use super::requests::Desk;
use super::transfer;
use crate::vfs::Session;
use bytes::Bytes;
use futures_util::FutureExt;
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// What waits to be written, and what is read ahead, each at most so many bytes in one session.
const SESSION_MEMORY: usize = 16 << 20;
/// Standard error, as the type of extended data (RFC 4254 section 5.2).
const STDERR: u32 = 1;

/// What can be started on a channel.
#[derive(Debug)]
pub(super) enum Start {
    Sftp,
    Exec(Command),
}

impl Start {
    pub(super) fn subsystem(name: &str) -> Option<Self> {
        (name == "sftp").then_some(Self::Sftp)
    }

    pub(super) fn exec(line: &[u8]) -> Option<Self> {
        Command::parse(line).map(Self::Exec)
    }

    /// Reads the same message as the SSH handler, which has answered it the same way already.
    fn of(message: &ChannelMsg) -> Option<Self> {
        match message {
            ChannelMsg::RequestSubsystem { name, .. } => Self::subsystem(name),
            ChannelMsg::Exec { command, .. } => Self::exec(command),
            _ => None,
        }
    }
}

/// Lives as long as the channel does.
pub(super) async fn run(
    channel: Channel<Msg>,
    connection: &Arc<Connection>,
    session: Arc<Session>,
) {
    let (mut input, output) = channel.split();
    let running = async {
        // Whatever comes is taken, so that it never fills the queue that all channels wait for.
        let start = loop {
            tokio::select! {
                message = input.wait() => match message {
                    None | Some(ChannelMsg::Close) => return,
                    Some(message) => {
                        if let Some(start) = Start::of(&message) {
                            break start;
                        }
                    }
                },
                () = connection.stop.cancelled() => {
                    drop(output.close().await);
                    return;
                }
            }
        };
        let code = match start {
            Start::Sftp => sftp(&mut input, &output, connection, session).await,
            Start::Exec(command) => exec(&mut input, &output, connection, &session, command).await,
        };
        leave(&output, code).await;
    };
    if AssertUnwindSafe(running).catch_unwind().await.is_err() {
        tracing::error!("an sftp channel failed by a fault of this program");
        connection.cut.cancel();
    }
}

async fn sftp(
    input: &mut ChannelReadHalf,
    output: &ChannelWriteHalf<Msg>,
    connection: &Arc<Connection>,
    session: Arc<Session>,
) -> u32 {
    let Some((_, member)) = connection.member.get() else { return 1 };
    let budget = || Budget::new(SESSION_MEMORY, Some(&member.account.waiting));
    let handles = Arc::new(Handles::new(Arc::clone(&session), Arc::clone(&member.account.open)));
    member.account.join(&handles);
    let desk = Arc::new(Desk {
        vfs: connection.vfs.clone(),
        handles,
        account: Arc::clone(&member.account),
        session,
        ahead: budget(),
        clock: connection.clock.clone(),
    });
    let rest = Arc::clone(&connection.rest);
    let end = transfer::Transfer::new(Arc::clone(&desk), budget(), rest);
    let end = end.run(input, output, &connection.stop).await;
    desk.end().await;
    let (ip, login) = (connection.origin.address, &desk.session.login);
    match end {
        transfer::End::Done => 0,
        transfer::End::Broken(why) => {
            connection.told.call_once(|| {
                tracing::info!(%ip, %login, why, "closed: an sftp client sent what is no sftp");
            });
            1
        }
        transfer::End::Stuck(why) => {
            connection.told.call_once(|| {
                tracing::info!(%ip, %login, why, "cut: an sftp client stands still");
            });
            connection.cut.cancel();
            1
        }
    }
}

async fn exec(
    input: &mut ChannelReadHalf,
    output: &ChannelWriteHalf<Msg>,
    connection: &Connection,
    session: &Session,
    command: Command,
) -> u32 {
    let filled = command.reads_input() && has_input(input).await;
    let busy = connection.rest.busy();
    let outcome = tokio::select! {
        outcome = command.run(&connection.vfs, session, filled) => outcome,
        () = closed(input) => return 1,
        () = connection.cut.cancelled() => return 1,
    };
    drop(busy);
    let told = async {
        output.data_bytes(Bytes::from(outcome.out)).await?;
        output.extended_data_bytes(STDERR, Bytes::from(outcome.err)).await
    };
    // A client that is gone does not miss it; russh would wait for it.
    tokio::select! {
        _ = told => {}
        () = closed(input) => {}
    }
    outcome.code
}

/// Whether anything comes before the end of standard input.
async fn has_input(input: &mut ChannelReadHalf) -> bool {
    loop {
        match input.wait().await {
            None | Some(ChannelMsg::Eof | ChannelMsg::Close) => return false,
            Some(ChannelMsg::Data { data }) if !data.is_empty() => return true,
            Some(_) => {}
        }
    }
}

/// Without an exit status scp and restic take what they did for failed.
async fn leave(output: &ChannelWriteHalf<Msg>, code: u32) {
    drop(output.exit_status(code).await);
    drop(output.eof().await);
    drop(output.close().await);
}

/// Until the client has closed the channel, or is gone.
async fn closed(input: &mut ChannelReadHalf) {
    while !matches!(input.wait().await, None | Some(ChannelMsg::Close)) {}
}
