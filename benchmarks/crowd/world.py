"""The programs of the cloud behind nginx, and gauges that send; nginx and all that loads have a core of their own."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.crowd.shares import Shares, groups

from siaga_cloud.fleet import keys
from siaga_cloud.operations.setup import certificates
from siaga_sim.demo.cloud import DATABASE, Cloud
from siaga_sim.demo.layout import REPOSITORY, Layout, fresh_layout, program
from siaga_sim.load.passwords import node_names, write_private
from siaga_sim.stack.child import Child
from siaga_sim.stack.front_door import FrontDoor, find_nginx
from siaga_sim.stack.ports import free_port, is_listening

NODES: Final = 200
STAFF: Final = "api-staff"
START_SECONDS: Final = 120.0
NO_GROUPS: Final = "no group of processes can be made here: sessions share the processor equally"
SHIPPED: Final = REPOSITORY / "packaging" / "nginx"
_PLAIN_NGINX: Final = """\
user root;
worker_processes 1;
error_log {folder}/plain.log crit;
events {{ worker_connections 16384; }}
http {{
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000;
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port}; root {folder}/plain; }}
}}
"""


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that runs. `rate`: messages a second of the gauges. `front`: the words that start a program on the
    core of nginx and of what loads.
    """

    layout: Layout
    cloud: Cloud
    nginx: FrontDoor
    staff_nginx: FrontDoor
    front: Sequence[str]
    token: str
    rate: float
    staff_port: int
    shares: Shares

    def stop_api(self) -> None:
        """Stop the API, and its process for staff."""
        for name in ("api", STAFF):
            self.cloud.programs[name].stop()

    def start_api(self) -> None:
        """Start the API and its process for staff again."""
        self.cloud.start_program("api")
        self.cloud.start_program(STAFF, {"SIAGA_HTTP_PORT": str(self.staff_port)})
        self.give_shares()

    def give_shares(self) -> None:
        """Give what runs now its share of the processor."""
        for one in self.cloud.children():
            self.shares.give(one.name, one.pid)

    @contextmanager
    def on_front_core(self) -> Iterator[None]:
        """Programs that begin in the block run on the core of nginx and wrk."""
        own = os.sched_getaffinity(0)
        if self.front:
            os.sched_setaffinity(0, {int(self.front[-1])})
        try:
            yield
        finally:
            os.sched_setaffinity(0, own)

    @property
    def staff_trusts(self) -> ssl.SSLContext:
        """What staff believe the certificate of their entrance by."""
        return ssl.create_default_context(cafile=str(self.staff_nginx.certificate))

    @property
    def database_url(self) -> str:
        """As the owner of all tables."""
        return self.cloud.postgres.url(DATABASE)


@contextmanager
def built(root: Path, *, rate: float, seconds: float, log_line: Callable[[str], None]) -> Iterator[World]:
    """Everything up and running, and down again at the end."""
    with ExitStack() as after:
        shares = after.enter_context(groups())
        front = _split_cores(after)
        layout = after.enter_context(fresh_layout(root))
        published, staff_port = layout.root / "published", free_port()
        (published / "state").mkdir(parents=True)
        cloud = Cloud(
            layout=layout,
            nodes=node_names(NODES),
            http_port=free_port(),
            unowned="accept",
            more={
                "SIAGA_TRUSTED_PROXIES": "127.0.0.1",
                "SIAGA_PUBLISH_FOLDER": str(published / "state"),
            },
        )
        after.callback(cloud.stop)
        log_line("starting database, broker and cloud")
        cloud.start_services()
        cloud.prepare()
        cloud.load_city()
        cloud.start_programs()
        cloud.start_program("publish")
        cloud.start_program(STAFF, {"SIAGA_HTTP_PORT": str(staff_port)})
        cloud.programs[STAFF].wait_for(lambda: is_listening(staff_port), seconds=START_SECONDS)
        token = cloud.tokens(["operator.balaikota"])["operator.balaikota"]
        load = after.enter_context(_gauges(layout, cloud, front, rate=rate, seconds=seconds))
        doors = [_front_door(layout, cloud, published, staff_port, front, is_for_staff=one) for one in (False, True)]
        nginx, staff_nginx = (after.enter_context(one) for one in doors)
        log_line(f"nginx at {nginx.url}; {NODES} gauges send {rate:g} messages/s (process {load.pid})")
        world = World(
            layout=layout,
            cloud=cloud,
            nginx=nginx,
            staff_nginx=staff_nginx,
            front=front,
            token=token,
            rate=rate,
            staff_port=staff_port,
            shares=shares,
        )
        world.give_shares()
        log_line("each program has the processor's share of its container" if shares.folder else NO_GROUPS)
        yield world


