# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small helps for processes and ports."""

from __future__ import annotations

import os
import random
import socket
import time
from pathlib import Path
from typing import Any

_held: list[socket.socket] = []


def free_port() -> int:
    """A port that is left alone until this process ends, though nobody listens on it before its server does.

    It is below those that systems hand out by themselves, so that no connection ever starts from it.
    """
    while True:
        port = random.randrange(10_000, 32_768)
        tcp = socket.socket()
        try:
            # Bound for itself alone, so that no two processes hold the same ...
            tcp.bind(("127.0.0.1", port))
            with socket.socket(type=socket.SOCK_DGRAM) as udp:
                udp.bind(("127.0.0.1", port))
        except OSError:
            tcp.close()
            continue
        # ... and from here on open to a server, all of which ask for their address in this way.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(tcp)
        return port


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that nobody has waited for is over all the same.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: Any, problem: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(problem)
        time.sleep(0.05)
