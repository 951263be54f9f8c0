# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Own instances of real web servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from processes import free_port, is_alive, wait_for


class WebServer:
    """An own instance of a real web server: own configuration, pid file and ports, nothing of the system's."""

    kind: str
    binary: str

    def __init__(self, directory: Path) -> None:
        self.home = directory / self.kind
        self.sites = self.home / "sites"
        self.sites.mkdir(parents=True)
        (self.home / "htdocs").mkdir()
        self.page = f"Served by {self.kind}.\n"
        (self.home / "htdocs" / "index.html").write_text(self.page)
        self.port = free_port()
        self._executable = shutil.which(self.binary, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if self._executable is None:
            raise RuntimeError(f"{self.binary} is not installed: run `make setup`")
        self.config = self.home / f"{self.kind}.conf"
        self.config.write_text(self._configuration())
        subprocess.run(self.start_command, check=True, capture_output=True)
        wait_for(lambda: (self.home / "pid").exists(), f"{self.kind} did not start")

    start_command: list[str]
    test_command: list[str]
    reload_command: list[str]

    def _configuration(self) -> str:
        raise NotImplementedError

    def stop(self) -> None:
        try:
            pid = int((self.home / "pid").read_text())
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: not is_alive(pid), f"{self.kind} does not end")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            pass


class Nginx(WebServer):
    kind = "nginx"
    binary = "nginx"

    @property
    def _command(self) -> list[str]:
        return [str(self._executable), "-p", str(self.home), "-c", str(self.config), "-e", str(self.home / "error.log")]

    @property
    def start_command(self) -> list[str]:
        return self._command

    @property
    def test_command(self) -> list[str]:
        return [*self._command, "-t", "-q"]

    @property
    def reload_command(self) -> list[str]:
        return [*self._command, "-s", "reload"]

    def _configuration(self) -> str:
        places = "".join(
            f"  {name}_temp_path {self.home}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # The workers of a server that root starts would be `nobody`, who may not enter a temporary directory.
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}pid {self.home}/pid;\nerror_log {self.home}/error.log;\nworker_processes 1;\n"
            f"events {{ worker_connections 64; }}\nhttp {{\n  access_log off;\n{places}"
            f"  include {self.sites}/*.conf;\n}}\n"
        )


class Apache(WebServer):
    kind = "apache"
    binary = "apache2"

    @property
    def _command(self) -> list[str]:
        return [str(self._executable), "-d", str(self.home), "-f", str(self.config)]

    @property
    def start_command(self) -> list[str]:
        return [*self._command, "-k", "start"]

    @property
    def test_command(self) -> list[str]:
        return [*self._command, "-t"]

    @property
    def reload_command(self) -> list[str]:
        return [*self._command, "-k", "graceful"]

    def _configuration(self) -> str:
        modules = "/usr/lib/apache2/modules"
        names = ["mpm_event", "authz_core", "socache_shmcb", "ssl", "dir", "mime"]
        load = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in names)
        # Root may not serve as root; the pages are readable for all.
        user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
        return (
            f"{load}{user}ServerName localhost\nPidFile {self.home}/pid\nErrorLog {self.home}/error.log\n"
            f"DefaultRuntimeDir {self.home}\nMutex file:{self.home} default\nTypesConfig /etc/mime.types\n"
            f"ServerLimit 2\nThreadsPerChild 8\nMaxRequestWorkers 16\n"
            f"SSLSessionCache none\nListen 127.0.0.1:{self.port}\n<Directory {self.home}/htdocs>\n"
            f"  Require all granted\n</Directory>\nIncludeOptional {self.sites}/*.conf\n"
        )
