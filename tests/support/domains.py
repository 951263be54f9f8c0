# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate's domains and their name server."""

from __future__ import annotations

from pathlib import Path

from ground import Ground
from name_server import NameServer


class DomainEstate(Ground):
    """Lab, a BIND 9 with a zone for each domain, and an inventory ready for playbooks/domains.yml."""

    DOMAINS = tuple(f"domain{number:02}.example" for number in range(1, 13))

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.name_server = NameServer(directory / "bind", self.DOMAINS)
        self.lab.control("PUT", "/switches", {"dns.server": f"127.0.0.1:{self.name_server.port}"})
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "certwright_scm": self.scm,
            "domains": list(self.DOMAINS),
            "domains_organization": "Example University",
            "domains_dns": self.name_server.block,
        }
        self._write("hosts.yml", {"all": {"hosts": {"estate": variables}}})

    def stop(self) -> None:
        self.name_server.stop()
        super().stop()
