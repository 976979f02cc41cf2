//! Beyond the quota nothing is taken in, and nothing that was there is lost.

use crate::OWN;
use crate::common::{Backing, Gateway};
use crate::http::{Answer, Person};
use loondossier::vfs::Quota;

const SHARED: &str = "/Gedeeld met kantoor";
const SIZE: usize = 60_000;

/// A file in chunks, whose length nobody tells beforehand.
async fn put_in_chunks(person: &Person, path: &str, length: usize) -> Answer {
    let head = person.head("PUT", path, &[("Transfer-Encoding", "chunked")]);
    let chunk = format!("{:x}\r\n{}\r\n", 10_000, "x".repeat(10_000));
    person.send_raw(format!("{head}{}0\r\n\r\n", chunk.repeat(length / 10_000)).as_bytes()).await
}

#[tokio::test]
async fn what_is_beyond_the_quota_is_507_and_what_was_there_stays() {
    let quota = Quota { default: Some(100_000), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let jansen = Person::new(&gateway, "jansen");
    let first = "1".repeat(SIZE);
    jansen.put(&format!("{OWN}/a.txt"), &first).await;
    let more = "2".repeat(SIZE);
    for folder in [OWN, SHARED, "/Back-ups"] {
        let path = format!("{folder}/b.txt");
        let told = jansen.send("PUT", &path, &[], &more).await;
        assert_eq!(told.status, 507, "{path}: {}", told.head);
        assert!(told.body.contains("geen ruimte"), "{}", told.body);
        assert_eq!(put_in_chunks(&jansen, &path, SIZE).await.status, 507, "{path}");
        let to = jansen.url(&path);
        for overwrite in ["F", "T"] {
            let headers = [("Destination", to.as_str()), ("Overwrite", overwrite)];
            assert_eq!(jansen.ask("COPY", &format!("{OWN}/a.txt"), &headers).await, 507, "{path}");
        }
        assert_eq!(jansen.get(&path).await, None);
    }
    let longer = "3".repeat(SIZE * 2);
    assert_eq!(jansen.send("PUT", &format!("{OWN}/a.txt"), &[], &longer).await.status, 507);
    assert_eq!(put_in_chunks(&jansen, &format!("{OWN}/a.txt"), SIZE * 2).await.status, 507);
    assert_eq!(jansen.get(&format!("{OWN}/a.txt")).await.unwrap(), first);
    // To move and to replace takes no room, and what is deleted gives it back.
    let to = jansen.url(&format!("{SHARED}/a.txt"));
    assert_eq!(jansen.ask("MOVE", &format!("{OWN}/a.txt"), &[("Destination", &to)]).await, 201);
    jansen.put(&format!("{SHARED}/a.txt"), &more).await;
    assert_eq!(jansen.ask("DELETE", &format!("{SHARED}/a.txt"), &[]).await, 204);
    jansen.put(&format!("{OWN}/b.txt"), &more).await;
}
