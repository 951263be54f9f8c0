# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small estates on one machine, each with the lab and an inventory: real web servers on loopback ports, BIG-IPs, or
Palo Alto firewalls.

The demo, the Molecule scenarios and the tests all use them. Everything lives under one directory and dies with `stop`.
As a command, `estate.py up DIR [sites|appliances|firewalls|domains]` starts an estate that stays until `estate.py down
DIR`, or for an hour.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
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
        _wait_for(lambda: (self.home / "pid").exists(), f"{self.kind} did not start")

    start_command: list[str]
    test_command: list[str]
    reload_command: list[str]

    def _configuration(self) -> str:
        raise NotImplementedError

    def stop(self) -> None:
        try:
            pid = int((self.home / "pid").read_text())
            os.kill(pid, signal.SIGTERM)
            _wait_for(lambda: not _is_alive(pid), f"{self.kind} does not end")
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
        _wait_for(lambda: (directory / "pid").exists(), f"sshd did not start: see {directory}/log")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


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
        path.write_text("---\n" + _yaml(content))


class Estate(Ground):
    """Lab, web servers and the inventory of their sites, ready for playbooks/site.yml."""

    def __init__(self, directory: Path, sites: dict[str, tuple[str, dict[str, Any]]] | None = None) -> None:
        super().__init__(directory)
        self.sites = SITES if sites is None else sites
        self.servers: list[WebServer] = []
        try:
            kinds = {kind for kind, _certificate in self.sites.values()}
            self.servers += [server(directory) for server in (Nginx, Apache) if server.kind in kinds]
        except BaseException:
            self.stop()
            raise
        # The workers of a web server that root started are others, and have to get in.
        directory.chmod(0o755)
        self._write_inventory()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        super().stop()

    def server_of(self, site: str) -> WebServer:
        return next(server for server in self.servers if server.kind == self.sites[site][0])

    def _write_inventory(self) -> None:
        groups = {
            server.kind: sorted(name for name, it in self.sites.items() if it[0] == server.kind)
            for server in self.servers
        }
        self._write(
            "hosts.yml",
            {"sites": {"children": {kind: {"hosts": dict.fromkeys(names)} for kind, names in groups.items()}}},
        )
        self._write(
            "group_vars/sites.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "site_listen_address": "127.0.0.1",
                "site_verify_ca_path": self.lab.facts["issuing_root_file"],
            },
        )
        for server in self.servers:
            self._write(
                f"group_vars/{server.kind}.yml",
                {
                    "site_webserver": server.kind,
                    "site_config_dir": str(server.sites),
                    "site_document_root": str(server.home / "htdocs"),
                    "site_port": server.port,
                    "site_certificates": str(server.home / "certificates"),
                    "site_reload": {"test": server.test_command, "reload": server.reload_command},
                },
            )
        for name, (_kind, certificate) in self.sites.items():
            deploy = {"target": "files", "dir": "{{ site_certificates }}", "reload": "{{ site_reload }}"}
            self._write(f"host_vars/{name}.yml", {"certificate": {**certificate, "deploy": [deploy]}})


