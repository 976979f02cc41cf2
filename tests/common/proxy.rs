//! A TCP proxy in front of a server, which cuts connections halfway.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Running until it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    /// How many connections were cut.
    cut: Arc<AtomicUsize>,
    _stop: DropGuard,
}

impl Proxy {
    /// Cuts each next connection once so many bytes went up through it; when there are no more cuts, no
    /// connection is cut any more.
    pub async fn new(to: SocketAddr, cuts: Vec<u64>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, cut) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let (stopped, count) = (stop.clone(), Arc::clone(&cut));
        tokio::spawn(stopped.run_until_cancelled_owned(async move {
            for until in cuts.into_iter().map(Some).chain(std::iter::repeat(None)) {
                let (client, _) = listener.accept().await.unwrap();
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    if forward(client, to, until).await {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        }));
        Self { address, cut, _stop: stop.drop_guard() }
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Takes a connection to its end, or cuts it; whether it did.
async fn forward(mut client: TcpStream, to: SocketAddr, until: Option<u64>) -> bool {
    let mut server = TcpStream::connect(to).await.unwrap();
    let Some(until) = until else {
        drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
        return false;
    };
    let ((from, mut back), (mut answers, mut into)) = (client.split(), server.split());
    let up = async {
        let sent = copy(&mut from.take(until), &mut into).await;
        let all = sent.is_ok_and(|sent| sent == until);
        if !all {
            drop(into.shutdown().await);
        }
        all
    };
    let down = async {
        drop(copy(&mut answers, &mut back).await);
    };
    // Both sides are dropped as soon as enough went up, whatever was still to come down.
    tokio::select! {
        true = up => true,
        () = down => false,
    }
}
