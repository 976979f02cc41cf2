//! What the demo says once it serves: who there is, and how to open what they have.
//!
//! Knows clients. Must not know the rooms. Every line works as it is printed.

use super::folder::{Folder, Kept};
use super::{cast, making};
use crate::cli::output::word;
use crate::cli::{Output, host_key};
use crate::config::Config;
use anyhow::Result;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};

/// By which SSH clients know the server, in the folder of the example.
const KNOWN_HOSTS: &str = "known_hosts";

#[derive(Serialize)]
struct Account {
    login: String,
    password: String,
    who: String,
}

/// Prints it.
pub(super) fn print(folder: &Folder, config: &Config, kept: &Kept, out: Output) -> Result<()> {
    let key = host_key::public_key(&config.host_key_file())?;
    let (dav, sftp) = (config.dav.listen, config.sftp.listen);
    let known = format!("[{}]:{} {key}\n", sftp.ip(), sftp.port());
    folder.write(KNOWN_HOSTS, known.as_bytes())?;

    out.line(format_args!("The example dossier in {}\n", folder.path("").display()));
    out.line(format_args!("WebDAV  https://{dav}/\nSFTP    sftp://{sftp}/\n"));
    let head = ["ACCOUNT", "PASSWORD", "WHO"];
    out.rows(&head, &accounts(kept)?, |a| [&a.login, &a.password, &a.who].map(Clone::clone).into());
    out.line(how(folder, dav, sftp, &kept.app_password));
    Ok(())
}

fn accounts(kept: &Kept) -> Result<Vec<Account>> {
    let people = cast::people(&cast::roster()?).into_iter();
    let mut accounts: Vec<Account> = people
        .map(|(login, who)| Account { password: cast::password(&login), login, who })
        .collect();
    accounts.push(Account {
        login: cast::MACHINE.to_owned(),
        password: kept.app_password.clone(),
        who: "the payroll software of Kantoor Visser: an app password".to_owned(),
    });
    Ok(accounts)
}

/// How each client opens the example, as `petra`; the payroll software by its key.
fn how(folder: &Folder, dav: SocketAddr, sftp: SocketAddr, app_password: &str) -> String {
    let (petra, devries) = (cast::password("petra"), cast::password("devries"));
    let port = sftp.port();
    let host = match sftp.ip() {
        IpAddr::V4(host) => host.to_string(),
        IpAddr::V6(host) => format!("[{host}]"),
    };
    // OpenSSH reads the value of an option once more, after the shell.
    let known = folder.path(KNOWN_HOSTS).display().to_string();
    let ssh = format!("-P {port} -o {}", word(format!("UserKnownHostsFile=\"{known}\"")));
    let key = word(folder.path(making::KEY).display());
    let certificate = word(folder.path("data/keys/tls.crt").display());
    let program = std::env::current_exe().unwrap_or_else(|_| "loondossier".into());
    let program = word(program.display());
    let config = word(folder.path("loondossier.toml").display());
    let roster = word(folder.path("roster.toml").display());
    format!(
        r#"
curl, a listing and a file:
  curl -k -u petra:{petra} -X PROPFIND -H 'Depth: 1' 'https://{dav}/'
  curl -k -u devries:{devries} -O 'https://{dav}/Mijn%20bestanden/Reiskosten.csv'
rclone, over WebDAV and over SFTP (it wants its password obscured):
  rclone tree --no-check-certificate ":webdav,url='https://{dav}',user=petra,pass=$(rclone obscure {petra}):"
  rclone tree ":sftp,host='{host}',port={port},user=petra,pass=$(rclone obscure {petra}):"
sftp, with the password of petra; and the payroll software by its key, which reaches backups alone:
  sftp {ssh} 'petra@{host}'
  sftp {ssh} -i {key} -o IdentitiesOnly=yes 'loon-visser@{host}'
  curl -k -u loon-visser:{app_password} -O 'https://{dav}/Back-ups/loon-backup.zip'
Windows Explorer, from WSL (Windows must trust the certificate first):
  certutil.exe -user -addstore Root "$(wslpath -w {certificate})"
  net.exe use L: 'https://{dav}/' /user:petra {petra}
Finder: Go, Connect to Server (Cmd-K), and accept the certificate:
  https://{dav}/
GNOME Files: Other Locations, Connect to Server; or in a terminal:
  gio mount 'davs://petra@{dav}/'
  gio mount 'sftp://petra@{sftp}/'
The other commands, in a second terminal:
  {program} tree petra --config {config}
  {program} roster plan {roster} --config {config}

Ctrl-C stops it. Run it again in the same folder, and it goes on."#
    )
}