class Appliances(Ground):
    """The lab's two BIG-IPs and an inventory of their sites: one on both of them, and one more on each."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # The CA's waiting is no part of what is looked at.
        self.lab.control("PUT", "/switches", {"acme.processing_seconds": 0.0})
        units = {unit: self.provider(unit) for unit in ("bigip", "bigip_peer")}
        self._write(
            "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "site_verify_ca_path": self.lab.facts["issuing_root_file"],
                "control": self.lab.facts["control"],
                "bigips": units,
            },
        )
        devices = {
            "www.example.org": {"providers": "{{ bigips.values() | list }}"},
            "shop.example.org": {"provider": "{{ bigips.bigip }}", **WEB},
            "books.example.org": {"provider": "{{ bigips.bigip_peer }}", **WEB},
        }
        self._write("hosts.yml", {"sites": {"hosts": dict.fromkeys(devices)}})
        for name, device in devices.items():
            server, other = "/Common/www_https", "/Web/shop_https"
            if "partition" in device:
                server, other = other, server
            deploy = {"target": "f5", **device, "virtual_servers": [server]}
            certificate = {**APPLIANCE_SITES[name], "deploy": [deploy]}
            ports = {provider["server"]: self.port(server, unit) for unit, provider in units.items()}
            variables = {"certificate": certificate, "ports": ports, "other_port": self.port(other, "bigip")}
            self._write(f"host_vars/{name}.yml", variables)

    def port(self, server: str, unit: str) -> int:
        return next(it["port"] for it in self.lab.facts[unit]["virtual_servers"] if it["name"] == server)

    def provider(self, unit: str = "bigip") -> dict[str, Any]:
        facts = self.lab.facts[unit]
        # Results tell devices apart by their names.
        server = {"bigip": "127.0.0.1", "bigip_peer": "localhost"}[unit]
        port = urllib.parse.urlsplit(facts["url"]).port
        return {"server": server, "server_port": port, "user": facts["user"], "password": facts["password"]}

    def certificate(self, name: str, server: str, **more: Any) -> dict[str, Any]:
        issuer = {"type": "sectigo_acme", "account": "web-team", "organization": "Example University"}
        verify = {"ca_path": self.lab.facts["issuing_root_file"], "timeout": 5}
        return {"names": [name], "issuer": issuer, "virtual_servers": [server], "verify": verify, **more}


class Firewalls(Ground):
    """The lab's two firewalls and its Panorama, and an inventory of sites on the first of them and in a template."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # Neither the CA's waiting nor the length of commits is part of what is looked at.
        self.lab.control("PUT", "/switches", {"acme.processing_seconds": 0.0, "panos.commit_seconds": 0.0})
        units = {unit: self.provider(unit) for unit in ("panos", "panos_peer", "panorama")}
        ports = {
            unit: {it["name"]: it["port"] for it in self.lab.facts[unit]["services"]}
            for unit in units
            if unit != "panorama"
        }
        self._write(
            "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "certwright_scm": self.scm,
                "site_organization": "Example University",
                "site_acme_server": "OV ACME Server",
                "control": self.lab.facts["control"],
                "roots": self.lab.facts["issuing_root_file"],
                "units": units,
                "ports": ports,
            },
        )
        self._write("hosts.yml", {"sites": {"hosts": dict.fromkeys(FIREWALL_SITES)}})
        for name, (certificate, place) in FIREWALL_SITES.items():
            deploy = {"target": "panos", "profile": name.split(".")[0], **place}
            served_on = [it for names in place.get("services", {}).values() for it in names]
            variables = {"certificate": {**certificate, "deploy": [deploy]}, "served_on": "".join(served_on)}
            self._write(f"host_vars/{name}.yml", variables)

    def provider(self, unit: str = "panos") -> dict[str, Any]:
        facts = self.lab.facts[unit]
        port = urllib.parse.urlsplit(facts["url"]).port
        return {"ip_address": "localhost", "port": port, "username": facts["user"], "password": facts["password"]}

    def certificate(self, name: str, **more: Any) -> dict[str, Any]:
        issuer = {"type": "sectigo_acme", "account": "web-team", "organization": "Example University"}
        return {"names": [name], "issuer": issuer, "profile": name, **more}


def _yaml(value: dict[str, Any], indent: str = "") -> str:
    """Block style for dictionaries, one line for what has none inside."""
    lines = ""
    for key, item in value.items():
        if isinstance(item, dict) and item:
            lines += f"{indent}{key}:\n{_yaml(item, indent + '  ')}"
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            entries = "".join(f"{indent}  - {_yaml(entry, indent + '    ').lstrip()}" for entry in item)
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


def site(names: list[str], key: str | list[str], **more: Any) -> dict[str, Any]:
    issuer = {"type": "sectigo_acme", "account": "demo"}
    return {"names": names, "key": key, "issuer": issuer, **more}


