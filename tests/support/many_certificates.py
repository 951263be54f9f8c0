# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sites on one firewall, each with certificate and service profile, as two collections keep them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from firewalls import Firewalls


class ManyCertificates:
    """Two sets of sites on the first firewall: ours by certwright.fleet, theirs by paloaltonetworks.panos."""

    def __init__(self, firewalls: Firewalls, count: int) -> None:
        self._firewalls = firewalls
        lab = firewalls.lab
        lab.control("PUT", "/switches", {"acme.account_covers": "base"})
        for number in range(count):
            lab.control("PUT", "/state/domain", {"name": _name(number), "validated": True, "orgs": [101]})

    def options(self, count: int, **more: Any) -> dict[str, Any]:
        """What `panos_cert_deploy` is told. Nothing presents the profiles, so no handshake proves them."""
        common = {"key": "ecdsa-p256", **more}
        certificates = [self._firewalls.certificate(_name(it), **common) for it in range(count)]
        firewalls = self._firewalls
        return {"scm": firewalls.scm, "provider": firewalls.provider(), "certificates": certificates}

    def our_play(self, path: Path, count: int) -> Path:
        options = self.options(count, renew={"ari": False})
        return _playbook(path, [{"name": "All sites", "certwright.fleet.panos_cert_deploy": options}])

    def their_play(self, path: Path, count: int) -> Path:
        """The key comes from the controller: no module of theirs asks the firewall for one. It is the same for all."""
        key, certificate, pair = (path.with_suffix(it) for it in (".key", ".crt", ".pem"))
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=site", "-days", "90"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        pair.write_text(certificate.read_text() + key.read_text())
        name = "their-{{ item }}"
        settings = "<protocol-settings><min-version>tls1-2</min-version></protocol-settings>"
        wanted: dict[str, dict[str, Any]] = {
            "panos_import": {
                "category": "keypair",
                "certificate_name": name,
                "format": "pem",
                "passphrase": "not-encrypted",
                "filename": str(pair),
                "verify": True,
            },
            "panos_config_element": {
                "xpath": "/config/shared/ssl-tls-service-profile",
                "element": f'<entry name="{name}"><certificate>{name}</certificate>{settings}</entry>',
            },
        }
        provider = self._firewalls.provider()
        tasks: list[dict[str, Any]] = [
            {
                "name": module,
                f"paloaltonetworks.panos.{module}": {"provider": provider, **options},
                "loop": list(range(1, count + 1)),
            }
            for module, options in wanted.items()
        ]
        commit = {"provider": provider, "admins": [provider["username"]]}
        return _playbook(path, [*tasks, {"name": "commit", "paloaltonetworks.panos.panos_commit_firewall": commit}])


def _playbook(path: Path, tasks: list[dict[str, Any]]) -> Path:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    path.write_text(json.dumps([play]))
    return path


def _name(number: int) -> str:
    return f"site{number:03}.example.org"
