# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the binary reaches the host that a task is for: over a real sshd, as other users, in many processes at once."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import BINARY, Ansible, Played
from sshd import Sshd

# Makes a key and a request, so it shows who ran where; it needs nobody else.
REQUEST = {
    "certwright.fleet.file_cert_deploy": {
        "name": "{{ inventory_hostname }}.example.org",
        "names": ["{{ inventory_hostname }}.example.org"],
        "issuer": {"type": "external"},
        "dir": "{{ sites }}",
    },
    "name": "request",
}
DIGEST = hashlib.sha256(BINARY.read_bytes()).hexdigest()
SHARED_PLACE = Path(f"/var/tmp/certwright-{os.getuid()}")


def play_of(*tasks: dict) -> list[dict]:
    return [{"hosts": "web", "gather_facts": False, "tasks": list(tasks)}]


def copies(played: Played) -> int:
    return played.output.count("certwright: copying")


@pytest.fixture(autouse=True)
def no_copy_of_another_run():
    """The place that every login finds, whatever its home: a copy that stayed there would never be copied anew."""
    place = SHARED_PLACE / DIGEST
    shutil.rmtree(place, ignore_errors=True)
    yield
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """A directory for everybody's keys, below directories that everybody may enter."""
    directory = Path("/var/tmp") / f"certwright-test-{tmp_path.name}-{os.getpid()}"
    directory.mkdir()
    directory.chmod(0o1777)
    yield directory
    # What other users left needs their help to go.
    subprocess.run(["sudo", "-n", "rm", "-rf", directory], check=True)


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_over_ssh(ansible: Ansible, sshd: Sshd, hosts, sites: Path, pipelining: str) -> None:
    environment = {"ANSIBLE_PIPELINING": pipelining}
    inventory = hosts(2, sites=str(sites))
    first = ansible.play(play_of(REQUEST), inventory, "-vvv", "--forks", "1", environment=environment).check()
    assert copies(first) == 1, "the second host is the same machine and finds the copy of the first"
    assert first.result("request", "host1")["csrs"]["ecdsa-p256"].startswith("-----BEGIN CERTIFICATE REQUEST")
    stored = sshd.home / ".ansible" / "certwright" / DIGEST / "certwright"
    assert stored.read_bytes() == BINARY.read_bytes()
    assert stored.stat().st_mode & 0o777 == 0o700
    again = ansible.play(play_of(REQUEST), inventory, "-vvv", environment=environment).check()
    assert copies(again) == 0
    assert again.changes == []


def test_many_forks_on_a_host_without_the_binary(ansible: Ansible, sshd: Sshd, hosts, sites: Path) -> None:
    inventory = hosts(50, sites=str(sites))
    played = ansible.play(play_of(REQUEST), inventory, "--forks", "50").check()
    assert len(played.changes) == 50
    places = list((sshd.home / ".ansible" / "certwright" / DIGEST).iterdir())
    assert [it.name for it in places] == ["certwright"], "no half copy may stay"
    assert places[0].read_bytes() == BINARY.read_bytes()


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_become_another_user(ansible: Ansible, sshd: Sshd, hosts, sites: Path, pipelining: str) -> None:
    nobody = pwd.getpwnam("nobody")
    subprocess.run(["sudo", "-n", "rm", "-rf", f"/var/tmp/certwright-{nobody.pw_uid}"], check=True)
    task = {**REQUEST, "become": True, "become_user": "nobody"}
    environment = {"ANSIBLE_PIPELINING": pipelining}
    played = ansible.play(play_of(task), hosts(1, sites=str(sites)), "-vvv", environment=environment).check()
    assert copies(played) == 1
    keys = list_as_root(sites)
    assert keys and {owner for _path, owner in keys} == {"nobody"}
    # It runs a copy of its own, which the user who logs in could not have replaced.
    assert not (sshd.home / ".ansible" / "certwright").exists()
    assert copies(ansible.play(play_of(task), hosts(1, sites=str(sites)), "-vvv", environment=environment).check()) == 0


def test_become_on_the_controller(ansible: Ansible, tmp_path: Path, sites: Path) -> None:
    task = {**REQUEST, "become": True, "become_user": "nobody", "vars": {"sites": str(sites)}}
    play = [{"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": [task]}]
    ansible.play(play, "localhost,").check()
    assert {owner for _path, owner in list_as_root(sites)} == {"nobody"}


def test_delegated_to_the_controller_nothing_is_copied(ansible: Ansible, sshd: Sshd, hosts, sites: Path) -> None:
    task = {**REQUEST, "delegate_to": "localhost"}
    played = ansible.play(play_of(task), hosts(2, sites=str(sites)), "-vvv").check()
    assert copies(played) == 0
    assert not (sshd.home / ".ansible" / "certwright").exists()
    assert len(played.changes) == 2


def test_delegated_to_another_host(ansible: Ansible, sshd: Sshd, hosts, sites: Path) -> None:
    task = {**REQUEST, "delegate_to": "host0"}
    play = [{"hosts": "localhost", "gather_facts": False, "vars": {"sites": str(sites)}, "tasks": [task]}]
    played = ansible.play(play, hosts(1), "-vvv").check()
    assert copies(played) == 1
    assert (sshd.home / ".ansible" / "certwright" / DIGEST / "certwright").exists()


