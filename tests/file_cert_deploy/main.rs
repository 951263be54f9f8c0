//! `file_cert_deploy` with the lab's Sectigo and a real nginx.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/nginx.rs"]
mod nginx;

mod files;
mod secrets;
mod sectigo;
mod serving;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use common::{Lab, check, run, run_with, with};
use nginx::Nginx;
use serde_json::{Value, json};

const MODULE: &str = "file_cert_deploy";
const SITE: &str = "www.example.org";

/// A site in `dir` with a certificate of the lab's Sectigo.
fn options(lab: &Lab, dir: &Path, more: &Value) -> Value {
    with(
        json!({
            "scm": lab.scm(),
            "names": [SITE],
            "issuer": {
                "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                "ca_path": lab.ready["ca_file"],
            },
            "dir": dir,
            "deadline": 60,
        }),
        more,
    )
}

/// A served site: certificate in place, nginx running, and the options that keep it so.
fn served(lab: &Lab) -> (Nginx, Value) {
    let mut nginx = Nginx::prepare();
    run(MODULE, options(lab, &nginx.sites(), &json!({}))).ok();
    nginx.configure(&[&nginx.sites().join(SITE).join("ecdsa")]);
    nginx.start();
    let root = lab.ready["issuing_root_file"].as_str().unwrap();
    let kept = options(
        lab,
        &nginx.sites(),
        &json!({"reload": nginx.reload(), "verify": nginx.verify(root)}),
    );
    (nginx, kept)
}

fn serial(result: &Value) -> String {
    result["certificates"][0]["serial"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

fn in_service(dir: &Path) -> PathBuf {
    fs::read_link(dir.join(SITE).join("ecdsa")).unwrap()
}
