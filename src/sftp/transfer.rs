//! The loop of one SFTP session: takes requests in, runs them side by side, sends answers in order.
//!
//! One rule above all: it never stops taking in because it waits to send. Clients send many
//! requests before they read an answer, and russh stands still while a channel's queue is full.

use super::budget::{Budget, Charge};
use super::codec::{Frames, Incoming, Lost, Request, parse};
use super::order::{Footprint, Line};
use super::reply::{Reply, write_version};
use super::requests::Desk;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How much is sent at once, in bytes.
const BATCH: usize = 256 * 1024;
/// Above so many bytes of answers that the client has not taken, nothing more is read for it.
const ENOUGH: usize = 2 << 20;
/// Above so many, nothing more is taken in from it.
const TOO_MUCH: usize = 16 << 20;
/// What a request that waits takes besides its frame, in bytes.
const OVERHEAD: usize = 256;
/// How many requests may wait. A client that fetches 10 GiB ahead has 330,000.
const MAX_QUEUE: usize = 1_000_000;
/// How long nothing may be taken in.
const WATCHDOG: Duration = Duration::from_mins(1);
/// How many messages are taken before answers get their turn.
const MESSAGES: usize = 64;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client had enough, or is gone, or the server stops.
    Done,
    /// It sent what is no SFTP.
    Broken,
    /// Nothing could be taken in for a minute.
    Stuck,
}

/// A request that has not joined the line. There may be very many READs, so they are kept small.
#[derive(Debug)]
enum Queued {
    Read { id: u32, handle: u32, length: u32, offset: u64 },
    Other(Box<(u32, Request, Charge)>),
}

type Answer = (u32, Reply);

/// One SFTP session.
pub(super) struct Transfer {
    desk: Arc<Desk>,
    /// For what waits to be done.
    budget: Arc<Budget>,
    frames: Frames,
    queue: VecDeque<Queued>,
    line: Line<(u32, Request, Option<Charge>), Answer>,
    running: FuturesUnordered<BoxFuture<'static, (u64, Answer)>>,
    out: BytesMut,
    client: Client,
    /// The server stops: the session ends with the last file that is open in it.
    stopping: bool,
}

/// How it stands with the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    /// It has not sent INIT.
    New,
    /// It sends requests.
    Open,
    /// It sends no more, or nothing more is taken, and waits for answers.
    Ended,
    /// It sent what is no SFTP.
    Broken,
    /// It takes no answers any more.
    Gone,
}

impl Transfer {
    pub(super) fn new(desk: Arc<Desk>, budget: Arc<Budget>) -> Self {
        Self {
            desk,
            budget,
            frames: Frames::default(),
            queue: VecDeque::new(),
            line: Line::default(),
            running: FuturesUnordered::new(),
            out: BytesMut::new(),
            client: Client::New,
            stopping: false,
        }
    }

    /// Until the client has enough, or is gone, or the server stops and no file is open; then until
    /// what it asked is done.
    pub(super) async fn run(
        mut self,
        input: &mut ChannelReadHalf,
        output: &ChannelWriteHalf<Msg>,
        stop: &CancellationToken,
    ) -> End {
        let mut sending: Option<BoxFuture<'_, Result<(), russh::Error>>> = None;
        let mut taken = Instant::now();
        loop {
            self.advance();
            self.end_when_stopped();
            if self.client == Client::Gone {
                sending = None;
            } else if sending.is_none() && !self.out.is_empty() {
                let batch = self.out.split_to(BATCH.min(self.out.len())).freeze();
                sending = Some(output.data_bytes(batch).boxed());
            }
            if self.is_done() && sending.is_none() {
                return if self.client == Client::Broken { End::Broken } else { End::Done };
            }
            let full = self.is_full();
            if !full {
                taken = Instant::now();
            }
            tokio::select! {
                message = input.wait(), if self.client != Client::Gone && !full => self.take(message),
                Some((number, answer)) = self.running.next() => self.line.finish(number, answer),
                sent = async { sending.as_mut()?.await.into() }, if sending.is_some() => {
                    sending = None;
                    if matches!(sent, Some(Err(_))) {
                        self.client = Client::Gone;
                    }
                }
                () = tokio::time::sleep_until(taken + WATCHDOG), if full => return End::Stuck,
                () = stop.cancelled(), if !self.stopping => self.stopping = true,
            }
            self.take_at_hand(input);
        }
    }

