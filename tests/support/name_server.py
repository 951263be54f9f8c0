# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real name server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from processes import free_port, wait_for


class NameServer:
    """An own BIND 9 whose zones take signed updates and are handed out to the same key."""

    SECRET = "bW9sZWN1bGUtbW9sZWN1bGUtbW9sZWN1bGUtMTIzNDU="

    def __init__(self, home: Path, zones: tuple[str, ...]) -> None:
        home.mkdir(parents=True)
        self.port = free_port()
        configuration = (
            f'options {{ directory "{home}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n'
            "  pid-file none; session-keyfile none; recursion no; notify no; };\ncontrols { };\n"
            f'key "certwright" {{ algorithm hmac-sha256; secret "{self.SECRET}"; }};\n'
        )
        for zone in zones:
            (home / zone).write_text("$TTL 60\n@ SOA ns root 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n")
            configuration += (
                f'zone "{zone}" {{ type primary; file "{zone}"; allow-update {{ key certwright; }};'
                " allow-transfer { key certwright; }; };\n"
            )
        (home / "named.conf").write_text(configuration)
        executable = shutil.which("named", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if executable is None:
            raise RuntimeError("named is not installed: run `make setup`")
        command = [executable, "-f", "-c", home / "named.conf", "-L", home / "log"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(self._answers, f"named did not start: see {home}/log")

    @property
    def block(self) -> dict[str, Any]:
        """The option `dns` of the modules."""
        return {"server": "127.0.0.1", "port": self.port, "key_name": "certwright", "key_secret": self.SECRET}

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
