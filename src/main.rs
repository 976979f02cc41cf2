//! The program: `loondossier COMMAND`.

use std::process::ExitCode;

/// A listing of ten thousand makes as many small objects: the C library takes a sixth of the time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(loondossier::cli::main(std::env::args_os()) as u8)
}
