//! `loondossier tree`: the names as an account sees them.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::dossier::{DossierPath, Word};
use crate::vfs::{Also, Entry, Session};
use anyhow::{Context, Result};
use clap::Args;

#[derive(Args, Debug)]
pub(super) struct Tree {
    /// Whose tree.
    login: String,
    /// From where; a day of the earlier days is entered only when it is named.
    #[arg(default_value = "/")]
    path: String,
}

/// A folder or file that is still to be shown, and how deep it lies.
struct Item {
    path: DossierPath,
    entry: Entry,
    depth: usize,
}

pub(super) async fn run(tree: Tree, gateway: &Gateway, output: Output) -> Result<Exit> {
    let session = gateway.session_for(&tree.login).await?;
    let start = DossierPath::parse(&tree.path).map_err(sentence)?;
    let entry = gateway.vfs.stat(&session, &start).await.map_err(sentence).context(tree.path)?;

    // The next to show is the last; memory is that of the folders on the way to it.
    let mut next = vec![Item { path: start.clone(), entry, depth: 0 }];
    let mut paths = Vec::new();
    while let Some(item) = next.pop() {
        let mark = if item.entry.folder && !item.path.is_root() { "/" } else { "" };
        match (output.json, item.path.name()) {
            (true, _) => paths.push(format!("{}{mark}", item.path)),
            (false, name) => {
                let indent = "  ".repeat(item.depth);
                output.line(format!("{indent}{}{mark}", name.unwrap_or("/")));
            }
        }
        if item.entry.folder && (item.path == start || !is_day(&item.path, &session)) {
            next.extend(children(gateway, &session, item).await?);
        }
    }
    if output.json {
        output.value(&paths, "");
    }
    Ok(Exit::Done)
}

/// What is in a folder, the last first.
async fn children(gateway: &Gateway, session: &Session, folder: Item) -> Result<Vec<Item>> {
    let failed = |error| sentence(error).context(folder.path.to_string());
    let mut listing =
        gateway.vfs.list(session, &folder.path, Also::default()).await.map_err(failed)?;
    let mut all = Vec::new();
    while let Some(entry) = listing.next().await.map_err(failed)? {
        let path = folder.path.join(&entry.name);
        all.push(Item { path, entry, depth: folder.depth + 1 });
    }
    all.reverse();
    Ok(all)
}

/// A day of `/Eerdere dagen`: it has all of today's files again.
fn is_day(path: &DossierPath, session: &Session) -> bool {
    let above = path.parent();
    above.parent().is_root() && above.name() == Some(Word::EarlierDays.name(session.language))
}
