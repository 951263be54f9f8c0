# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The site role on a real nginx and a real Apache: foretold, done once, and not again."""

from __future__ import annotations

import json
import subprocess

from conftest import ROOT, Ansible
from sites import SITES, Estate

SITE = ROOT / "playbooks" / "site.yml"
ACCOUNT = "The ACME account exists"
DEPLOY = {"target": "files", "dir": "{{ site_certificates }}", "reload": "{{ site_reload }}"}


def test_the_estate_converges_as_foretold_and_once(ansible: Ansible, estate: Estate) -> None:
    foretold = ansible.play(SITE, estate.inventory, "--check", "--diff", environment=estate.trust).check()
    assert estate.lab.writes() == []
    assert not any((server.home / "certificates").exists() for server in estate.servers)

    done = ansible.play(SITE, estate.inventory, environment=estate.trust).check()
    # The account is one for all: each host foretells it, and the first one makes it.
    assert [task for _host, task in done.changes].count(ACCOUNT) == 1
    assert [it for it in done.changes if it[1] != ACCOUNT] == [it for it in foretold.changes if it[1] != ACCOUNT]
    assert {host for host, _task in done.changes} == set(SITES)
    for site in SITES:
        assert served(estate, site) == estate.server_of(site).page

    before = estate.lab.journal()["next"]
    again = ansible.play(SITE, estate.inventory, environment=estate.trust).check()
    assert again.changes == []
    checked = ansible.play(SITE, estate.inventory, "--check", "--diff", environment=estate.trust).check()
    assert checked.changes == []
    assert estate.lab.writes(before) == []


def test_hosts_of_one_account_do_not_make_it_twice(ansible_old: Ansible, estate: Estate) -> None:
    ansible_old.play(SITE, estate.inventory, "--forks", "50", environment=estate.trust).check()
    created = [it for it in estate.lab.writes() if it["method"] == "POST" and it["path"].endswith("/acme/v2/account")]
    assert len(created) == 1


def test_one_slice_after_the_other_is_the_whole(ansible_old: Ansible, estate: Estate) -> None:
    """AWX runs job slices as plays over parts of the inventory."""
    names = sorted(SITES)
    for part in (names[:2], names[2:]):
        ansible_old.play(SITE, estate.inventory, "--limit", ",".join(part), environment=estate.trust).check()
    assert ansible_old.play(SITE, estate.inventory, environment=estate.trust).check().changes == []


def test_a_configuration_that_the_server_refuses_does_not_stay(ansible_old: Ansible, estate: Estate) -> None:
    nginx = estate.servers[0]
    limit = ["--limit", "www.example.org"]
    bad = ansible_old.play(
        SITE, estate.inventory, *limit, "-e", "site_extra_config=no_such_directive;", environment=estate.trust
    )
    assert bad.status != 0
    assert "no_such_directive" in bad.output
    assert list(nginx.sites.iterdir()) == []

    ansible_old.play(SITE, estate.inventory, *limit, environment=estate.trust).check()
    good = (nginx.sites / "www.example.org.conf").read_text()
    worse = ansible_old.play(
        SITE, estate.inventory, *limit, "-e", "site_extra_config=no_such_directive;", environment=estate.trust
    )
    assert worse.status != 0
    assert (nginx.sites / "www.example.org.conf").read_text() == good
    assert subprocess.run(nginx.test_command, check=False, capture_output=True).returncode == 0
    assert served(estate, "www.example.org") == nginx.page


def test_a_server_that_is_down_is_no_https(ansible_old: Ansible, estate: Estate) -> None:
    ansible_old.play(SITE, estate.inventory, environment=estate.trust).check()
    estate.servers[0].stop()
    played = ansible_old.play(SITE, estate.inventory, "--limit", "www.example.org", environment=estate.trust)
    assert played.status != 0
    assert "www.example.org" in played.output


def test_a_host_without_certificate_is_left_alone(ansible_old: Ansible, estate: Estate) -> None:
    (estate.inventory / "more.yml").write_text("sites: {hosts: {db.example.org: {}}}\n")
    played = ansible_old.play(SITE, estate.inventory, "--limit", "db.example.org", environment=estate.trust).check()
    assert [it for it in played.entries if it["host"] == "db.example.org"] == []


def test_what_is_wrong_in_host_vars_is_said_before_anything_is_done(ansible_old: Ansible, estate: Estate) -> None:
    (estate.inventory / "host_vars" / "www.example.org.yml").write_text(
        "certificate: {nmaes: [www.example.org], issuer: {type: sectigo_acme, account: demo}, deploy: []}\n"
    )
    played = ansible_old.play(SITE, estate.inventory, "--limit", "www.example.org", environment=estate.trust)
    assert played.status != 0
    assert "names" in played.output
    assert estate.lab.writes() == []


def test_a_new_configuration_leaves_the_certificate(ansible_old: Ansible, estate: Estate) -> None:
    limit = ["--limit", "www.example.org"]
    ansible_old.play(SITE, estate.inventory, *limit, environment=estate.trust).check()
    more = [*limit, "-e", "site_extra_config='add_header X-Extra yes;'"]
    foretold = ansible_old.play(SITE, estate.inventory, *more, "--check", environment=estate.trust).check()
    done = ansible_old.play(SITE, estate.inventory, *more, environment=estate.trust).check()
    assert done.changes == [("www.example.org", "The web server's configuration of the site")]
    assert foretold.changes == done.changes
    assert ansible_old.play(SITE, estate.inventory, *more, environment=estate.trust).check().changes == []


def test_any_other_ca_needs_no_scm(ansible_old: Ansible, estate: Estate) -> None:
    accounts = estate.lab.control("GET", "/state")["scm"]["acme_accounts"]
    account = next(it for it in accounts.values() if it["name"] == "web-team")
    issuer = {
        "type": "acme",
        "directory": account["server"],
        "eab": {"kid": account["mac_id"], "hmac_key": account["mac_key"]},
    }
    variables = estate.inventory / "host_vars" / "www.example.org.yml"
    certificate = {**SITES["www.example.org"][1], "issuer": issuer, "deploy": [DEPLOY]}
    variables.write_text(json.dumps({"certificate": certificate, "certwright_scm": None}))
    estate.lab.control("DELETE", "/journal")
    limit = ["--limit", "www.example.org"]
    ansible_old.play(SITE, estate.inventory, *limit, environment=estate.trust).check()
    assert {it["service"] for it in estate.lab.journal()["entries"]} <= {"acme", "ari"}
    assert served(estate, "www.example.org") == estate.server_of("www.example.org").page
    assert ansible_old.play(SITE, estate.inventory, *limit, environment=estate.trust).check().changes == []


def served(estate: Estate, site: str) -> str:
    """The page, as a client gets it that trusts the CA."""
    port = estate.server_of(site).port
    command = ["curl", "--silent", "--show-error", "--cacert", estate.lab.facts["issuing_root_file"],
               "--resolve", f"{site}:{port}:127.0.0.1", f"https://{site}:{port}/"]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
