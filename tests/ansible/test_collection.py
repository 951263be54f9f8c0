# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as a stranger gets it: built, installed, documented, and run from there."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from conftest import BINARY, COLLECTION, ROOT, VENVS, Ansible
from sites import SITES, Estate

MODULES = subprocess.run([BINARY, "list"], check=True, capture_output=True, text=True).stdout.split()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    command = [ROOT / "scripts" / "build-collection", tmp_path_factory.mktemp("dist")]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def installed(archive: Path, venv: Path, directory: Path) -> Path:
    command = [venv / "bin" / "ansible-galaxy", "collection", "install", "--offline", "-p", directory, archive]
    subprocess.run(command, check=True, capture_output=True)
    return directory


def documentation(module: str) -> dict:
    text = (COLLECTION / "plugins" / "modules" / f"{module}.py").read_text()
    return yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])


def test_every_module_is_documented_and_linked() -> None:
    assert MODULES
    subprocess.run([BINARY, "doc", "--check", COLLECTION / "plugins"], check=True)
    assert sorted(it.stem for it in (COLLECTION / "plugins" / "modules").glob("*.py")) == MODULES
    links = sorted((COLLECTION / "plugins" / "action").glob("*.py"))
    assert [it.stem for it in links] == MODULES
    assert {str(it.readlink()) for it in links} == {"../plugin_utils/_action.py"}


def test_the_action_group_has_every_module_that_takes_scm() -> None:
    takes = []
    for module in MODULES:
        if "certwright.fleet.scm" in documentation(module)["extends_documentation_fragment"]:
            takes.append(module)
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())
    assert runtime["action_groups"]["sectigo"] == takes


def test_the_versions_agree() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert subprocess.run([BINARY, "version"], check=True, capture_output=True, text=True).stdout.strip() == version
    assert (COLLECTION / "galaxy.yml").resolve() == ROOT / "galaxy.yml"


def test_the_archive_holds_what_it_should_and_nothing_else(archive: Path) -> None:
    with tarfile.open(archive) as file:
        names = {it.name for it in file if not it.isdir()}
        binary = file.getmember(f"plugins/plugin_utils/bin/{BINARY.parent.name}/certwright")
    assert binary.mode & 0o111
    top = {name.split("/")[0] for name in names}
    assert top <= {
        "CHANGELOG.md", "CHANGELOG.rst", "COPYING", "FILES.json", "LICENSES", "MANIFEST.json", "README.md",
        "changelogs", "docs", "meta", "playbooks", "plugins", "roles", "tests",
    }, top  # fmt: skip
    assert "playbooks/site.yml" in names and "LICENSES/GPL-3.0-or-later.txt" in names
    assert not [it for it in names if it.endswith((".pyc", ".tar.gz", ".retry")) or "__pycache__" in it]
    # Galaxy takes 20 MB.
    assert archive.stat().st_size < 20_000_000


@pytest.mark.parametrize("venv", VENVS.values(), ids=VENVS.keys())
def test_ansible_doc_knows_every_module(archive: Path, venv: Path, tmp_path: Path) -> None:
    place = installed(archive, venv, tmp_path)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(place)}

    def doc(*arguments: str) -> dict:
        command = [venv / "bin" / "ansible-doc", "--json", *arguments]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        assert "certwright" not in done.stderr, done.stderr
        return json.loads(done.stdout)

    assert sorted(doc("-l", "certwright.fleet")) == [f"certwright.fleet.{it}" for it in MODULES]
    for module in MODULES:
        page = doc(f"certwright.fleet.{module}")[f"certwright.fleet.{module}"]
        assert page["doc"]["options"] and yaml.safe_load(page["examples"]) and page["return"]
        # What comes from fragments is there, too.
        assert page["doc"]["attributes"]["check_mode"]["support"] == "full"
        assert page["doc"]["options"].get("scm", {"suboptions": True})["suboptions"]
    assert doc("-t", "role", "certwright.fleet.site")["certwright.fleet.site"]["entry_points"]["main"]["options"]


def test_the_installed_collection_brings_up_a_site(ansible: Ansible, archive: Path, estate: Estate) -> None:
    place = installed(archive, ansible.venv, ansible.directory / "collections")
    environment = {**estate.trust, "ANSIBLE_COLLECTIONS_PATH": str(place)}
    played = ansible.play(Path("certwright.fleet.site"), estate.inventory, "-vvv", environment=environment).check()
    assert {host for host, _task in played.changes} == set(SITES)
    assert f"certwright: running {place}/" in played.output


def test_ansible_runner_runs_it_as_awx_does(estate: Estate, tmp_path: Path) -> None:
    """AWX hands credentials over as extra variables in a file, and reads the events."""
    password = estate.lab.facts["scm"]["password"]
    scm = {key: estate.lab.facts["scm"][key] for key in ("url", "login", "password", "customer_uri")}
    variables = estate.inventory / "group_vars" / "sites.yml"
    kept, _, rest = variables.read_text().partition("certwright_scm:\n")
    variables.write_text(kept + "\n".join(it for it in rest.splitlines() if not it.startswith("  ")) + "\n")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "extravars").write_text(json.dumps({"certwright_scm": scm}))
    (tmp_path / "env" / "envvars").write_text(json.dumps({**estate.trust, "ANSIBLE_COLLECTIONS_PATH": str(ROOT)}))
    command = [VENVS["core-2.19"] / "bin" / "ansible-runner", "run", tmp_path, "-p", ROOT / "playbooks" / "site.yml",
               "--inventory", estate.inventory, "--limit", "www.example.org", "--json"]  # fmt: skip
    path = f"{VENVS['core-2.19'] / 'bin'}:/usr/bin:/bin:/usr/sbin:/sbin"
    done = subprocess.run(
        command, env={"PATH": path, "HOME": str(tmp_path)}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert password not in done.stdout + done.stderr
    events = [it for it in (tmp_path / "artifacts").rglob("*.json") if password in it.read_text()]
    assert events == []
