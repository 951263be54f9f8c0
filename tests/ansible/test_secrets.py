# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A canary in every secret option is seen nowhere: in no output, result or diff, not on disk, in no process list."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from conftest import ROOT, Ansible, Played
from estate import Estate, Lab, Sshd

DEBUG_BINARY = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "certwright"


class Watch:
    """Looks at the command line and the environment of every process, over and over."""

    def __init__(self, canaries: list[str]) -> None:
        self._canaries = [it.encode() for it in canaries]
        self.seen: set[str] = set()
        self.rounds = 0
        self.programs: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        content = (process / name).read_bytes()
                    except OSError:
                        continue
                    if name == "cmdline":
                        self.programs.add(os.path.basename(content.split(b"\0")[0].decode(errors="replace")))
                    if any(it in content for it in self._canaries):
                        self.seen.add(f"{name} of {content[:60]!r}")
            self.rounds += 1


def canary(name: str) -> str:
    return f"CANARY{name}{uuid.uuid4().hex}"


@pytest.fixture
def trace(tmp_path: Path, sshd: Sshd):
    """Everything that a run leaves on disk, and nothing that is there on purpose."""
    watched = [sshd.home, tmp_path / "home", tmp_path / "sites"]

    def files_with(needle: str) -> list[str]:
        found = []
        for place in watched:
            command = ["grep", "-rlaF", "-e", needle, place]
            found += subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()
        return found

    return files_with


LOGIN = {
    "url": "{{ scm.url }}",
    "login": "web-team",
    "password": "{{ canary }}",
    "customer_uri": "university",
    "ca_path": "{{ ca }}",
}


def domain(scm: dict | str, **more: object) -> dict:
    return {"certwright.fleet.sectigo_domain": {"name": ["example.org"], "scm": scm, **more}}


def site(**issuer: object) -> dict:
    issuer = {"type": "acme", "directory": "{{ acme.OV }}", "ca_path": "{{ ca }}", **issuer}
    options = {"names": ["www.example.org"], "dir": "{{ sites }}", "issuer": issuer}
    return {"certwright.fleet.file_cert_deploy": options}


def validation(key: str) -> dict:
    dns = {"server": "127.0.0.1", "port": 1, "key_name": "certwright", "key_secret": key}
    scm = {**LOGIN, "password": "{{ scm.password }}"}
    options = {"scm": scm, "name": ["example.edu"], "dns": dns, "deadline": 10}
    return {"certwright.fleet.sectigo_domain_validation": options}


