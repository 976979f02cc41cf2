//! What a narrowed credential reaches: its part of the tree, and nothing through it.

use crate::OWN;
use crate::common::Gateway;
use crate::http::Person;
use loondossier::dossier::Scope;

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
const FORWARDED: &str = "/Gedeeld met kantoor";
const OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";

async fn narrowed(gateway: &Gateway, login: &str, scope: Scope) -> Person {
    Person::with(gateway, login, &gateway.app_password(login, scope).await)
}

#[tokio::test]
async fn what_is_no_area_of_files_leads_to_none() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    jansen.put(&format!("{OWN}/geheim.txt"), "geheim").await;
    let deliver = narrowed(&gateway, "jansen", Scope::DELIVER).await;
    for (who, path) in [
        (&deliver, "/Aanleveren/geheim.txt"),
        (&jansen, "/Aanleveren/geheim.txt"),
        (&jansen, "/Logboek/geheim.txt"),
        (&jansen, "/Logboek/x/geheim.txt"),
        (&jansen, "/Eerdere dagen/geheim.txt"),
        (&jansen, "/Ter controle/geheim.txt"),
    ] {
        for (method, headers) in [
            ("GET", &[][..]),
            ("HEAD", &[]),
            ("PROPFIND", &[("Depth", "0")]),
            ("DELETE", &[]),
            ("UNLOCK", &[("Lock-Token", "<urn:uuid:0>")]),
        ] {
            assert_eq!(who.ask(method, path, headers).await, 404, "{method} {path}");
        }
        let to = jansen.url(&format!("{OWN}/kopie.txt"));
        assert_eq!(jansen.ask("COPY", path, &[("Destination", &to)]).await, 404, "COPY {path}");
    }
}

#[tokio::test]
async fn who_may_only_read_ends_no_forward() {
    let gateway = Gateway::start().await;
    let (devries, jansen, petra) = (
        Person::new(&gateway, "devries"),
        Person::new(&gateway, "jansen"),
        Person::new(&gateway, "petra"),
    );
    devries.put(&format!("{SHARED}/a.txt"), "shared").await;
    devries.make(&format!("{SHARED}/map")).await;
    devries.put(&format!("{SHARED}/map/b.txt"), "in a folder").await;
    for name in ["a.txt", "map"] {
        let to = jansen.url(&format!("{FORWARDED}/{name}"));
        let moved = jansen.ask("MOVE", &format!("{SEEN}/{name}"), &[("Destination", &to)]).await;
        assert_eq!(moved, 201);
    }
    let reader = narrowed(&gateway, "jansen", Scope::READ).await;
    for name in ["a.txt", "map", "map/b.txt"] {
        let link = format!("{FORWARDED}/{name}");
        assert_eq!(reader.ask("DELETE", &link, &[]).await, 403, "{name}");
        let back = reader.url(&format!("{SEEN}/{}", name.rsplit('/').next().unwrap()));
        assert_eq!(reader.ask("MOVE", &link, &[("Destination", &back)]).await, 403, "{name}");
    }
    assert_eq!(petra.get(&format!("{OFFICE}/a.txt")).await.unwrap(), "shared");
    assert_eq!(petra.get(&format!("{OFFICE}/map/b.txt")).await.unwrap(), "in a folder");
}
