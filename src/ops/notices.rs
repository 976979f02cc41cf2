//! Telling what happened outside the dossier: takes each letter that is due to a courier, and says what
//! became of it. Knows neither mail nor HTTP.

use crate::dossier::Result;
use crate::dossier::notice::pause;
use crate::vfs::{Channel, Letter, Notices, Vfs};
use std::future::Future;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// A round begins so many times in the quiet time: a digest comes no later than that.
const ROUNDS: u32 = 10;
/// No more often than this, whatever the quiet time is.
const OFTEN: Duration = Duration::from_millis(200);
/// No more seldom.
const SELDOM: Duration = Duration::from_secs(30);

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Arrived,
    /// It never will: its receiver is refused.
    Refused,
    /// Its receiver cannot be reached now.
    Later,
    /// Nobody can be reached now.
    Down,
}

/// Takes letters to their receivers.
pub trait Courier: Send + 'static {
    /// By which channel.
    const CHANNEL: Channel;

    /// Takes one, in less than eleven minutes. Logs what went wrong, without names.
    fn take(&mut self, letter: &Letter) -> impl Future<Output = Outcome> + Send;

    /// For now there are no more.
    fn rest(&mut self) -> impl Future<Output = ()> + Send;
}

/// Tells what happened, each once it has been quiet for so long, until `stop`. A letter that is on its way
/// then arrives.
pub async fn tell(vfs: Vfs, quiet: Duration, mut courier: impl Courier, stop: CancellationToken) {
    let mut tick = interval((quiet / ROUNDS).clamp(OFTEN, SELDOM));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut notices, mut failures) = (None, 0_u32);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        // Without a database nothing is told; the catalog has logged the cause.
        let reached = round(&vfs, quiet, &mut notices, &mut courier, &stop).await;
        courier.rest().await;
        match reached {
            Ok(Some(true)) => failures = 0,
            Ok(Some(false)) => {
                failures += 1;
                let pause = Duration::from_millis(pause(failures).unsigned_abs());
                stop.run_until_cancelled(sleep(pause)).await;
            }
            Ok(None) | Err(_) => {}
        }
    }
}

/// Tells all that is due now, or until nobody can be reached. Whether the last could be; `None` when nothing was
/// due.
async fn round<C: Courier>(
    vfs: &Vfs,
    quiet: Duration,
    notices: &mut Option<Notices>,
    courier: &mut C,
    stop: &CancellationToken,
) -> Result<Option<bool>> {
    let notices = match notices {
        Some(notices) => notices,
        None => notices.insert(vfs.notices(C::CHANNEL, quiet).await?),
    };
    notices.look().await?;
    let (mut reached, mut down) = (None, 0);
    while !stop.is_cancelled() {
        let Some(letter) = notices.next().await? else { break };
        let outcome = courier.take(&letter).await;
        reached = Some(outcome != Outcome::Down);
        down = if outcome == Outcome::Down { down + 1 } else { 0 };
        match outcome {
            Outcome::Arrived | Outcome::Refused => notices.told(&letter).await?,
            Outcome::Later | Outcome::Down => notices.later(&letter).await?,
        }
        // What one receiver does to the server is not to keep the others waiting.
        if down > 1 {
            break;
        }
    }
    Ok(reached)
}
