//! The binary: parse arguments, run the subcommand, map the outcome to an exit code.

fn main() {}
