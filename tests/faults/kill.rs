//! The process is killed in the middle of its work, again and again.

use crate::ledger::Writers;
use crate::server::Server;
use crate::times;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    let mut writers = Writers::new();
    server.start().await;
    writers.settle(&server).await;
    let cycles = times(200, 2_000);
    for cycle in 0..cycles {
        // From in the middle of signing in to in the middle of the second round.
        let alive = Duration::from_millis(u64::from(20 + cycle * 37 % 400));
        writers
            .write_until(&mut server, async |server| {
                tokio::time::sleep(alive).await;
                server.kill();
            })
            .await;
        server.start().await;
        writers.check(&server).await;
    }
    let acknowledged = writers.acknowledged();
    assert!(acknowledged > u64::from(cycles), "they wrote: {acknowledged}");
    println!("{cycles} kills, {acknowledged} acknowledged changes, none lost");
}
