//! `certwright`: the binary behind the Ansible collection `certwright.fleet`.
//!
//! It runs one module per process, either the way Ansible runs a binary module (the path of an
//! arguments file) or with the arguments as JSON on standard input, which is how the collection's
//! action plugin calls it so that no secret ever reaches a disk, a command line or an environment.

mod ansible;
mod clients;
mod context;
mod deadline;
mod dns_name;
mod http;
mod issuers;
mod lifecycle;
mod modules;
mod retry;
mod secret;
mod targets;
mod x509;

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

fn main() -> ExitCode {
    match Cli::parse() {
        Cli {
            command: Some(Command::Run { module }),
            ..
        } => run_module(Some(&module), read_stdin()),
        Cli {
            arguments_file: Some(path),
            ..
        } => run_module(None, std::fs::read(path)),
        Cli {
            command: Some(Command::List),
            ..
        } => {
            for entry in modules::REGISTRY {
                println!("{}", entry.name);
            }
            ExitCode::SUCCESS
        }
        Cli {
            command: Some(Command::Doc { write, check }),
            ..
        } => match ansible::docs::maintain(write.as_deref(), check.as_deref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                eprintln!("{problem}");
                ExitCode::FAILURE
            }
        },
        Cli {
            command: Some(Command::Version),
            ..
        } => {
            println!("{}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        // clap demands one of the two.
        Cli { command: None, .. } => ExitCode::FAILURE,
    }
}

#[derive(Parser)]
#[command(
    version,
    about,
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    /// A file with the module's arguments as JSON: Ansible's protocol for binary modules
    arguments_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a module with its arguments as one JSON object on standard input
    Run {
        /// With or without the collection's name in front
        module: String,
    },
    /// The modules, a line each
    List,
    /// Make the modules' documentation stubs and its fragments, or check that they are up to date
    Doc {
        /// Write them below this folder, the collection's `plugins`
        #[arg(long, value_name = "DIR", required_unless_present = "check")]
        write: Option<PathBuf>,
        /// Fail if one below this folder differs from what would be written
        #[arg(long, value_name = "DIR", conflicts_with = "write")]
        check: Option<PathBuf>,
    },
    /// The version
    Version,
}

/// The one way out of a module run: one JSON object on standard output.
fn run_module(name: Option<&str>, input: std::io::Result<Vec<u8>>) -> ExitCode {
    ansible::panic::install();
    let response = match input {
        Ok(input) => modules::run(name, &input),
        Err(error) => ansible::Response::failure(&format!("cannot read the arguments: {error}")),
    };
    response.print();
    if response.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn read_stdin() -> std::io::Result<Vec<u8>> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input)?;
    Ok(input)
}
