# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites on Palo Alto firewalls."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from ground import Ground, site

# The certificates of the sites on firewalls, and where they go; the last one is for all firewalls of a template.
FIREWALL_SITES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "www.example.org": (
        site(["www.example.org"], "ecdsa-p256"),
        {
            "provider": "{{ units.panos }}",
            "services": {"portals": ["portal"]},
            "verify": {
                "address": "127.0.0.1",
                "port": "{{ ports.panos.portal }}",
                "ca_path": "{{ roots }}",
                "timeout": 5,
            },
        },
    ),
    "vpn.example.org": (
        site(["vpn.example.org"], "rsa-2048", renew={"days": 30, "ari": False}),
        {
            "provider": "{{ units.panos }}",
            "services": {"gateways": ["gateway"]},
            "verify": {
                "address": "127.0.0.1",
                "port": "{{ ports.panos.gateway }}",
                "ca_path": "{{ roots }}",
                "timeout": 5,
            },
        },
    ),
    "branch.example.org": (
        site(["branch.example.org"], "ecdsa-p384", renew={"days": 30, "ari": False}),
        {"provider": "{{ units.panorama }}", "template": "web-template", "push": [{"template_stack": "web-stack"}]},
    ),
}


class Firewalls(Ground):
    """The lab's two firewalls and its Panorama, and an inventory of sites on the first of them and in a template."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # Neither the CA's waiting nor the length of commits is part of what is looked at.
        self.lab.control("PUT", "/switches", {"acme.processing_seconds": 0.0, "panos.commit_seconds": 0.0})
        units = {unit: self.provider(unit) for unit in ("panos", "panos_peer", "panorama")}
        ports = {
            unit: {it["name"]: it["port"] for it in self.lab.facts[unit]["services"]}
            for unit in units
            if unit != "panorama"
        }
        self._write(
            "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "control": self.lab.facts["control"],
                "roots": self.lab.facts["issuing_root_file"],
                "units": units,
                "ports": ports,
            },
        )
        self._write("hosts.yml", {"sites": {"hosts": dict.fromkeys(FIREWALL_SITES)}})
        for name, (certificate, place) in FIREWALL_SITES.items():
            deploy = {"target": "panos", "profile": name.split(".")[0], **place}
            served_on = [it for names in place.get("services", {}).values() for it in names]
            variables = {"certificate": {**certificate, "deploy": [deploy]}, "served_on": "".join(served_on)}
            self._write(f"host_vars/{name}.yml", variables)

    def provider(self, unit: str = "panos") -> dict[str, Any]:
        facts = self.lab.facts[unit]
        port = urllib.parse.urlsplit(facts["url"]).port
        return {"ip_address": "localhost", "port": port, "username": facts["user"], "password": facts["password"]}

    def certificate(self, name: str, **more: Any) -> dict[str, Any]:
        issuer = {"type": "sectigo_acme", "account": "web-team", "organization": "Example University"}
        return {"names": [name], "issuer": issuer, "profile": name, **more}
