//! Trees in which not everything is of the same party, or seen by the same: only what may go goes, or
//! nothing does.

use crate::client::{Client, Told};
use crate::world::{
    BY_DEVRIES, BY_EMPLOYER, BY_JANSEN, DAY, MINE, TO_DEVRIES, TO_EMPLOYER, TO_JANSEN, TO_OFFICE,
    World, at,
};

/// The employee, its employer, and the office. The employer shares a folder with the office, and in it
/// files of its own and two documents of the employee: one forwarded by moving, one by copying.
async fn a_mixed_tree(world: &World) -> [Client; 3] {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    for folder in ["map", "map/dieper"] {
        jansen.makes(&at(TO_OFFICE, folder)).await;
    }
    for file in ["map/eigen.txt", "map/dieper/ook.txt", "map/._eigen.txt"] {
        jansen.puts(&at(TO_OFFICE, file), b"of the employer").await;
    }
    for file in ["een.txt", "twee.txt"] {
        devries.puts(&at(TO_JANSEN, file), b"of the employee").await;
    }
    jansen.moves(&at(BY_DEVRIES, "een.txt"), &at(TO_OFFICE, "map/een.txt")).await;
    jansen.copies(&at(BY_DEVRIES, "twee.txt"), &at(TO_OFFICE, "map/dieper/twee.txt")).await;
    [devries, jansen, petra]
}

/// What the office sees of it.
const SEEN: [&str; 6] = [
    "map/",
    "map/dieper/",
    "map/dieper/ook.txt",
    "map/dieper/twee.txt",
    "map/een.txt",
    "map/eigen.txt",
];

/// These, and nothing else, lie in a folder.
async fn holds(client: &Client, folder: &str, wanted: &[&str]) {
    let wanted: Vec<_> = wanted.iter().map(|path| at(folder, path)).collect();
    assert_eq!(client.tree(folder).await, wanted, "{client} looks through {folder}");
}

pub(crate) async fn a_tree_with_forwarded_documents_is_moved_nowhere_else(world: World) {
    let [devries, jansen, petra] = a_mixed_tree(&world).await;
    for tree in ["map", "map/dieper"] {
        for folder in [MINE, TO_DEVRIES, BY_DEVRIES, "/Back-ups"] {
            jansen.may_not_move(&at(TO_OFFICE, tree), &at(folder, "map")).await;
        }
        petra.may_not_move(&at(BY_JANSEN, tree), &at(MINE, "map")).await;
        petra.may_not_move(&at(BY_JANSEN, tree), &at(TO_EMPLOYER, "map")).await;
    }
    petra.may_not_delete(&at(BY_JANSEN, "map")).await;
    holds(&petra, BY_JANSEN, &SEEN).await;
    holds(&devries, TO_JANSEN, &["een.txt", "twee.txt"]).await;
    holds(&devries, BY_EMPLOYER, &[]).await;
    // What is only the employer's own goes where it likes.
    jansen.deletes(&at(TO_OFFICE, "map/dieper/twee.txt")).await;
    jansen.moves(&at(TO_OFFICE, "map/dieper"), &at(MINE, "dieper")).await;
    holds(&petra, BY_JANSEN, &["map/", "map/een.txt", "map/eigen.txt"]).await;
}