# Every option that is a secret, with a value that gets far enough to be used; and mistakes that happen.
CASES = {
    "wrong password": domain(LOGIN),
    "nobody answers": domain({**LOGIN, "url": "https://localhost:1/api"}),
    "unknown option": domain(LOGIN, nmae=["example.org"]),
    "a password for a block": domain("{{ canary }}"),
    "wrong client secret": domain(
        {
            "url": "{{ oauth.url }}",
            "token_url": "{{ oauth.token_url }}",
            "client_id": "x",
            "client_secret": "{{ canary }}",
            "ca_path": "{{ ca }}",
        }
    ),
    "a key for a path": domain(
        {
            **{key: LOGIN[key] for key in ("login", "customer_uri", "ca_path")},
            "url": "{{ scm.private_url }}",
            "client_cert": "-----BEGIN CERTIFICATE-----\n{{ canary }}\n-----END CERTIFICATE-----",
            "client_key": "-----BEGIN PRIVATE KEY-----\n{{ canary }}\n-----END PRIVATE KEY-----",
        }
    ),
    "wrong password for an inventory": {"certwright.fleet.sectigo_certificate_info": {"scm": LOGIN}},
    "no key for updates": validation("{{ canary }}"),
    # Base64, so that it gets as far as the name server.
    "nobody takes updates": validation("{{ canary }}AAA"),
    "account binding refused": site(eab={"kid": "nobody", "hmac_key": "{{ canary }}"}),
    "bad account key": site(account_key="{{ canary }}"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("where", ["ssh", "local"])
def test_failures_do_not_tell(
    ansible_old: Ansible, lab: Lab, hosts, trace, tmp_path: Path, case: str, where: str
) -> None:
    secret = canary("failure")
    task = {**CASES[case], "name": "it", **({"delegate_to": "localhost"} if where == "local" else {})}
    variables = {key: lab.facts[key] for key in ("scm", "oauth", "acme")}
    variables |= {"ca": lab.facts["ca_file"], "sites": str(tmp_path / "sites")}
    played = run(ansible_old, [task], hosts(1, **variables), secret, trace)
    assert played.status != 0
    message = played.result("it")["msg"]
    assert "no valid answer" not in message and "certificate is refused" not in message


@pytest.mark.parametrize("where", ["ssh", "local"])
def test_success_does_not_tell(ansible: Ansible, lab: Lab, hosts, trace, tmp_path: Path, where: str) -> None:
    """The passphrase and the password are right, and the key for account binding is fetched on the way."""
    passphrase, password = canary("passphrase"), lab.facts["scm"]["password"]
    ca = lab.facts["ca_file"]
    scm = {**{key: lab.facts["scm"][key] for key in ("url", "login", "password", "customer_uri")}, "ca_path": ca}
    place = {"delegate_to": "localhost"} if where == "local" else {}
    tasks = [
        {"certwright.fleet.sectigo_domain": {"name": ["example.org"], "scm": scm}, "name": "domain", **place},
        {
            "certwright.fleet.file_cert_deploy": {
                "scm": scm,
                "names": ["www.example.org"],
                "dir": str(tmp_path / "sites"),
                "issuer": {"type": "sectigo_acme", "account": "web-team", "ca_path": ca},
                "pkcs12": {"passphrase": passphrase},
            },
            "name": "it",
            **place,
        },
    ]
    accounts = lab.control("GET", "/state")["scm"]["acme_accounts"]
    eab_keys = [it["mac_key"] for it in (accounts.values() if isinstance(accounts, dict) else accounts)]
    assert eab_keys
    inventory = hosts(1)
    with Watch([passphrase, password, *eab_keys]) as watch:
        played = ansible.play(
            [{"hosts": "web", "gather_facts": False, "tasks": tasks}], inventory, "-vvvv", "--diff",
            environment={"ANSIBLE_PIPELINING": "false"},
        ).check()  # fmt: skip
    assert played.result("it")["changed"] is True
    for secret in (passphrase, password, *eab_keys):
        assert secret not in played.output
        assert all(secret not in str(it["result"]) for it in played.entries)
        assert trace(secret) == []
    assert watch.seen == set()
    assert watch.rounds > 3 and "certwright" in watch.programs, "the watch has seen too little to say anything"


@pytest.mark.parametrize("where", ["ssh", "local"])
def test_a_panic_does_not_tell(ansible_old: Ansible, lab: Lab, hosts, trace, where: str) -> None:
    """Only development builds can be made to panic."""
    secret = canary("panic")
    task = {
        **CASES["wrong password"],
        "name": "it",
        # The text of the panic, which a careless program would print.
        "environment": {"CERTWRIGHT_TEST_PANIC": "PANICTEXT"},
        **({"delegate_to": "localhost"} if where == "local" else {}),
    }
    inventory = hosts(1, scm=lab.facts["scm"], ca=lab.facts["ca_file"])
    # For all hosts, the controller among them.
    content = json.loads(inventory.read_text())
    inventory.write_text(json.dumps({**content, "all": {"vars": {"certwright_binary": str(DEBUG_BINARY)}}}))
    played = run(ansible_old, [task], inventory, secret, trace)
    assert played.status != 0
    message = str(played.result("it"))
    assert "a bug of its own" in message, "this build has not panicked"
    assert "PANICTEXT" not in message


def test_the_estate_does_not_tell(ansible: Ansible, estate: Estate, tmp_path: Path) -> None:
    """The whole role, with the credentials of SCM as they are."""
    password = estate.lab.facts["scm"]["password"]
    with Watch([password]) as watch:
        played = ansible.play(
            ROOT / "playbooks" / "site.yml", estate.inventory, "-vvvv", "--diff", environment=estate.trust
        ).check()
    assert password not in played.output
    assert all(password not in str(it["result"]) for it in played.entries)
    assert watch.seen == set()
    files = subprocess.run(["grep", "-rlaF", "-e", password, estate.directory, ansible.home],
                           check=False, capture_output=True, text=True).stdout.split()  # fmt: skip
    assert files == [str(estate.inventory / "group_vars" / "sites.yml")]


def run(ansible: Ansible, tasks: list[dict], inventory: Path, secret: str, trace) -> Played:
    # Passed as a file that is read before the watch begins: this is where a vault would be.
    extra = ansible.directory / "extra.json"
    extra.write_text(json.dumps({"canary": secret}))
    with Watch([secret]) as watch:
        played = ansible.play(
            [{"hosts": "web", "gather_facts": False, "tasks": tasks}], inventory, "-vvvv", "--diff", "-e", f"@{extra}",
            environment={"ANSIBLE_PIPELINING": "false"},
        )  # fmt: skip
    assert secret not in played.output
    assert all(secret not in str(it["result"]) for it in played.entries)
    assert trace(secret) == []
    assert watch.seen == set()
    return played
