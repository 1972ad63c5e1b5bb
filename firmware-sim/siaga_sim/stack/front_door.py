"""The front door of packaging/nginx as it is shipped, with ports and folders of a run put in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from siaga_sim.stack.child import Child, Service, ServiceError
from siaga_sim.stack.ports import free_port, is_listening

START_SECONDS = 20.0
_PROGRAMS = "/usr/sbin:/usr/local/sbin"


def find_nginx() -> str | None:
    """Path of nginx, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{_PROGRAMS}")


def replaced(text: str, values: Mapping[str, str], *, where: str) -> str:
    """Return the text with each key replaced by its value; raises ServiceError where a key does not occur."""
    for shipped, own in values.items():
        if shipped not in text:
            raise ServiceError(f"{where}: does not contain {shipped!r}")
        text = text.replace(shipped, own)
    return text


@dataclass(slots=True, kw_only=True)
class FrontDoor(Service):
    """nginx with the configuration of `shipped` (packaging/nginx) on free loopback ports.

    `api_port`: where the API is; `more_api_ports`: further processes of it for the public; `staff_port`: its listener
    or process for staff, where it has one. `is_for_staff`: the second nginx, which has an https listener alone.
    `state`: the folder whose `state/` is published. `gateway`: whose forwarded addresses the plain listener believes,
    as docker-compose.yml has it. `enter`: the command that nginx is started with.
    """

    shipped: Path
    api_port: int
    more_api_ports: Sequence[int] = ()
    staff_port: int = 0
    state: Path
    certificate: Path
    key: Path
    gateway: str = "127.0.0.9"
    is_for_staff: bool = False
    workers: int = 1
    enter: Sequence[str] = ()
    plain_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    redirect_port: int = field(default_factory=free_port)

    def start(self) -> Self:
        """Render the configuration and return once nginx listens."""
        nginx = find_nginx()
        if nginx is None:
            raise ServiceError("nginx is not installed: run `make setup`")
        conf = self.render()
        argv = [
            *self.enter,
            nginx,
            "-c",
            str(conf),
            "-e",
            str(self.log),
            "-g",
            f"daemon off; pid {self.folder}/nginx.pid;",
        ]
        self.child = Child(name="nginx", argv=argv, log=self.log).start()
        for port in (self.https_port,) if self.is_for_staff else (self.plain_port, self.https_port):
            self.child.wait_for(lambda port=port: is_listening(port), seconds=START_SECONDS)  # type: ignore[misc]
        return self

    @property
    def log(self) -> Path:
        """Where nginx writes its errors."""
        return self.folder / "nginx.log"

    @property
    def url(self) -> str:
        """The plain listener, which compose publishes on the loopback address."""
        return f"http://127.0.0.1:{self.plain_port}"

    @property
    def https_url(self) -> str:
        """The listener of the world."""
        return f"https://127.0.0.1:{self.https_port}"

    def render(self) -> Path:
        """Copy the shipped files with the values of this run into the folder; return the main one."""
        conf = self.folder / "conf"
        shutil.rmtree(conf, ignore_errors=True)
        shutil.copytree(self.shipped, conf, ignore=shutil.ignore_patterns("compose"))
        shutil.copy(self.shipped / "compose" / "host.conf", conf / "siaga" / "servers" / "host.conf")
        (self.folder / "cache").mkdir(exist_ok=True)
        for name, values in self._values().items():
            path = conf / name
            path.write_text(replaced(path.read_text("utf-8"), values, where=name), "utf-8")
        self._name_processes(conf / "siaga" / "origin.conf")
        return conf / self._main

    @property
    def _main(self) -> str:
        return "staff.conf" if self.is_for_staff else "nginx.conf"

    def _name_processes(self, origin: Path) -> None:
        """As the file describes it to a city with several processes of the API."""
        head, *blocks = origin.read_text("utf-8").split("upstream ")
        origin.write_text("upstream ".join([head, *map(self._with_processes, blocks)]), "utf-8")

    def _with_processes(self, block: str) -> str:
        own = f"127.0.0.1:{self.api_port}"
        if block.split()[0] in {"siaga_staff", "siaga_live"}:
            return block.replace(own, f"127.0.0.1:{self.staff_port or self.api_port}")
        line = next(one for one in block.splitlines(keepends=True) if own in one)
        more = [line.replace(own, f"127.0.0.1:{port}") for port in self.more_api_ports]
        return block.replace(line, line + "".join(more))

    def _values(self) -> dict[str, dict[str, str]]:
        temporary = "".join(
            f" {kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = {
            "user www-data;": "user root;" if os.geteuid() == 0 else "",
            "/var/log/nginx/error.log": str(self.log),
            "/var/log/nginx/access.log": str(self.folder / "access.log"),
            "/var/cache/nginx/": f"{self.folder}/cache/",
            "http {\n": f"http {{\n   {temporary}\n",
        }
        if self.is_for_staff:
            main["pid /run/nginx-staff.pid;"] = ""  # it is started with another
        else:
            main["worker_processes auto;"] = f"worker_processes {self.workers};"
        return {
            self._main: main,
            "siaga/origin.conf": {"127.0.0.1:8080": f"127.0.0.1:{self.api_port}"},
            "siaga/locations.conf": {"/var/lib/siaga/published": str(self.state)},
            "siaga/tls.conf": {
                "/etc/siaga/tls/fullchain.pem": str(self.certificate),
                "/etc/siaga/tls/privkey.pem": str(self.key),
            },
            "siaga/staff-server.conf": {
                "listen 8444 ": f"listen 127.0.0.1:{self.https_port} ",
                "listen [::]:8444 ": f"listen [::1]:{self.https_port} ",
            },
            "siaga/servers/host.conf": {
                "listen 8080;": f"listen 127.0.0.1:{self.plain_port};",
                "172.30.81.1": self.gateway,
            },
            "siaga/servers/public.conf": {
                "listen 80 ": f"listen 127.0.0.1:{self.redirect_port} ",
                "listen [::]:80 ": f"listen [::1]:{self.redirect_port} ",
                "listen 443 ": f"listen 127.0.0.1:{self.https_port} ",
                "listen [::]:443 ": f"listen [::1]:{self.https_port} ",
            },
        }


def find_caddy() -> str | None:
    """Path of Caddy, or None."""
    return shutil.which("caddy", path=f"{os.environ.get('PATH', '')}:{_PROGRAMS}")


@dataclass(slots=True, kw_only=True)
class CaddyDoor(Service):
    """Caddy with the Caddyfile of packaging/caddy, by plain http on a free port of every address."""

    shipped: Path
    api_port: int
    staff_port: int = 0
    state: Path
    port: int = field(default_factory=free_port)

    def start(self) -> Self:
        """Return once Caddy listens."""
        caddy = find_caddy()
        if caddy is None:
            raise ServiceError("Caddy is not installed: run `make setup`")
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = [caddy, "run", "--config", str(self.shipped), "--adapter", "caddyfile"]
        self.child = Child(name="caddy", argv=argv, log=self.folder / "caddy.log", env=self.environment()).start()
        self.child.wait_for(lambda: is_listening(self.port), seconds=START_SECONDS)
        return self

    @property
    def url(self) -> str:
        """The address at which it listens."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return what the Caddyfile reads."""
        return {
            "SIAGA_SITE": f"http://:{self.port}",
            "SIAGA_API": f"127.0.0.1:{self.api_port}",
            "SIAGA_API_STAFF": f"127.0.0.1:{self.staff_port or self.api_port}",
            "SIAGA_PUBLISHED": str(self.state),
            "SIAGA_CADDY_ADMIN": "off",
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