# Which server serves which site, and its certificate.
SITES: dict[str, tuple[str, dict[str, Any]]] = {
    "www.example.org": ("nginx", site(["www.example.org", "example.org"], "ecdsa-p256")),
    "shop.example.org": ("nginx", site(["shop.example.org"], ["rsa-3072", "ecdsa-p256"])),
    "docs.example.org": ("apache", site(["docs.example.org"], "ecdsa-p384")),
    # Cannot reach the CA: the controller carries request and certificate to and fro.
    "intranet.example.net": ("apache", site(["intranet.example.net"], "rsa-2048", issue_from="controller")),
}

# The certificates of the sites on BIG-IPs. Those in a partition of their own are renewed by a number of days.
APPLIANCE_SITES: dict[str, dict[str, Any]] = {
    "www.example.org": site(["www.example.org"], ["rsa-2048", "ecdsa-p256"]),
    "shop.example.org": site(["shop.example.org"], "rsa-2048", renew={"days": 30, "ari": False}),
    "books.example.org": site(["books.example.org"], "ecdsa-p256", renew={"days": 30, "ari": False}),
}
WEB = {"partition": "Web", "key_security": "normal"}

# The certificates of the sites on firewalls, and where they go; the last one is for all firewalls of a template.
FIREWALL_SITES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "www.example.org": (
        site(["www.example.org"], "ecdsa-p256"),
        {
            "provider": "{{ units.panos }}",
            "services": {"portals": ["portal"]},
            "verify": {
                "address": "127.0.0.1",
                "port": "{{ ports.panos.portal }}",
                "ca_path": "{{ roots }}",
                "timeout": 5,
            },
        },
    ),
    "vpn.example.org": (
        site(["vpn.example.org"], "rsa-2048", renew={"days": 30, "ari": False}),
        {
            "provider": "{{ units.panos }}",
            "services": {"gateways": ["gateway"]},
            "verify": {
                "address": "127.0.0.1",
                "port": "{{ ports.panos.gateway }}",
                "ca_path": "{{ roots }}",
                "timeout": 5,
            },
        },
    ),
    "branch.example.org": (
        site(["branch.example.org"], "ecdsa-p384", renew={"days": 30, "ari": False}),
        {"provider": "{{ units.panorama }}", "template": "web-template", "push": [{"template_stack": "web-stack"}]},
    ),
}


class DomainEstate:
    """Lab, a BIND 9 with a zone for each domain, and an inventory ready for playbooks/domains.yml."""

    DOMAINS = tuple(f"domain{number:02}.example" for number in range(1, 13))

    def __init__(self, directory: Path) -> None:
        inventory = directory / "inventory"
        inventory.mkdir(parents=True)
        self.lab = Lab(directory)
        self.name_server = NameServer(directory / "bind", self.DOMAINS)
        self.lab.control("PUT", "/switches", {"dns.server": f"127.0.0.1:{self.name_server.port}"})
        (directory / "lab.json").write_text(json.dumps({"control": self.lab.facts["control"]}))
        shutil.copy(self.lab.facts["ca_file"], directory / "trust.pem")
        scm = self.lab.facts["scm"]
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "certwright_scm": {key: scm[key] for key in ("url", "login", "password", "customer_uri")},
            "domains": list(self.DOMAINS),
            "domains_organization": "Example University",
            "domains_dns": self.name_server.block,
        }
        (inventory / "hosts.yml").write_text("---\n" + _yaml({"all": {"hosts": {"estate": variables}}}))

    def stop(self) -> None:
        self.name_server.stop()
        self.lab.stop()


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
        _wait_for(self._answers, f"named did not start: see {home}/log")

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that nobody has waited for is over all the same.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_for(condition: Any, problem: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(problem)
        time.sleep(0.05)


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
    _wait_for(lambda: (directory / "ready").exists() or keeper.poll() is not None, "the estate does not get ready", 60)
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
        _wait_for(lambda: not _is_alive(pid), "the keeper does not end", 30)
    except (FileNotFoundError, ProcessLookupError):
        pass
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    {"up": up, "keep": keep, "down": down}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
