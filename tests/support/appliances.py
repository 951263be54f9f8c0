# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites on BIG-IPs."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from ground import Ground, site

# The certificates of the sites on BIG-IPs. Those in a partition of their own are renewed by a number of days.
APPLIANCE_SITES: dict[str, dict[str, Any]] = {
    "www.example.org": site(["www.example.org"], ["rsa-2048", "ecdsa-p256"]),
    "shop.example.org": site(["shop.example.org"], "rsa-2048", renew={"days": 30, "ari": False}),
    "books.example.org": site(["books.example.org"], "ecdsa-p256", renew={"days": 30, "ari": False}),
}


WEB = {"partition": "Web", "key_security": "normal"}


class Appliances(Ground):
    """The lab's two BIG-IPs and an inventory of their sites: one on both of them, and one more on each."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # The CA's waiting is no part of what is looked at.
        self.lab.control("PUT", "/switches", {"acme.processing_seconds": 0.0})
        units = {unit: self.provider(unit) for unit in ("bigip", "bigip_peer")}
        self._write(
            "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "site_verify_ca_path": self.lab.facts["issuing_root_file"],
                "control": self.lab.facts["control"],
                "bigips": units,
            },
        )
        devices = {
            "www.example.org": {"providers": "{{ bigips.values() | list }}"},
            "shop.example.org": {"provider": "{{ bigips.bigip }}", **WEB},
            "books.example.org": {"provider": "{{ bigips.bigip_peer }}", **WEB},
        }
        self._write("hosts.yml", {"sites": {"hosts": dict.fromkeys(devices)}})
        for name, device in devices.items():
            server, other = "/Common/www_https", "/Web/shop_https"
            if "partition" in device:
                server, other = other, server
            deploy = {"target": "f5", **device, "virtual_servers": [server]}
            certificate = {**APPLIANCE_SITES[name], "deploy": [deploy]}
            ports = {provider["server"]: self.port(server, unit) for unit, provider in units.items()}
            variables = {"certificate": certificate, "ports": ports, "other_port": self.port(other, "bigip")}
            self._write(f"host_vars/{name}.yml", variables)

    def port(self, server: str, unit: str) -> int:
        return next(it["port"] for it in self.lab.facts[unit]["virtual_servers"] if it["name"] == server)

    def provider(self, unit: str = "bigip") -> dict[str, Any]:
        facts = self.lab.facts[unit]
        # Results tell devices apart by their names.
        server = {"bigip": "127.0.0.1", "bigip_peer": "localhost"}[unit]
        port = urllib.parse.urlsplit(facts["url"]).port
        return {"server": server, "server_port": port, "user": facts["user"], "password": facts["password"]}

    def certificate(self, name: str, server: str, **more: Any) -> dict[str, Any]:
        issuer = {"type": "sectigo_acme", "account": "web-team", "organization": "Example University"}
        verify = {"ca_path": self.lab.facts["issuing_root_file"], "timeout": 5}
        return {"names": [name], "issuer": issuer, "virtual_servers": [server], "verify": verify, **more}
