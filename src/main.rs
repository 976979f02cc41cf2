//! The program: `loondossier COMMAND`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(loondossier::cli::main(std::env::args_os()) as u8)
}
