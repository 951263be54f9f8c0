//! Having the web server take notice of new files.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Commands that test and reload a server, without a shell.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(super) name: String,
    /// Run before the reload; must end with 0.
    pub(super) test: Option<Vec<String>>,
    pub(super) reload: Vec<String>,
}

impl Server {
    pub(crate) fn nginx() -> Self {
        Self {
            name: "nginx".to_owned(),
            test: Some(words(&["nginx", "-q", "-t"])),
            reload: words(&["nginx", "-s", "reload"]),
        }
    }

    pub(crate) fn apache() -> Self {
        Self {
            name: "apache".to_owned(),
            test: Some(words(&["apachectl", "configtest"])),
            // Finishes the requests that are under way.
            reload: words(&["apachectl", "graceful"]),
        }
    }

    pub(crate) fn custom(test: Option<Vec<String>>, reload: Vec<String>) -> Option<Self> {
        let name = reload.first()?.clone();
        let test = test.filter(|it| !it.is_empty());
        Some(Self { name, test, reload })
    }

    pub(super) async fn test(&self) -> Result<(), String> {
        match &self.test {
            Some(command) => run(command).await,
            None => Ok(()),
        }
    }

    pub(super) async fn reload(&self) -> Result<(), String> {
        run(&self.reload).await
    }
}

async fn run(command: &[String]) -> Result<(), String> {
    let shown = command.join(" ");
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIMEOUT, child)
        .await
        .map_err(|_| format!("`{shown}` did not end within {} s", TIMEOUT.as_secs()))?
        .map_err(|error| format!("`{shown}` cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(SHOWN_LINES)..].join(" | ");
    Err(format!("`{shown}` failed ({}): {last}", output.status))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}

/// A configuration of thousands of sites takes seconds to test.
const TIMEOUT: Duration = Duration::from_secs(120);
const SHOWN_LINES: usize = 8;