    /// Takes in what has come already, so that answers leave together.
    fn take_at_hand(&mut self, input: &mut ChannelReadHalf) {
        for _ in 0..MESSAGES {
            if !self.is_open() || self.is_full() {
                break;
            }
            let Some(message) = input.wait().now_or_never() else { break };
            self.take(message);
        }
    }

    fn take(&mut self, message: Option<ChannelMsg>) {
        match message {
            Some(ChannelMsg::Data { data }) if self.is_open() => {
                if self.take_data(data).is_err() {
                    tracing::debug!("an sftp client sent what is no frame");
                    self.client = Client::Broken;
                }
            }
            Some(ChannelMsg::Eof) if self.is_open() => self.client = Client::Ended,
            None | Some(ChannelMsg::Close) => self.client = Client::Gone,
            Some(_) => {}
        }
    }

    fn take_data(&mut self, mut data: Bytes) -> Result<(), Lost> {
        while let Some(frame) = self.frames.next(&mut data)? {
            let length = frame.len();
            match parse(frame)? {
                Incoming::Init if self.client == Client::New => {
                    self.client = Client::Open;
                    write_version(&mut self.out);
                }
                Incoming::Request(id, request) if self.client == Client::Open => {
                    self.queue(id, request, length);
                }
                Incoming::Init | Incoming::Request(..) => return Err(Lost),
            }
        }
        if self.queue.len() > MAX_QUEUE {
            tracing::warn!("an sftp client asked for too much at once");
            return Err(Lost);
        }
        Ok(())
    }

    fn queue(&mut self, id: u32, request: Request, length: usize) {
        self.queue.push_back(match request {
            Request::Read { handle, offset, length } => Queued::Read { id, handle, length, offset },
            request => {
                let charge = self.budget.charge(length + OVERHEAD);
                Queued::Other(Box::new((id, request, charge)))
            }
        });
    }

    /// Whether more may come from the client.
    const fn is_open(&self) -> bool {
        matches!(self.client, Client::New | Client::Open)
    }

    /// A file that is being sent or fetched when the server stops comes to its end.
    fn end_when_stopped(&mut self) {
        let idle = self.queue.is_empty() && self.line.is_empty();
        if self.stopping && self.is_open() && idle && !self.desk.handles.has_files() {
            self.client = Client::Ended;
        }
    }

    /// Whether the client must wait before more is taken in.
    fn is_full(&self) -> bool {
        self.budget.is_spent() || self.out.len() > TOO_MUCH
    }

    fn is_done(&self) -> bool {
        !self.is_open() && self.queue.is_empty() && self.line.is_empty() && self.out.is_empty()
    }

    /// Lets requests join the line, starts those whose turn it is, and writes the answers whose
    /// turn it is.
    fn advance(&mut self) {
        loop {
            while let Some((id, reply)) = self.line.leave() {
                reply.write(id, &mut self.out);
            }
            if self.client == Client::Gone {
                self.out.clear();
            }
            self.join();
            self.start();
            let Some(Some((number, answer))) = self.running.next().now_or_never() else { return };
            self.line.finish(number, answer);
        }
    }

    fn start(&mut self) {
        let spare = self.client == Client::Gone || self.out.len() < ENOUGH;
        while let Some((number, (id, request, charge))) = self.line.start(spare) {
            let desk = Arc::clone(&self.desk);
            let answer = async move {
                let reply = desk.answer(request).await;
                drop(charge);
                (number, (id, reply))
            };
            self.running.push(answer.boxed());
        }
    }

    fn join(&mut self) {
        while self.line.has_room()
            && let Some(queued) = self.queue.pop_front()
        {
            let (id, request, charge) = match queued {
                // Nobody is there to read.
                Queued::Read { .. } if self.client == Client::Gone => continue,
                Queued::Read { id, handle, length, offset } => {
                    (id, Request::Read { handle, offset, length }, None)
                }
                Queued::Other(other) => {
                    let (id, request, charge) = *other;
                    (id, request, Some(charge))
                }
            };
            let footprint = Footprint::of(&request, |handle| self.desk.handles.key(handle));
            self.line.join(footprint, (id, request, charge));
        }
    }
}
