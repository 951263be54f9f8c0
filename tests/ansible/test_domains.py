# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of domains where something is wrong; that all goes well is shown by its Molecule scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import ROOT, Ansible

from lab import Lab

DOMAINS = ROOT / "playbooks" / "domains.yml"


def inventory(lab: Lab, directory: Path, **hosts: list[str]) -> Path:
    scm: dict[str, Any] = {name: lab.facts["scm"][name] for name in ("url", "login", "password", "customer_uri")}
    common = {
        "ansible_connection": "local",
        "certwright_scm": {**scm, "ca_path": lab.facts["ca_file"]},
        "domains_organization": "101",
        "domains_wait": 0,
        "domains_wildcard": False,
    }
    path = directory / "hosts.json"
    members = {host: {"domains": domains} for host, domains in hosts.items()}
    path.write_text(json.dumps({"all": {"hosts": members, "vars": common}}))
    return path


def test_a_domain_that_cannot_be_done_holds_no_other_up(ansible: Ansible, lab: Lab, tmp_path: Path) -> None:
    lab.control("POST", "/reset")
    invalid = {"code": -732, "description": "Domain name is invalid."}
    refusal = {"kind": "status", "status": 400, "body": json.dumps(invalid)}
    lab.control("POST", "/faults", {"method": "POST", "path": "/domain/v1$", "action": refusal})
    played = ansible.play(DOMAINS, inventory(lab, tmp_path, estate=["new.example", "example.edu"]))
    assert played.status != 0
    assert "new.example: SCM refused" in played.result("Domains that could not be done")["msg"]
    validated = {it["name"]: it for it in played.result("Domains are validated")["domains"]}
    assert validated["example.edu"]["actions"] == ["start"]
    assert "new.example" not in validated
    assert "_" in json.dumps(played.result("Validation of the domains, and what has to be published")["msg"])


def test_wrong_credentials_end_the_play_at_once(ansible_old: Ansible, lab: Lab, tmp_path: Path) -> None:
    hosts = inventory(lab, tmp_path, estate=["example.edu"])
    played = ansible_old.play(DOMAINS, hosts, "-e", '{"certwright_scm": {"login": "x"}}')
    assert played.status != 0
    assert "Domains are validated" not in {it["task"] for it in played.entries}


def test_several_lists_in_one_play_are_refused(ansible_old: Ansible, lab: Lab, tmp_path: Path) -> None:
    lab.control("POST", "/reset")
    hosts = inventory(lab, tmp_path, one=["example.edu"], other=["example.net"], third=["example.net"])
    played = ansible_old.play(DOMAINS, hosts)
    assert played.status != 0
    assert "only one would be done" in played.output
    assert lab.writes() == []
    ansible_old.play(DOMAINS, hosts, "--limit", "other,third").check()