def _split_cores(after: ExitStack) -> Sequence[str]:
    """The last core is for nginx, wrk, phones and gauges, as if they were other machines; the cloud has the others."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return ()
    os.sched_setaffinity(0, cores[:-1])
    after.callback(os.sched_setaffinity, 0, cores)
    return ("taskset", "--cpu-list", str(cores[-1]))


def _front_door(
    layout: Layout, cloud: Cloud, published: Path, staff_port: int, front: Sequence[str], *, is_for_staff: bool
) -> FrontDoor:
    """Both have the core of the load, as if it were the machine of the front door."""
    now, authority_key, key = datetime.now(UTC), certificates.new_key(), certificates.new_key()
    authority = certificates.broker_authority(authority_key, now=now)
    shown = certificates.broker_certificate(key, authority, authority_key, ["127.0.0.1"], now=now)
    folder = layout.root / ("front-door-staff" if is_for_staff else "front-door")
    folder.mkdir()
    (folder / "fullchain.pem").write_bytes(certificates.pem(shown) + certificates.pem(authority))
    keys.write_private(folder / "privkey.pem", keys.private_pem(key))
    return FrontDoor(
        folder=folder,
        shipped=SHIPPED,
        api_port=cloud.http_port,
        staff_port=staff_port,
        state=published,
        certificate=folder / "fullchain.pem",
        key=folder / "privkey.pem",
        enter=front,
        is_for_staff=is_for_staff,
        gateway="127.0.0.1",  # the load names the addresses of its people
    )


def _gauges(layout: Layout, cloud: Cloud, front: Sequence[str], *, rate: float, seconds: float) -> Child:
    passwords = layout.root / "load-passwords"
    write_private(passwords, {name: cloud.node_passwords[name] for name in node_names(NODES)})
    words = ["load", "--nodes", str(NODES), "--rate", f"{rate:g}", "--seconds", f"{seconds:.0f}", "--json"]
    words += ["--broker", f"127.0.0.1:{cloud.broker.port}", "--passwords", str(passwords), "--drain", "0"]
    return Child(name="load", argv=[*front, program("siaga-sim"), *words], log=layout.log("load"))


@contextmanager
def plain_nginx(layout: Layout, content: bytes, *, front: Sequence[str]) -> Iterator[str]:
    """A second nginx that serves one file of the same content and does nothing else; yields its address."""
    folder, port = layout.root / "plain-nginx", free_port()
    (folder / "plain").mkdir(parents=True)
    (folder / "plain" / "file").write_bytes(content)
    (folder / "nginx.conf").write_text(_PLAIN_NGINX.format(folder=folder, port=port))
    options = ["-e", str(folder / "plain.log"), "-g", f"daemon off; pid {folder}/pid;"]
    argv = [*front, find_nginx() or "nginx", "-c", str(folder / "nginx.conf"), *options]
    with Child(name="plain nginx", argv=argv, log=layout.log("plain-nginx")) as child:
        child.wait_for(lambda: is_listening(port))
        yield f"http://127.0.0.1:{port}/file"
