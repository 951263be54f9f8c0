# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real SSH server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from processes import free_port, wait_for


class Sshd:
    """An own sshd with keys of its own; the home of who logs in is a fresh directory."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        self.key = directory / "user"
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name]
            subprocess.run(command, check=True)
        self.port = free_port()
        config = directory / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nPidFile {directory}/pid\n"
            f"AuthorizedKeysFile {directory}/user.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv HOME={self.home}\n"
            "Subsystem sftp internal-sftp\nMaxStartups 200\nMaxSessions 200\n"
        )
        if os.geteuid() == 0:
            # Where a root sshd drops its rights before the login; the package makes it at the service's start.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        executable = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ["PATH"])
        log = (directory / "log").open("w")
        self._process = subprocess.Popen([executable, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log)
        wait_for(lambda: (directory / "pid").exists(), f"sshd did not start: see {directory}/log")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
