//! A login that there is not is answered as one that there is: in the same words, by the same methods, in the
//! same time.

use crate::ca::make_key;
use crate::common::wire::Line;
use crate::common::{Gateway, takes_the_same_time};
use russh::keys::{PrivateKeyWithHashAlg, load_secret_key};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

const WRONG: &str = "een fout wachtwoord";
/// As long as no sign-in takes that finds somebody.
const FLOOR: Duration = Duration::from_secs(1);

/// What a login hears that tries every way and has nothing. Each refusal takes a second, whatever was
/// done for it.
async fn told(at: SocketAddr, login: &str, key: &Path) -> Vec<String> {
    let mut ssh = Line::at(at).await.unwrap().ssh;
    let mut told = vec![format!("{:?}", ssh.authenticate_none(login).await.unwrap())];
    let begun = Instant::now();
    let key = Arc::new(load_secret_key(key, None).unwrap());
    let key = PrivateKeyWithHashAlg::new(key, None);
    told.push(format!("{:?}", ssh.authenticate_publickey(login, key).await.unwrap()));
    told.push(format!("{:?}", ssh.authenticate_password(login, WRONG).await.unwrap()));
    let asked = ssh.authenticate_keyboard_interactive_start(login, None).await;
    told.push(format!("{:?}", asked.unwrap()));
    let answer = ssh.authenticate_keyboard_interactive_respond(vec![WRONG.into()]).await;
    told.push(format!("{:?}", answer.unwrap()));
    assert!(begun.elapsed() >= 3 * FLOOR, "{login}: {:?}", begun.elapsed());
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_offers_the_same_to_every_login_and_says_no_more_of_one_that_there_is() {
    let gateway = Gateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    make_key(&key, &["ed25519"]);
    gateway.admin.begin_totp("devries").await.unwrap();
    gateway.admin.suspend("bos").await.unwrap();
    // With a password; with codes; a machine, without either; one that is suspended.
    let logins = ["jansen", "devries", "loon-visser", "bos", "niemand"];
    let all = logins.map(|login| told(gateway.sftp, login, &key));
    let all = futures_util::future::join_all(all).await;
    let [known @ .., nobody] = all.as_slice() else { unreachable!() };
    assert!(nobody[0].contains("PublicKey") && nobody[3].contains("Password: "), "{nobody:?}");
    for (login, told) in logins.iter().zip(known) {
        assert_eq!(told, nobody, "{login}");
    }
}

/// Over HTTP nothing is waited for: what SSH does before it waits is the same.
#[test]
fn a_wrong_password_takes_as_long_for_a_login_that_there_is_not() {
    // Two threads would take turns, and what is asked in turn would differ by how they find their memory.
    let one_thread = Builder::new_multi_thread().max_blocking_threads(1).enable_all().build();
    one_thread.unwrap().block_on(async {
        let gateway = Gateway::start().await;
        let client = reqwest::Client::new();
        let (mut turn, mut all) = (0, BTreeSet::new());
        takes_the_same_time(async |known| {
            // So that nobody guesses too often; and each guess is another, or it would be known again.
            gateway.clock.advance(600_000);
            turn += 1;
            let login = if known { "jansen" } else { "niemand" };
            let get = client.get(gateway.url("/"));
            let answer = get.basic_auth(login, Some(format!("geraden {turn}"))).send().await;
            let mut answer = answer.unwrap();
            assert_eq!(answer.status().as_u16(), 401);
            answer.headers_mut().remove("date");
            all.insert(format!("{:?} {}", answer.headers().clone(), answer.text().await.unwrap()));
        })
        .await;
        assert_eq!(all.len(), 1, "{all:?}");
    });
}
