# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every estate stands on."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from lab import ROOT, Lab


class Ground:
    """What every estate stands on: the lab, trust in it, and an inventory to be filled."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.inventory = directory / "inventory"
        self.inventory.mkdir(parents=True)
        # Nobody's own settings shall change what is shown and tested.
        (directory / "ansible.cfg").write_text("[defaults]\nretry_files_enabled = false\n")
        self.lab = Lab(directory)
        (directory / "lab.json").write_text(json.dumps({"control": self.lab.facts["control"]}))
        shutil.copy(self.lab.facts["ca_file"], directory / "trust.pem")

    def stop(self) -> None:
        self.lab.stop()

    @property
    def trust(self) -> dict[str, str]:
        """Environment in which SCM and CA are trusted as the real ones are by a system's store."""
        return {"SSL_CERT_FILE": str(self.directory / "trust.pem")}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.trust,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT),
            "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
        }

    @property
    def scm(self) -> dict[str, Any]:
        """In real life this comes from a vault or an AWX credential."""
        scm = self.lab.facts["scm"]
        return {key: scm[key] for key in ("url", "login", "password", "customer_uri")}

    def _write(self, name: str, content: Any) -> None:
        path = self.inventory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("---\n" + yaml(content))


def site(names: list[str], key: str | list[str], **more: Any) -> dict[str, Any]:
    issuer = {"type": "sectigo_acme", "account": "demo"}
    return {"names": names, "key": key, "issuer": issuer, **more}


def yaml(value: dict[str, Any], indent: str = "") -> str:
    """Block style for dictionaries, one line for what has none inside."""
    lines = ""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            lines += f"{indent}{key}:\n{yaml(item, indent + '  ')}"
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            entries = "".join(f"{indent}  - {yaml(entry, indent + '    ').lstrip()}" for entry in item)
            lines += f"{indent}{key}:\n{entries}"
        else:
            lines += f"{indent}{key}:{_scalar(item)}\n"
    return lines


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " [" + ",".join(map(_scalar, value)).lstrip() + "]"
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z/][\w./@ -]*\w", value)
    return f" {value if plain else json.dumps(value)}"
