//! Makes the example: lets everybody do what the story says, each day on that day.
//!
//! Knows the rooms by their doors alone: all that is in the example came in as everything does.
//! Must not know the catalog or the contents.

use super::folder::{Folder, Kept};
use super::story::{Act, Event};
use super::{cast, story};
use crate::cli::gateway::{Gateway, sentence};
use crate::cli::host_key;
use crate::cli::{Output, init};
use crate::clock::Clock;
use crate::config::Config;
use crate::dossier::roster::{Options, Roster};
use crate::dossier::{self, DossierPath, Scope};
use crate::vfs::{Conditions, Create, Remove, Vfs};
use anyhow::{Context, Result};
use bytes::Bytes;
use std::sync::Arc;

/// The SSH key of the payroll software, beside its `.pub`.
pub(super) const KEY: &str = cast::MACHINE;

/// Makes all of it, from the beginning; what an interrupted run left is taken away.
pub(super) async fn make(folder: &Folder, config: &Config, now: i64) -> Result<Kept> {
    folder.clear()?;
    init::make(config).await?;
    for (name, text) in cast::FILES {
        folder.write(name, text.as_bytes())?;
    }
    let roster = Arc::new(cast::roster()?);
    let events = story::events(&roster, now);
    let clock = Clock::fixed(story::beginning(&events));
    let gateway = Gateway::open_at(config, clock.clone()).await?;
    gateway.vfs.apply_roster(Arc::clone(&roster), Options::default()).await?;
    let kept = sign_in(folder, &gateway, &roster).await?;

    for (number, event) in (1..).zip(&events) {
        Output::progress(format_args!("making the example: {number} of {}", events.len()));
        clock.advance(event.at - clock.now());
        let failed = || format!("{} could not {}", event.login, event.act);
        done(&gateway.vfs, event).await.map_err(sentence).with_context(failed)?;
    }
    Output::progress("");
    folder.keep(&kept)?;
    Ok(kept)
}

/// Gives everybody a password, and the payroll software an app password and a key.
async fn sign_in(folder: &Folder, gateway: &Gateway, roster: &Roster) -> Result<Kept> {
    let admin = &gateway.admin;
    for (login, _) in cast::people(roster) {
        admin.set_password(&login, &cast::password(&login)).await?;
    }
    folder.write(KEY, &host_key::make()?)?;
    let public = host_key::public_key(&folder.path(KEY))?;
    folder.write(&format!("{KEY}.pub"), format!("{public}\n").as_bytes())?;
    admin.add_key(cast::MACHINE, &public, Some(Scope::BACKUP), &[], None).await?;
    let scope = Scope::DELIVER.and(Scope::BACKUP);
    let made = admin.add_app_password(cast::MACHINE, "loonpakket", Some(scope)).await?;
    Ok(Kept { app_password: made.secret.0 })
}

async fn done(vfs: &Vfs, event: &Event) -> dossier::Result<()> {
    let session = &vfs.operator_session(&event.login).await?;
    let always = Conditions::default();
    match &event.act {
        Act::Put(path, content) => {
            let size = u64::try_from(content.len()).ok();
            let create = Create { make: true, size, ..Create::default() };
            let mut upload = vfs.create(session, &DossierPath::parse(path)?, create).await?;
            upload.write_at(0, Bytes::copy_from_slice(content)).await?;
            upload.commit().await.map(drop)
        }
        Act::Folder(path) => {
            vfs.make_folder(session, &DossierPath::parse(path)?, &always).await.map(drop)
        }
        Act::Move(from, to) => {
            let (from, to) = (DossierPath::parse(from)?, DossierPath::parse(to)?);
            vfs.relocate(session, &from, &to, false, &always).await.map(drop)
        }
        Act::Remove(path) => {
            vfs.remove(session, &DossierPath::parse(path)?, Remove::File, &always).await
        }
    }
}
