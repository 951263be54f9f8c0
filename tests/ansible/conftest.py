# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from sites import Estate  # noqa: E402
from sshd import Sshd  # noqa: E402

from lab import Lab  # noqa: E402

COLLECTION = ROOT / "ansible_collections" / "certwright" / "fleet"
BINARY = next((COLLECTION / "plugins" / "plugin_utils" / "bin").glob(f"linux-{os.uname().machine}/certwright"))
VENVS = {"core-2.19": ROOT / ".venv", "core-2.21": ROOT / ".venv-2.21"}


@dataclass
class Played:
    status: int
    output: str
    entries: list[dict[str, Any]]

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Which tasks changed something, or would: host and task, in no order that forks could disturb."""
        return sorted((it["host"], it["task"]) for it in self.entries if it["result"].get("changed"))

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        found = [it["result"] for it in self.entries if it["task"] == task and host in (None, it["host"])]
        assert found, f"no task '{task}' in\n{self.output}"
        return found[-1]

    def check(self) -> Played:
        assert self.status == 0, self.output
        return self


class Ansible:
    """ansible-playbook of one version, with nobody's own settings."""

    def __init__(self, venv: Path, directory: Path) -> None:
        self.venv = venv
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir()
        self._runs = 0

    def play(
        self,
        playbook: Path | list[dict],
        inventory: Path | str,
        *options: str,
        environment: dict[str, str] | None = None,
    ) -> Played:
        self._runs += 1
        if isinstance(playbook, list):
            path = self.directory / f"play-{self._runs}.yml"
            path.write_text(json.dumps(playbook))
            playbook = path
        record = self.directory / f"record-{self._runs}"
        record.touch()
        done = subprocess.run(
            [self.venv / "bin" / "ansible-playbook", "-i", str(inventory), str(playbook), *options],
            env={**self.environment, "CERTWRIGHT_RECORD": str(record), **(environment or {})},
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        entries = [json.loads(line) for line in record.read_text().splitlines()]
        return Played(done.returncode, done.stdout.decode(errors="replace"), entries)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CERTWRIGHT_"))}
        return {
            **kept,
            "HOME": str(self.home),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
        }


@pytest.fixture(params=VENVS.values(), ids=VENVS.keys())
def ansible(request: pytest.FixtureRequest, tmp_path: Path) -> Ansible:
    """Each test runs once with the oldest supported ansible-core and once with the newest."""
    assert (request.param / "bin" / "ansible-playbook").exists(), f"{request.param.name} is missing: run `make setup`"
    return Ansible(request.param, tmp_path)


@pytest.fixture
def ansible_old(tmp_path: Path) -> Ansible:
    """For what does not depend on the version of ansible-core."""
    return Ansible(VENVS["core-2.19"], tmp_path)


@pytest.fixture
def estate():
    # Not below pytest's own directory, which only its owner may enter: Apache's workers are others.
    with tempfile.TemporaryDirectory(prefix="certwright-test-") as directory:
        estate = Estate(Path(directory))
        yield estate
        estate.stop()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def sshd(tmp_path: Path):
    sshd = Sshd(tmp_path / "sshd")
    yield sshd
    sshd.stop()


@pytest.fixture
def hosts(sshd: Sshd, tmp_path: Path):
    """An inventory of `count` hosts, all of them this machine by way of ssh."""

    def write(count: int = 1, **variables: Any) -> Path:
        path = tmp_path / "hosts.json"
        connection = {
            "ansible_host": "127.0.0.1",
            "ansible_port": sshd.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(sshd.key),
            "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o ControlPath=none -o IdentitiesOnly=yes",
            **variables,
        }
        path.write_text(json.dumps({"web": {"hosts": {f"host{n}": None for n in range(count)}, "vars": connection}}))
        return path

    return write
