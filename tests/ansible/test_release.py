# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The static build needs nothing of the system that it runs on: it works in a directory where there is nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import BINARY

from lab import Lab


class Chroot:
    """A root directory that holds the binary, and what a test puts there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shutil.copy(BINARY, directory / "certwright")

    def run(self, *arguments: str, request: dict[str, Any] | None = None) -> subprocess.CompletedProcess:
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        return subprocess.run(
            [*as_root, "/usr/sbin/chroot", self.directory, "/certwright", *arguments],
            env={}, input=json.dumps(request or {}), check=False, capture_output=True, text=True,
        )  # fmt: skip

    def module(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        done = self.run("run", name, request=options)
        assert done.stderr == ""
        return json.loads(done.stdout)


@pytest.fixture
def chroot(tmp_path: Path) -> Chroot:
    directory = tmp_path / "root"
    directory.mkdir()
    return Chroot(directory)


def test_it_asks_for_no_library_and_no_loader() -> None:
    headers = readelf("--program-headers")
    assert "LOAD" in headers
    assert "INTERP" not in headers
    assert "NEEDED" not in readelf("--dynamic")


def test_it_starts_where_nothing_else_is(chroot: Chroot) -> None:
    done = chroot.run("version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().count(".") == 2


def test_it_speaks_https_where_nothing_else_is(chroot: Chroot, lab: Lab) -> None:
    shutil.copy(lab.facts["ca_file"], chroot.directory / "ca.pem")
    scm = {**scm_of(lab), "url": lab.facts["scm"]["url"].replace("localhost", "127.0.0.1")}
    options = {"scm": scm, "name": "chroot.example.org", "organization": "Example University"}
    result = chroot.module("sectigo_domain", options)
    assert result["changed"] is True, result
    assert result["domains"][0]["name"] == "chroot.example.org"
    assert chroot.module("sectigo_domain", options)["changed"] is False
    # Whom to trust, it has only from us.
    (chroot.directory / "ca.pem").unlink()
    refused = chroot.module("sectigo_domain", options)
    assert refused["failed"] is True and "ca_path /ca.pem" in refused["msg"]
    del scm["ca_path"]
    refused = chroot.module("sectigo_domain", options)
    assert refused["failed"] is True and "no CA certificates" in refused["msg"]


def test_it_brings_a_certificate_with_no_more_than_a_hosts_file(chroot: Chroot, lab: Lab) -> None:
    shutil.copy(lab.facts["ca_file"], chroot.directory / "ca.pem")
    (chroot.directory / "etc").mkdir()
    (chroot.directory / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
    options = {
        "scm": scm_of(lab),
        "names": ["www.example.org"],
        "dir": "/sites",
        "issuer": {"type": "sectigo_acme", "account": "web-team", "ca_path": "/ca.pem"},
    }
    result = chroot.module("file_cert_deploy", options)
    assert result["changed"] is True, result
    files = chroot.directory / "sites" / "www.example.org" / "ecdsa"
    assert (files / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert (files / "fullchain.pem").read_text().count("BEGIN CERTIFICATE") > 1
    assert chroot.module("file_cert_deploy", options)["changed"] is False


def scm_of(lab: Lab) -> dict[str, str]:
    return {
        **{key: lab.facts["scm"][key] for key in ("url", "login", "password", "customer_uri")},
        "ca_path": "/ca.pem",
    }


def readelf(what: str) -> str:
    return subprocess.run(["readelf", "--wide", what, BINARY], check=True, capture_output=True, text=True).stdout
