//! `tm util`: the few shell commands that clients need.

use super::errors::{Refusal, answer};
use super::model::Unit;
use super::names;
use super::request::Command;
use super::requests;
use super::shell;
use crate::http::Reply;
use crate::switches::{CsrAfterMove, Switches};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// `POST /mgmt/tm/util/<tool>`: 200 whatever the tool says.
pub(crate) fn run(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    command: &Command,
    tool: &str,
) -> Result<Reply, Refusal> {
    if command.text("command") != Some("run") {
        return Err(Refusal::syntax("invalid property value \"command\""));
    }
    let arguments = command.text("utilCmdArgs").unwrap_or_default();
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let after_move = switches.bigip_csr_after_move;
    let printed = match tool {
        "unix-ls" => list(unit, &words),
        "unix-rm" => remove(unit, after_move, &words),
        "unix-mv" => move_file(unit, after_move, &words),
        "bash" if switches.bigip_bash => shell::run(unit, now, switches, user, arguments),
        _ => return Err(Refusal::unknown_uri(&command.path)),
    };
    let mut body = json!({
        "kind": format!("tm:util:{tool}:runstate"),
        "command": "run",
        "utilCmdArgs": arguments,
    });
    if !printed.is_empty() {
        body["commandResult"] = Value::String(printed);
    }
    Ok(answer(200, &body))
}

fn list(unit: &Unit, words: &[&str]) -> String {
    words
        .iter()
        .filter(|word| !word.starts_with('-'))
        .map(|path| {
            if unit.files.get(path).is_some() {
                format!("{path}\n")
            } else {
                format!("/bin/ls: cannot access {path}: No such file or directory\n")
            }
        })
        .collect()
}

fn remove(unit: &mut Unit, after_move: CsrAfterMove, words: &[&str]) -> String {
    let force = words
        .iter()
        .any(|word| word.starts_with('-') && word.contains('f'));
    let mut printed = String::new();
    for path in words.iter().filter(|word| !word.starts_with('-')) {
        if unit.files.take(path).is_some() {
            forget_request(unit, after_move, path);
        } else if !force {
            printed.push_str("/bin/rm: cannot remove `");
            printed.push_str(path);
            printed.push_str("': No such file or directory\n");
        }
    }
    printed
}

fn move_file(unit: &mut Unit, after_move: CsrAfterMove, words: &[&str]) -> String {
    let [from, to] = words else {
        return "/bin/mv: missing file operand\n".to_owned();
    };
    let Some(bytes) = unit.files.take(from) else {
        return format!("/bin/mv: cannot stat `{from}': No such file or directory\n");
    };
    forget_request(unit, after_move, from);
    unit.files.put((*to).to_owned(), bytes);
    String::new()
}

/// A request may follow its file.
fn forget_request(unit: &mut Unit, after_move: CsrAfterMove, file: &str) {
    if after_move == CsrAfterMove::Gone {
        unit.config.csrs.retain(|path, _| {
            names::partition(path) != names::COMMON || requests::file(path) != file
        });
    }
}
