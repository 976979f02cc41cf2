//! What is promised within a time, where the server runs in this process.

use std::time::{Duration, Instant};

/// Waits until it is so, for the five seconds that PRODUCT.md section 8 allows. What keeps this process from running
/// keeps the server in it from running too: of a turn half a second counts at most.
pub(crate) async fn within_five_seconds(what: &str, so: impl AsyncFn() -> bool) {
    let mut waited = Duration::ZERO;
    loop {
        let turn = Instant::now();
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        waited += turn.elapsed().min(Duration::from_millis(500));
        assert!(waited < Duration::from_secs(5), "not within five seconds: {what}");
    }
}
