# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated SCM, CA and devices."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Lab:
    """The simulated SCM and CA, as a child process that ends with us even if we are killed."""

    def __init__(self, directory: Path) -> None:
        binary = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "certwright-lab"
        self._log = (directory / "lab.log").open("w")
        self._process = subprocess.Popen(
            [binary, "serve", "--port-base", "0", "--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the lab did not start: {(directory / 'lab.log').read_text()}")
        self.facts: dict[str, Any] = json.loads(line)

    def writes(self, first: int = 1) -> list[dict[str, Any]]:
        """The requests that changed something, from the journal's entry `first` on."""
        return [entry for entry in self.journal(first)["entries"] if entry["write"]]

    def journal(self, first: int = 1) -> dict[str, Any]:
        return self.control("GET", f"/journal?since={first - 1}")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self.facts["control"] + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read()
        return json.loads(text) if text.strip() else None

    def stop(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()