pub(crate) async fn a_copy_of_a_mixed_tree_is_the_copiers_own(world: World) {
    let [devries, jansen, petra] = a_mixed_tree(&world).await;
    jansen.copies(&at(TO_OFFICE, "map"), &at(MINE, "map")).await;
    petra.copies(&at(BY_JANSEN, "map"), &at(MINE, "map")).await;
    devries.moves(&at(TO_JANSEN, "een.txt"), &at(MINE, "een.txt")).await;
    devries.deletes(&at(TO_JANSEN, "twee.txt")).await;
    holds(&petra, BY_JANSEN, &["map/", "map/dieper/", "map/dieper/ook.txt", "map/eigen.txt"]).await;
    // Taking back does not touch the copies; what a system left behind stays with who put it there.
    holds(&petra, MINE, &SEEN).await;
    jansen.reads(&at(MINE, "map/een.txt"), b"of the employee").await;
    jansen.reads(&at(MINE, "map/dieper/twee.txt"), b"of the employee").await;
    petra.reads(&at(MINE, "map/een.txt"), b"of the employee").await;
    let log = String::from_utf8(devries.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    for name in ["een.txt", "twee.txt"] {
        for who in ["K. Jansen (Bakkerij Jansen BV)", "P. de Boer (Administratiekantoor Visser)"] {
            let line = format!("{who};kopie genomen;{name};");
            assert!(log.contains(&line), "{line} in {log}");
        }
    }
    assert!(!log.contains("eigen.txt") && !log.contains("ook.txt"), "{log}");
}

pub(crate) async fn a_mixed_tree_that_is_deleted_is_in_the_history_without_what_is_anothers(
    world: World,
) {
    let [devries, jansen, petra] = a_mixed_tree(&world).await;
    world.gateway.clock.advance(DAY);
    jansen.deletes(&at(TO_OFFICE, "map")).await;
    holds(&petra, BY_JANSEN, &[]).await;
    holds(&jansen, BY_DEVRIES, &["een.txt", "twee.txt"]).await;
    holds(&devries, TO_JANSEN, &["een.txt", "twee.txt"]).await;
    let past = "/Eerdere dagen/2026-11-24";
    let own = ["map/", "map/dieper/", "map/dieper/ook.txt", "map/eigen.txt"];
    holds(&jansen, &format!("{past}{TO_OFFICE}"), &own).await;
    devries.reads(&format!("{past}{TO_JANSEN}/een.txt"), b"of the employee").await;
    // What comes back is the employer's own.
    jansen.copies(&format!("{past}{TO_OFFICE}/map"), &at(TO_OFFICE, "map")).await;
    holds(&petra, BY_JANSEN, &own).await;
}

/// The employee's tree, of which one document was forwarded by moving and one by copying.
pub(crate) async fn an_employees_tree_goes_with_what_was_forwarded_out_of_it(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.makes(&at(TO_JANSEN, "map/dieper")).await;
    for file in ["map/a.txt", "map/b.txt", "map/dieper/c.txt", "map/._b.txt"] {
        devries.puts(&at(TO_JANSEN, file), file.as_bytes()).await;
    }
    jansen.moves(&at(BY_DEVRIES, "map/a.txt"), &at(TO_OFFICE, "a.txt")).await;
    jansen.copies(&at(BY_DEVRIES, "map/dieper/c.txt"), &at(TO_OFFICE, "c.txt")).await;
    let visible = ["map/", "map/b.txt", "map/dieper/", "map/dieper/c.txt"];
    holds(&jansen, BY_DEVRIES, &visible).await;
    // Only what one sees travels.
    jansen.copies(&at(BY_DEVRIES, "map"), &at(MINE, "map")).await;
    holds(&jansen, MINE, &visible).await;
    // Its owner's goes as a whole.
    let all = ["._b.txt", "a.txt", "b.txt", "dieper/", "dieper/c.txt"];
    devries.copies(&at(TO_JANSEN, "map"), &at(MINE, "kopie")).await;
    holds(&devries, &at(MINE, "kopie"), &all).await;
    devries.moves(&at(TO_JANSEN, "map"), &at(TO_JANSEN, "nieuw")).await;
    holds(&petra, BY_JANSEN, &["a.txt", "c.txt"]).await;
    jansen.sees(&at(BY_DEVRIES, "nieuw"), &["b.txt", "dieper"]).await;
    devries.moves(&at(TO_JANSEN, "nieuw"), &at(MINE, "terug")).await;
    holds(&petra, BY_JANSEN, &[]).await;
    holds(&jansen, TO_OFFICE, &[]).await;
    holds(&jansen, BY_DEVRIES, &[]).await;
    holds(&devries, &at(MINE, "terug"), &all).await;
    // Shared again it is as never forwarded.
    devries.moves(&at(MINE, "terug"), &at(TO_JANSEN, "terug")).await;
    let again = ["a.txt", "b.txt", "dieper/", "dieper/c.txt"];
    holds(&jansen, &at(BY_DEVRIES, "terug"), &again).await;
    holds(&petra, BY_JANSEN, &[]).await;
}

pub(crate) async fn a_tree_with_another_partys_documents_is_not_shared_on(world: World) {
    let [devries, jansen, petra] = a_mixed_tree(&world).await;
    let yilmaz = "/Werknemers/0043 S. Yilmaz/Gedeeld met werknemer";
    for folder in [TO_DEVRIES, yilmaz, TO_OFFICE] {
        for tree in ["map", "map/dieper"] {
            jansen.may_not_copy(&at(TO_OFFICE, tree), &at(folder, "kopie")).await;
            let told = jansen.copy_over(&at(TO_OFFICE, tree), &at(folder, "kopie")).await;
            assert_eq!(told, Told::Denied);
            // A client that copies one by one may get what is its own.
            let copied = jansen.tree(folder).await.join(" ");
            assert!(!copied.contains("kopie/dieper/twee.txt"), "{copied}");
            assert!(!copied.contains("kopie/een.txt"), "{copied}");
            assert!(!copied.contains("kopie/twee.txt"), "{copied}");
            if copied.contains("kopie") {
                jansen.deletes(&at(folder, "kopie")).await;
            }
        }
    }
    petra.may_not_copy(&at(BY_JANSEN, "map"), &at(TO_EMPLOYER, "map")).await;
    holds(&petra, BY_JANSEN, &SEEN).await;
    holds(&devries, TO_JANSEN, &["een.txt", "twee.txt"]).await;
}
