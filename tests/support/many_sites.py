# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sites on one BIG-IP, each with key, certificate, profile and virtual server, as two collections keep them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from appliances import Appliances

from lab import ROOT

VENDOR = ROOT / ".venv-conformance"


class ManySites:
    """Two sets of sites on the first BIG-IP: ours by certwright.fleet, theirs by f5networks.f5_modules."""

    def __init__(self, appliances: Appliances, count: int) -> None:
        self._appliances = appliances
        lab = appliances.lab
        lab.control("PUT", "/switches", {"acme.account_covers": "base"})
        for number in range(count):
            name = _name(number)
            lab.control("PUT", "/state/domain", {"name": name, "validated": True, "orgs": [101]})
            server = {
                "name": f"/Common/{name}",
                "destination": f"192.0.2.{number + 1}:443",
                "mask": "255.255.255.255",
                "ipProtocol": "tcp",
                "profiles": [{"name": "/Common/tcp"}, {"name": "/Common/clientssl", "context": "clientside"}],
            }
            body = {"unit": "a", "path": "/mgmt/tm/ltm/virtual", "body": server}
            lab.control("PUT", "/bigip/object", body)

    def options(self, count: int, **more: Any) -> dict[str, Any]:
        """What `f5_cert_deploy` is told. The virtual servers' addresses are nobody's, so no handshake proves them."""
        common = {"key": ["ecdsa-p256"], "verify": False, **more}
        certificates = [
            self._appliances.certificate(_name(it), f"/Common/{_name(it)}", **common) for it in range(count)
        ]
        return {"scm": self._appliances.scm, "provider": self._appliances.provider(), "certificates": certificates}

    def our_play(self, path: Path, count: int) -> Path:
        options = self.options(count, renew={"ari": False})
        return _playbook(path, [{"name": "All sites", "certwright.fleet.f5_cert_deploy": options}])

    def their_play(self, path: Path, count: int) -> Path:
        """The key comes from the controller: the vendor's modules make none. It is the same one for all."""
        key, certificate = path.with_suffix(".key"), path.with_suffix(".crt")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=site", "-days", "90"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        name = "their-{{ item }}"
        wanted: dict[str, dict[str, Any]] = {
            "bigip_ssl_key_cert": {
                "key_name": f"{name}.key",
                "key_content": key.read_text(),
                "cert_name": f"{name}.crt",
                "cert_content": certificate.read_text(),
            },
            "bigip_profile_client_ssl": {
                "name": name,
                "cert_key_chain": [{"cert": f"/Common/{name}.crt", "key": f"/Common/{name}.key"}],
            },
            "bigip_virtual_server": {
                "name": name,
                "destination": "198.51.100.{{ item }}",
                "port": 443,
                "profiles": [
                    {"name": "tcp", "context": "all"},
                    {"name": f"/Common/{name}", "context": "client-side"},
                ],
            },
        }
        provider = {**self._appliances.provider(), "validate_certs": True, "no_f5_teem": True}
        tasks = [
            {
                "name": module,
                f"f5networks.f5_modules.{module}": {"provider": provider, **options},
                "loop": list(range(1, count + 1)),
            }
            for module, options in wanted.items()
        ]
        return _playbook(path, tasks)


def _playbook(path: Path, tasks: list[dict[str, Any]]) -> Path:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    path.write_text(json.dumps([play]))
    return path


def _name(number: int) -> str:
    return f"site{number:03}.example.org"