def test_check_mode_and_diff_reach_the_host(ansible: Ansible, hosts, sites: Path) -> None:
    played = ansible.play(play_of(REQUEST), hosts(1, sites=str(sites)), "--check", "--diff").check()
    assert played.result("request")["changed"] is True
    assert "diff" in played.result("request")
    assert list_as_root(sites) == []


def test_environment_reaches_the_binary(ansible: Ansible, hosts, tmp_path: Path, sites: Path) -> None:
    """Proxies are set so; a fake tells what it was given."""
    fake = script(tmp_path, 'printf \'{"changed": false, "proxy": "%s"}\' "$https_proxy"')
    task = {**REQUEST, "environment": {"https_proxy": "http://proxy.example.org:{{ 3128 }}"}}
    for where in ({}, {"delegate_to": "localhost"}):
        inventory = hosts(1, sites=str(sites))
        played = ansible.play(play_of({**task, **where}), inventory, "-e", f"certwright_binary={fake}").check()
        assert played.result("request")["proxy"] == "http://proxy.example.org:3128"


def test_login_noise_is_no_answer(ansible: Ansible, hosts, tmp_path: Path, sites: Path) -> None:
    shell = script(tmp_path, 'echo "{ Welcome! }"; exec /bin/sh "$@"', name="noisy")
    played = ansible.play(play_of(REQUEST), hosts(1, sites=str(sites), ansible_shell_executable=str(shell)))
    assert played.check().result("request")["changed"] is True


def test_a_home_that_cannot_hold_it(ansible: Ansible, sshd: Sshd, hosts, sites: Path) -> None:
    shutil.rmtree(sshd.home)
    sshd.home.write_text("no directory\n")
    place = SHARED_PLACE / DIGEST
    ansible.play(play_of(REQUEST), hosts(1, sites=str(sites))).check()
    assert (place / "certwright").exists()
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_a_place_that_others_may_write_is_not_used(ansible: Ansible, sshd: Sshd, hosts, sites: Path) -> None:
    place = sshd.home / ".ansible" / "certwright"
    place.mkdir(parents=True)
    place.chmod(0o777)
    ansible.play(play_of(REQUEST), hosts(1, sites=str(sites))).check()
    assert list(place.iterdir()) == []


def test_a_missing_build_is_named(ansible: Ansible, hosts, sites: Path, tmp_path: Path) -> None:
    other = script(tmp_path, 'echo "Plan9 mips"', name="uname")
    shell = script(tmp_path, f'PATH={other.parent}:$PATH; export PATH; exec /bin/sh "$@"', name="strange")
    played = ansible.play(play_of(REQUEST), hosts(1, sites=str(sites), ansible_shell_executable=str(shell)))
    assert played.status != 0
    message = played.result("request")["msg"]
    assert "plan9-mips" in message and "certwright_binary" in message and "host0" in message


def test_a_build_that_is_not_there_is_named(ansible: Ansible, hosts, sites: Path) -> None:
    played = ansible.play(play_of(REQUEST), hosts(1, sites=str(sites)), "-e", "certwright_binary=/nonexistent/cw")
    assert played.status != 0
    assert "/nonexistent/cw" in played.result("request")["msg"]


@pytest.mark.parametrize("where", [{}, {"delegate_to": "localhost"}], ids=["ssh", "local"])
@pytest.mark.parametrize(
    "crash", ["echo not json; cat >&2; exit 101", "cat >&2; echo '[1, 2]'", "cat >&2", "cat >&2; kill -9 $$"]
)
def test_a_crash_is_withheld(ansible_old: Ansible, hosts, sites: Path, tmp_path: Path, where: dict, crash: str) -> None:
    fake = script(tmp_path, crash)
    arguments = {**REQUEST["certwright.fleet.file_cert_deploy"], "pkcs12": {"passphrase": "CANARY-5f2c"}}
    task = {"certwright.fleet.file_cert_deploy": arguments, "name": "request", **where}
    played = ansible_old.play(play_of(task), hosts(1, sites=str(sites)), "-vvvv", "-e", f"certwright_binary={fake}")
    assert played.status != 0
    assert "no valid answer" in played.result("request")["msg"]
    assert "CANARY" not in played.output


def test_a_result_cannot_steer_the_controller(ansible: Ansible, hosts, sites: Path, tmp_path: Path) -> None:
    answer = (
        '{"changed": false, "ansible_facts": {"ansible_host": "x"}, "add_host": {"host_name": "x"}, "name": "kept", \
"invocation": {}, "_ansible_verbose_always": true}'
    )
    fake = script(tmp_path, f"cat >/dev/null; echo '{answer}'")
    played = ansible.play(play_of(REQUEST), hosts(1, sites=str(sites)), "-e", f"certwright_binary={fake}").check()
    assert {key for key in played.result("request") if not key.startswith("_ansible")} <= {"changed", "failed", "name"}


def test_async_is_refused_with_a_word(ansible: Ansible, hosts, sites: Path) -> None:
    played = ansible.play(play_of({**REQUEST, "async": 10, "poll": 1}), hosts(1, sites=str(sites)))
    assert played.status != 0
    assert "async" in played.output


def script(directory: Path, text: str, name: str = "fake") -> Path:
    path = directory / "scripts" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def list_as_root(directory: Path) -> list[tuple[str, str]]:
    command = ["sudo", "-n", "find", directory, "-mindepth", "1", "-printf", "%p %u\\n"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(line.rsplit(" ", 1)) for line in done.stdout.splitlines()]
