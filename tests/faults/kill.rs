//! The process is killed in the middle of its work, again and again.

use crate::common::server::Server;
use crate::ledger::Writers;
use crate::times;
use crate::verify::{age, objects};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
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
    server.kill();
    // What the kills left lying around is found by its age, and then nothing is left but what is there.
    for object in objects(&data) {
        age(&object);
    }
    let swept = server.runs(&["maintain"]);
    assert!(swept.contains("objects without a row: "), "{swept}");
    let found = server.runs(&["verify", "--read-data"]);
    assert!(found.contains("0 faults"), "{found}");
    assert!(server.runs(&["maintain"]).contains("objects without a row: 0 "));
    let acknowledged = writers.acknowledged();
    assert!(acknowledged > u64::from(cycles), "they wrote: {acknowledged}");
    println!("{cycles} kills, {acknowledged} acknowledged changes, none lost; {swept}");
}
