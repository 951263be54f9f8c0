//! Simulators of the systems that certwright talks to.
//!
//! One process serves Sectigo Certificate Manager with its ACME servers, and a
//! pair of F5 BIG-IP, over real HTTPS. A control port lets tests read a journal
//! of requests, inject faults, move the clock and choose between behaviours on
//! which the public sources disagree.

use clap::{Args, Parser, Subcommand};
use std::process::ExitCode;

mod acme;
mod bigip;
mod ca;
mod clock;
mod control;
mod csr;
mod der;
mod dns;
mod faults;
mod front;
mod http;
mod journal;
mod names;
mod oauth;
mod panos;
mod random;
mod scm;
mod seed;
mod serve;
mod state;
mod switches;
mod tls;
mod web;

#[derive(Parser)]
#[command(name = "certwright-lab", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the simulated systems until a signal arrives
    Serve(ServeArgs),
}

/// How to serve.
#[derive(Args, Clone)]
pub(crate) struct ServeArgs {
    /// First port; 0 lets the operating system choose free ones
    #[arg(long, default_value_t = 18440)]
    pub(crate) port_base: u16,

    /// Also stop when standard input closes
    #[arg(long)]
    pub(crate) exit_with_stdin: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| match cli.command {
            Command::Serve(args) => {
                let outcome = runtime.block_on(serve::serve(&args));
                // Held connections must not delay the end of a test.
                runtime.shutdown_background();
                outcome
            }
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("certwright-lab: {error}");
            ExitCode::FAILURE
        }
    }
}
