//! The commands of PRODUCT.md section 9.
//!
//! Knows how to read a command line and how to print. Must not know any rule: it asks `vfs`, `auth`
//! and `ops`.

mod account;
mod app_password;
mod ca;
mod certificate;
mod deliver;
mod demo;
mod doctor;
mod erase;
mod gateway;
mod host_key;
mod init;
mod key;
mod keys;
mod maintain;
mod needed;
mod notices;
mod output;
mod presence;
mod roster;
mod secret;
mod serve;
mod set;
mod tree;
mod trust;
mod verify;
mod withdraw;

pub use output::Exit;
pub(crate) use output::Output;

use crate::config::{Config, FILE_VARIABLE, PREFIX};
use anyhow::ensure;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use gateway::Gateway;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Args, Debug)]
struct Options {
    /// The configuration; without it the one that `LOONDOSSIER_CONFIG` names.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A whole example dossier with files, accounts printed, served on loopback.
    Demo(demo::Demo),
    /// Make what is missing: database, keys, host key, certificate; print fingerprints.
    Init,
    /// Serve WebDAV and SFTP until told to stop.
    Serve,
    /// Check every part and say what is wrong and what to do.
    Doctor,
    /// Parties, engagements, employments and accounts from a file; a plan reads as a diff.
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    /// Who may sign in.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// SSH public keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Keys that sign SSH certificates for a party's accounts.
    #[command(subcommand)]
    Ca(ca::CaCommand),
    /// A password for one device.
    #[command(subcommand)]
    AppPassword(app_password::AppPasswordCommand),
    /// What would go where, and why not; without --dry-run hands it in.
    Deliver(deliver::Deliver),
    /// Take back what was misdelivered; says whether it had been opened.
    Withdraw(withdraw::Withdraw),
    /// What an office sends an employer to check, and the employer's green light.
    #[command(subcommand)]
    Set(set::SetCommand),
    /// The master key, and having contents back without this program.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Erase a party: its own part goes and its key is destroyed; what others must keep stays.
    Erase(erase::Erase),
    /// The names as an account sees them; noted in its log.
    Tree(tree::Tree),
    /// Catalog against contents; reports, changes nothing.
    Verify(verify::Verify),
    /// Retention and sweep of orphans; serve does it by itself, daily.
    Maintain(maintain::Maintain),
}

/// Threads for what blocks; with all others fewer than `TasksMax=` of the service.
const BLOCKING: usize = 128;
/// How long the runtime may take to end what still runs after the command.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a command line, of which the first word is the program's name, does what it says and prints
/// what came of it.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let ended = Cli::try_parse_from(words).map_err(anyhow::Error::from).and_then(|cli| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.max_blocking_threads(BLOCKING).enable_all().build()?;
        let ended = runtime.block_on(cli.run());
        runtime.shutdown_timeout(PATIENCE);
        ended
    });
    ended.unwrap_or_else(|error| {
        if let Some(usage) = error.downcast_ref::<clap::Error>() {
            drop(usage.print());
            return if usage.use_stderr() { Exit::Usage } else { Exit::Done };
        }
        output::complain(&error);
        Exit::Failed
    })
}

