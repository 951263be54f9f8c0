# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites on real web servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ground import Ground, site
from web_servers import Apache, Nginx, WebServer

# Which server serves which site, and its certificate.
SITES: dict[str, tuple[str, dict[str, Any]]] = {
    "www.example.org": ("nginx", site(["www.example.org", "example.org"], "ecdsa-p256")),
    "shop.example.org": ("nginx", site(["shop.example.org"], ["rsa-3072", "ecdsa-p256"])),
    "docs.example.org": ("apache", site(["docs.example.org"], "ecdsa-p384")),
    # Cannot reach the CA: the controller carries request and certificate to and fro.
    "intranet.example.net": ("apache", site(["intranet.example.net"], "rsa-2048", issue_from="controller")),
}


class Estate(Ground):
    """Lab, web servers and the inventory of their sites, ready for playbooks/site.yml."""

    def __init__(self, directory: Path, sites: dict[str, tuple[str, dict[str, Any]]] | None = None) -> None:
        super().__init__(directory)
        self.sites = SITES if sites is None else sites
        self.servers: list[WebServer] = []
        try:
            kinds = {kind for kind, _certificate in self.sites.values()}
            self.servers += [server(directory) for server in (Nginx, Apache) if server.kind in kinds]
        except BaseException:
            self.stop()
            raise
        # The workers of a web server that root started are others, and have to get in.
        directory.chmod(0o755)
        self._write_inventory()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        super().stop()

    def server_of(self, site: str) -> WebServer:
        return next(server for server in self.servers if server.kind == self.sites[site][0])

    def _write_inventory(self) -> None:
        groups = {
            server.kind: sorted(name for name, it in self.sites.items() if it[0] == server.kind)
            for server in self.servers
        }
        self._write(
            "hosts.yml",
            {"sites": {"children": {kind: {"hosts": dict.fromkeys(names)} for kind, names in groups.items()}}},
        )
        self._write(
            "group_vars/sites.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "site_listen_address": "127.0.0.1",
                "site_verify_ca_path": self.lab.facts["issuing_root_file"],
            },
        )
        for server in self.servers:
            self._write(
                f"group_vars/{server.kind}.yml",
                {
                    "site_webserver": server.kind,
                    "site_config_dir": str(server.sites),
                    "site_document_root": str(server.home / "htdocs"),
                    "site_port": server.port,
                    "site_certificates": str(server.home / "certificates"),
                    "site_reload": {"test": server.test_command, "reload": server.reload_command},
                },
            )
        for name, (_kind, certificate) in self.sites.items():
            deploy = {"target": "files", "dir": "{{ site_certificates }}", "reload": "{{ site_reload }}"}
            self._write(f"host_vars/{name}.yml", {"certificate": {**certificate, "deploy": [deploy]}})
