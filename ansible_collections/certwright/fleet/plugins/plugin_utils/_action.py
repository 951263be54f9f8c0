# Copyright (c) 2026, Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one action plugin of the collection; every file in plugins/action/ is a link to this one.

It hands the task to the certwright binary as JSON on standard input, which is the only way that no option, secret or
not, is ever seen in a process list, an environment or a file. A local task runs the controller's own build. For any
other host the build for that host is copied there once, under its own hash, and later tasks cost one round trip.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import typing as t
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.certwright.fleet.plugins.plugin_utils import _remote


class ActionModule(ActionBase):
    # A task under async would outlive the connection that its input comes from. Long waits are bounded by the
    # module's own option `deadline`.
    _supports_async = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        module = self._task.action.rpartition(".")[2]
        self._host = self._task.delegate_to or task_vars.get("inventory_hostname")
        request = self._request(task_vars)
        chosen = self._chosen_build(task_vars)
        # `become` here means another user of the controller, so the local shortcut would run as the wrong one.
        if self._connection.transport == "local" and not self._connection.become:
            answer = self._run_here(module, request, chosen)
        else:
            answer = self._run_there(module, request, chosen)
        return _result(answer)

    def _request(self, task_vars: dict[str, t.Any]) -> bytes:
        """The task's options and ansible's controls (check mode, diff, verbosity, …) as one JSON object."""
        options = _plain(self._task.args)
        self._update_module_args(self._task.action, options, task_vars)
        return json.dumps(_plain(options), allow_nan=False).encode()

    def _chosen_build(self, task_vars: dict[str, t.Any]) -> Path | None:
        """The build named by the variable `certwright_binary` of the host that the task runs on."""
        if self._task.delegate_to:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        value = task_vars.get("certwright_binary")
        if value is None:
            return None
        path = Path(str(self._templar.template(value))).expanduser()
        if not path.is_file():
            raise AnsibleActionFail(f"certwright_binary: there is no file {path} on the controller")
        return path

    def _run_here(self, module: str, request: bytes, chosen: Path | None) -> _Answer:
        platform = _remote.platform_of(*_uname())
        build = chosen or _shipped(platform) or _on_path()
        if build is None:
            raise AnsibleActionFail(_missing(platform, "the controller"))
        display.vvv(f"certwright: running {build} on the controller", host=self._host)
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        try:
            done = subprocess.run(
                [str(build), "run", module],
                input=request,
                stdout=subprocess.PIPE,
                # A crash report could quote an option; nothing on it is needed, failures come as JSON.
                stderr=subprocess.DEVNULL,
                env={**os.environ, **{name: str(value) for name, value in environment.items()}},
                check=False,
            )
        except OSError as error:
            raise AnsibleActionFail(f"cannot run {build}: {error.strerror}") from error
        return _Answer(done.returncode, done.stdout.decode(errors="replace"))

    def _run_there(self, module: str, request: bytes, chosen: Path | None) -> _Answer:
        if not getattr(self._connection, "has_pipelining", False):
            raise AnsibleActionFail(
                f"the connection plugin '{self._connection.transport}' cannot feed a program's standard input, "
                "which certwright needs to keep secrets out of files; use ansible.builtin.ssh"
            )
        hashes = {"any": _sha256(chosen)} if chosen else {name: _sha256(path) for name, path in _all_shipped().items()}
        for attempt in ("found", "copied"):
            done = self._shell(_remote.run_script(module, hashes), request)
            reply = _remote.read(done["stdout"])
            if reply.started:
                return _Answer(done["rc"], reply.output)
            if attempt == "copied" or reply.system is None:
                raise AnsibleActionFail(_not_started(done, request))
            self._copy(reply.system, chosen)
        raise AssertionError("unreachable: the second round returns or raises")

    def _copy(self, system: str, chosen: Path | None) -> None:
        platform = _remote.platform_of(*system.split(maxsplit=1))
        build = chosen or _shipped(platform)
        if build is None:
            raise AnsibleActionFail(_missing(platform, self._host))
        display.vvv(f"certwright: copying {build} to the host", host=self._host)
        done = self._shell(_remote.install_script(_sha256(build)), build.read_bytes())
        if not _remote.read(done["stdout"]).installed:
            raise AnsibleActionFail(_not_started(done, b""))

    def _shell(self, script: str, stdin: bytes) -> dict[str, t.Any]:
        # Always /bin/sh: the login shell and the one of the become user may be of another kind.
        command = f"{self._compute_environment_string()} /bin/sh -c {shlex.quote(script)}".strip()
        return self._low_level_execute_command(command, in_data=stdin)


class _Answer(t.NamedTuple):
    status: int
    output: str


def _result(answer: _Answer) -> dict[str, t.Any]:
    try:
        result = json.loads(answer.output)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        # The text is not shown: what a broken program prints could hold an option's value.
        return {
            "failed": True,
            "msg": f"certwright gave no valid answer (exit status {answer.status}); its output is withheld because it "
            "could contain secrets",
        }
    # Keys with which a result would steer the controller; a module of this collection has no use for them, and a
    # host that was taken over must not have any.
    return {key: value for key, value in result.items() if key not in _STEERING and not key.startswith("_ansible")}


def _plain(value: t.Any) -> t.Any:
    """Only what JSON knows: ansible hands over tagged, lazy and encrypted subclasses of these types."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _uname() -> tuple[str, str]:
    name = os.uname()
    return name.sysname, name.machine


def _shipped(platform: str) -> Path | None:
    return _all_shipped().get(platform)


def _all_shipped() -> dict[str, Path]:
    return {path.parent.name: path for path in sorted(_BUILDS.glob("*/certwright"))}


def _on_path() -> Path | None:
    found = shutil.which("certwright")
    return Path(found) if found else None


def _missing(platform: str, host: str) -> str:
    return (
        f"there is no certwright build for {platform}, which {host} needs: put one at "
        f"{_BUILDS / platform / 'certwright'} (`make release`), or name one in the variable certwright_binary"
    )


def _not_started(done: Mapping[str, t.Any], request: bytes) -> str:
    """Why no certwright ran. Here the words are those of ssh, sudo or a shell, and help; but they were given our
    input, so a text that quotes any of it is withheld."""
    said = " ".join(str(done["stderr"]).split())
    values = [part for part in request.decode(errors="replace").split('"') if len(part) >= 6]
    if any(part in said for part in values):
        said = "(withheld: it quotes the input)"
    return f"certwright could not be started on the host (exit status {done['rc']}): {said[-400:] or 'no message'}"


# Keyed by path, size and time because a loop's items share one process.
def _sha256(path: Path) -> str:
    stat = path.stat()
    return _sha256_of(path, stat.st_size, stat.st_mtime_ns)


@functools.cache
def _sha256_of(path: Path, _size: int, _mtime: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


display = Display()
# Plugins are links: the builds lie beside the real file.
_BUILDS = Path(__file__).resolve().parent.parent / "plugin_utils" / "bin"
_STEERING = frozenset({"add_group", "add_host", "ansible_facts", "ansible_stats", "exception", "invocation", "results"})