impl Cli {
    async fn run(self) -> anyhow::Result<Exit> {
        let options = self.options;
        let output = Output { json: options.json };
        match self.command {
            Command::Demo(_) if options.config.is_some() => {
                Err(usage(ErrorKind::UnknownArgument, "demo takes no --config"))
            }
            Command::Demo(demo) => Box::pin(demo::run(&demo, output)).await,
            Command::Init => init::run(&options.config()??, output).await,
            Command::Serve => serve::run(&options.config()??).await,
            Command::Doctor => doctor::run(options.config()?, output).await,
            Command::Roster(command) => {
                roster::run(command, &options.gateway().await?.vfs, output).await
            }
            Command::Account(command) => {
                let host = options.config()??.public_host().unwrap_or_default();
                account::run(command, &options.gateway().await?.admin, &host, output).await
            }
            Command::Key(command) => {
                key::run(command, &options.gateway().await?.admin, output).await
            }
            Command::Ca(command) => ca::run(command, &options.gateway().await?.admin, output).await,
            Command::AppPassword(command) => {
                app_password::run(command, &options.gateway().await?.admin, output).await
            }
            Command::Deliver(deliver) => {
                deliver::run(&deliver, &options.gateway().await?, output).await
            }
            Command::Set(command) => set::run(&command, &options.gateway().await?, output).await,
            Command::Withdraw(withdraw) => {
                withdraw::run(&withdraw, &options.gateway().await?, output).await
            }
            Command::Keys(command) => {
                let config = options.config()??;
                keys::run(command, &config, &options.gateway().await?, output).await
            }
            Command::Erase(erase) => erase::run(&erase, &options.gateway().await?, output).await,
            Command::Tree(tree) => tree::run(tree, &options.gateway().await?, output).await,
            Command::Verify(verify) => {
                verify::run(&verify, &options.gateway().await?, output).await
            }
            Command::Maintain(maintain) => {
                maintain::run(&maintain, &options.gateway().await?, output).await
            }
        }
    }
}

impl Options {
    /// The outer error is one of usage, the inner one of what the configuration says.
    fn config(&self) -> anyhow::Result<anyhow::Result<Config>> {
        let env = match environment() {
            Ok(env) => env,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let named = |(name, file): &(String, String)| name == FILE_VARIABLE && !file.is_empty();
        if self.config.is_none() && !env.iter().any(named) {
            let text = format!("name the configuration: --config FILE, or {FILE_VARIABLE}=FILE");
            return Err(usage(ErrorKind::MissingRequiredArgument, &text));
        }
        Ok(Config::load(self.config.as_deref(), env))
    }

    async fn gateway(&self) -> anyhow::Result<Gateway> {
        let config = self.config()??;
        log_causes()?;
        let gateway = Gateway::open(&config).await?;
        gateway.check_keys().await?;
        Ok(gateway)
    }
}

/// The environment, as far as it is text; what we are told by it must be.
fn environment() -> anyhow::Result<Vec<(String, String)>> {
    let others = [FILE_VARIABLE, "CREDENTIALS_DIRECTORY"];
    let told = |name: &str| name.starts_with(PREFIX) || others.contains(&name);
    let mut env = Vec::new();
    for (name, value) in std::env::vars_os() {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => env.push((name, value)),
            _ => ensure!(!told(&shown), "{shown} in the environment is not UTF-8"),
        }
    }
    Ok(env)
}

/// What a command logs: causes that its own error does not carry.
fn log_causes() -> anyhow::Result<()> {
    crate::ops::log_to_stderr(crate::ops::Format::Text, "warn")
}

fn usage(kind: ErrorKind, text: &str) -> anyhow::Error {
    Cli::command().error(kind, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(line: &str) -> Exit {
        main(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn config_and_json_go_anywhere_after_the_command() {
        for line in [
            "loondossier tree --config c.toml --json devries /Mijn",
            "loondossier tree devries --json /Mijn --config c.toml",
            "loondossier tree devries /Mijn --config=c.toml --json",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.options.config, Some("c.toml".into()), "{line}");
            assert!(cli.options.json, "{line}");
        }
    }

    #[test]
    fn a_command_line_that_is_not_understood_ends_with_2() {
        for line in [
            "loondossier",
            "loondossier fly",
            "loondossier serve --fast",
            "loondossier tree --config /no.toml",
            "loondossier demo --config /no.toml",
            "loondossier demo --dav nowhere",
            "loondossier demo --sftp 0.0.0.0:2222",
        ] {
            assert_eq!(exit(line), Exit::Usage, "{line}");
        }
    }

    #[test]
    fn help_and_version_end_with_0() {
        for line in ["loondossier --help", "loondossier tree --help", "loondossier --version"] {
            assert_eq!(exit(line), Exit::Done, "{line}");
        }
    }

    #[test]
    fn a_configuration_that_cannot_be_read_ends_with_1() {
        for command in ["init", "serve", "doctor", "tree devries"] {
            let line = format!("loondossier {command} --config /no/such.toml");
            assert_eq!(exit(&line), Exit::Failed, "{line}");
        }
    }
}
