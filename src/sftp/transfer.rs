//! The loop of one SFTP session: takes requests in, runs them side by side, sends answers in order.
//!
//! One rule above all: it never stops taking in because it waits to send. Clients send many
//! requests before they read an answer, and russh stands still while a channel's queue is full.

use super::budget::{Budget, Charge};
use super::codec::{Frames, Incoming, Lost, MAX_DATA, Request, parse};
use super::extensions::Extended;
use super::order::{Footprint, Line};
use super::reply::{Reply, write_version};
use super::requests::Desk;
use super::rest::Rest;
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
/// Above so many bytes of answers that the client has not taken, or that are being read for it, nothing more
/// is read.
const ENOUGH: usize = 2 << 20;
/// What a request that waits takes besides its frame, in bytes.
const OVERHEAD: usize = 256;
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
    Broken(&'static str),
    /// It cannot go on, as the client does not take its answers.
    Stuck(&'static str),
}

/// A request that has not joined the line. There may be very many READs, so they are kept small: a client
/// that fetches 10 GiB ahead has 330,000.
#[derive(Debug)]
enum Queued {
    Read { id: u32, handle: u32, length: u32, offset: u64 },
    Other(Box<(u32, Request, Charge)>),
}

/// With what was reserved for it, in bytes.
type Answer = (u32, Reply, usize);

/// One SFTP session.
pub(super) struct Transfer {
    desk: Arc<Desk>,
    rest: Arc<Rest>,
    /// For what waits to be done.
    budget: Arc<Budget>,
    /// The READs that wait, and the answers that were not sent or are being read.
    waiting: Charge,
    /// What is being read, or was and must wait for its turn, in bytes at most.
    reserved: usize,
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
    Broken(&'static str),
    /// It takes no answers any more.
    Gone,
}

impl Transfer {
    pub(super) fn new(desk: Arc<Desk>, budget: Arc<Budget>, rest: Arc<Rest>) -> Self {
        Self {
            desk,
            rest,
            waiting: budget.charge(0),
            reserved: 0,
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
        let (mut taken, mut offered) = (Instant::now(), Instant::now());
        loop {
            self.advance();
            self.end_when_stopped();
            if self.client == Client::Gone {
                sending = None;
            } else if sending.is_none() && !self.out.is_empty() {
                let batch = self.out.split_to(BATCH.min(self.out.len())).freeze();
                sending = Some(output.data_bytes(batch).boxed());
                offered = Instant::now();
            }
            if self.is_done() && sending.is_none() {
                return match self.client {
                    Client::Broken(why) => End::Broken(why),
                    _ => End::Done,
                };
            }
            let full = self.is_full();
            if !full {
                taken = Instant::now();
            }
            tokio::select! {
                message = input.wait(), if self.client != Client::Gone && !full => self.take(message),
                Some((number, answer)) = self.running.next() => self.finish(number, answer),
                sent = async { sending.as_mut()?.await.into() }, if sending.is_some() => {
                    sending = None;
                    self.put_off_rest();
                    if matches!(sent, Some(Err(_))) {
                        self.client = Client::Gone;
                    }
                }
                () = tokio::time::sleep_until(taken + WATCHDOG), if full => {
                    return End::Stuck("it asks for more than it takes");
                }
                () = tokio::time::sleep_until(offered + self.rest.limit()), if sending.is_some() => {
                    return End::Stuck("it takes nothing");
                }
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
                self.put_off_rest();
                if let Err(Lost(why)) = self.take_data(data) {
                    self.client = Client::Broken(why);
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
                Incoming::Init => return Err(Lost("it began twice")),
                Incoming::Request(..) => return Err(Lost("a request before the beginning")),
            }
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
        self.budget.is_spent()
    }

    fn is_done(&self) -> bool {
        !self.is_open() && self.queue.is_empty() && self.line.is_empty() && self.out.is_empty()
    }

    /// Lets requests join the line, starts those whose turn it is, and writes the answers whose
    /// turn it is.
    fn advance(&mut self) {
        loop {
            while let Some((id, reply, reserved)) = self.line.leave() {
                reply.write(id, &mut self.out);
                self.reserved -= reserved;
            }
            if self.client == Client::Gone {
                self.out.clear();
            }
            self.join();
            self.start();
            let queued = self.queue.len() * size_of::<Queued>();
            self.waiting.set(self.out.len() + self.reserved + queued);
            let Some(Some((number, answer))) = self.running.next().now_or_never() else { return };
            self.finish(number, answer);
        }
    }

    fn finish(&mut self, number: u64, answer: Answer) {
        self.line.finish(number, answer);
        self.put_off_rest();
    }

    fn put_off_rest(&self) {
        self.rest.put_off(Instant::now(), self.desk.handles.has_files());
    }

    fn start(&mut self) {
        while let Some((number, (id, request, charge))) =
            self.line.start(self.has_spare(), self.takes())
        {
            let reserved = match &request {
                Request::Read { length, .. } => (*length).min(MAX_DATA) as usize,
                _ => 0,
            };
            self.reserved += reserved;
            let (desk, busy) = (Arc::clone(&self.desk), self.rest.busy());
            let answer = async move {
                let reply = desk.answer(request).await;
                drop((charge, busy));
                (number, (id, reply, reserved))
            };
            self.running.push(answer.boxed());
        }
    }

    /// Whether the client takes its answers.
    fn takes(&self) -> bool {
        self.client == Client::Gone || self.out.len() < ENOUGH
    }

    /// Whether more may be read.
    fn has_spare(&self) -> bool {
        self.client == Client::Gone || self.out.len() + self.reserved < ENOUGH
    }

    fn join(&mut self) {
        while self.line.has_room()
            && let Some(queued) = self.queue.pop_front()
        {
            let (id, request, charge) = match queued {
                // Nobody is there to read.
                Queued::Read { .. } if self.client == Client::Gone => continue,
                Queued::Other(other) if self.client == Client::Gone && reckons(&other.1) => {
                    continue;
                }
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
/// Whether a request reads a whole content for nothing but its answer.
const fn reckons(request: &Request) -> bool {
    matches!(request, Request::Extended(Extended::Check { .. } | Extended::CheckHandle { .. }))
}
