# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small estates on one machine, each with the lab and an inventory: real web servers on loopback ports, BIG-IPs,
firewalls, or domains with a real name server.

The demo, the Molecule scenarios and the tests all use them. Everything lives under one directory and dies with `stop`.
As a command, `estate.py up DIR [sites|appliances|firewalls|domains]` starts an estate that stays until `estate.py down
DIR`, or for an hour.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from appliances import Appliances
from domains import DomainEstate
from firewalls import Firewalls
from processes import is_alive, wait_for
from sites import Estate


def up(directory: Path, kind: str = "sites") -> None:
    """Leaves a keeper behind, which holds the estate; returns when all is ready."""
    directory.mkdir(parents=True, exist_ok=True)
    log = (directory / "keeper.log").open("w")
    keeper = subprocess.Popen(
        [sys.executable, __file__, "keep", directory, kind],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    (directory / "keeper.pid").write_text(str(keeper.pid))
    wait_for(lambda: (directory / "ready").exists() or keeper.poll() is not None, "the estate does not get ready", 60)
    if keeper.poll() is not None:
        sys.exit((directory / "keeper.log").read_text())


def keep(directory: Path, kind: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kinds = {"sites": Estate, "appliances": Appliances, "firewalls": Firewalls, "domains": DomainEstate}
    estate = kinds[kind](directory)
    try:
        (directory / "ready").touch()
        time.sleep(3600)
    finally:
        estate.stop()


def down(directory: Path) -> None:
    try:
        pid = int((directory / "keeper.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_alive(pid), "the keeper does not end", 30)
    except (FileNotFoundError, ProcessLookupError):
        pass
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    {"up": up, "keep": keep, "down": down}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
