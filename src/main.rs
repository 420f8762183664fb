//! The binary: parse the arguments, run the subcommand, map the outcome to an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use mergeaudit::cli::{Arguments, Exit};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no failure; a closed pipe is nobody's loss.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Failure.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    mergeaudit::cli::run(arguments).into()
}
