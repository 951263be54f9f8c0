# Copyright (c) 2026, Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell scripts by which a build reaches a host and runs there, and the reading of what they print. They have no
single quotes, because ansible wraps them in several layers of them and shows the whole with -vvv.

A build lives at <place>/<sha256>/certwright, owned by the user who runs it: with `become` that is the other user, so
nobody ever executes a file that a lesser user could replace. The places are tried in order, because homes may be
read-only, absent or mounted noexec.
"""

from __future__ import annotations

import shlex
import typing as t


class Reply(t.NamedTuple):
    started: bool
    """The binary was reached; `output` is all it printed."""
    output: str
    system: str | None
    """`uname -sm` of a host that lacks the build."""
    installed: bool


def run_script(module: str, hashes: t.Mapping[str, str]) -> str:
    """Runs the module, or names the system it would need a build for. `hashes` maps platforms (or `any`) to builds.

    What the binary says besides its answer goes nowhere: ansible shows it with -vvv, and a crash report could quote an
    option.
    """
    cases = " ".join(f"{_pattern(platform)}) h={digest};;" for platform, digest in hashes.items())
    return f"""
s=$(uname -sm); h=
case "$s" in {cases} esac
w=$PWD
{_PLACES}
for p in ${{h:+"$@"}}; do
  cd -P "$p/$h" 2>/dev/null && [ -O .. ] && [ -O . ] && [ -O certwright ] && [ -x certwright ] || continue
  b=$PWD/certwright; cd "$w"
  echo {_STARTED}; exec "$b" run {shlex.quote(module)} 2>/dev/null
done
cat >/dev/null
echo {_LACKING} "$s"
""".strip()


def install_script(digest: str) -> str:
    """Stores the build that comes on standard input, whole or not at all, also when several tasks do so at once."""
    return f"""
umask 077
{_PLACES}
f=
for p in "$@"; do
  mkdir -p "$p" 2>/dev/null; cd -P "$p" 2>/dev/null || continue
  # Ours, and nobody else may write: /var/tmp is open to all.
  [ -O . ] && [ -z "$(find . -prune -perm -020)$(find . -prune -perm -002)" ] || continue
  mkdir -p {digest} 2>/dev/null && [ -O {digest} ] || continue
  f={digest}/.new.$$
  # Can a program run from there at all?
  printf "#!/bin/sh\nexit 0\n" >"$f" 2>/dev/null && chmod 0700 "$f" && "./$f" 2>/dev/null && break
  rm -f "$f"; f=
done
[ -n "$f" ] || {{ cat >/dev/null; echo "no directory that certwright could be run from; tried: $*" >&2; exit 1; }}
rm -f "$f"; cat >"$f"
if command -v sha256sum >/dev/null; then got=$(sha256sum <"$f")
elif command -v shasum >/dev/null; then got=$(shasum -a 256 <"$f")
else got=$(openssl dgst -sha256 -r <"$f"); fi
[ "${{got%% *}}" = {digest} ] || {{ rm -f "$f"; echo "the copy arrived damaged, or the disk is full" >&2; exit 1; }}
chmod 0700 "$f" && mv -f "$f" {digest}/certwright || {{ rm -f "$f"; exit 1; }}
# Builds that were put there a season ago make room; a controller that still uses one copies it again.
find . -mindepth 1 -maxdepth 1 -type d -mtime +90 ! -name {digest} -exec rm -rf {{}} + 2>/dev/null
echo {_INSTALLED}
""".strip()


def read(stdout: str) -> Reply:
    """Login scripts may print before us, so only what follows our own line counts."""
    lines = stdout.splitlines(keepends=True)
    for number, line in enumerate(lines):
        words = line.split(maxsplit=1)
        if words[:1] == [_STARTED]:
            return Reply(True, "".join(lines[number + 1 :]), None, False)
        if words[:1] == [_LACKING]:
            return Reply(False, "", words[1].strip() if len(words) > 1 else "unknown unknown", False)
        if words[:1] == [_INSTALLED]:
            return Reply(False, "", None, True)
    return Reply(False, "", None, False)


def platform_of(system: str, machine: str = "unknown") -> str:
    """The name of a build's directory, for the two words of `uname -sm`."""
    machine = machine.strip().lower()
    return f"{system.strip().lower()}-{_MACHINES.get(machine, machine)}"


def _pattern(platform: str) -> str:
    if platform == "any":
        return "*"
    system, _dash, machine = platform.partition("-")
    names = [machine] + [other for other, same in _MACHINES.items() if same == machine]
    return "|".join(f'"{system.capitalize()} {name}"' for name in names)


_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# One word each, unlikely in anybody's login banner.
_STARTED = "certwright-started"
_LACKING = "certwright-lacking"
_INSTALLED = "certwright-installed"
_PLACES = 'set -- ${HOME:+"$HOME/.ansible/certwright"} "/var/tmp/certwright-$(id -u)"'
