"""The phases of a run: a plain file, more readers, a crowd beside staff and gauges, and an outage."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from benchmarks.crowd import wrk
from benchmarks.crowd.result import Result
from benchmarks.crowd.watching import Staff, Stream, api_requests, database_work, percentile, stored_messages
from benchmarks.crowd.world import World, plain_nginx
from benchmarks.figure import Figure

from siaga_sim.stack.child import wait_until

FEW, MANY, CROWD = 100, 2000, 1000
AFTER_SECONDS: Final = 10.0
# The longest time that an answer is cached: in a shorter window it is chance which of them are requested again.
CACHED_SECONDS: Final = 60.0
STAFF_P99_MS, INGEST_SHARE, STATIC_SHARE = 300.0, 0.9, 0.9
ORIGIN_SHARE, STORM_FACTOR = 1.1, 3.0
# Of packaging/nginx/siaga/http.conf: a 5xx is deliberate where it names the time to try again.
_REFUSED: Final = re.compile(r"^\S+ (5\d\d) .* retry_after=(\S+)$", re.MULTILINE)
_KNOWN: Final = re.compile(r" BYPASS \S+ \d+ upstream=([\d.]+) ")
# By which each file states what time it is of; the page itself shows the time of now.json.
_AGES: Final = {"/state/now.json": '"generated_at":', "/state/index.id.html": "Keadaan pada"}
Log = Callable[[str], None]


def _load(world: World, paths: Sequence[str], *, connections: int, seconds: float, url: str = "") -> wrk.Load:
    script = world.layout.root / f"wrk-{connections}.lua"
    target = url or world.nginx.url
    return wrk.run(target, paths, connections=connections, seconds=seconds, script=script, enter=world.front)


def static(world: World, *, seconds: float, log: Log) -> Result:
    """The published state beside a plain file of the same bytes, twice each, in turn, by a core of the same number."""
    now = f"{world.nginx.url}/state/now.json"
    with httpx.stream("GET", now, headers={"Accept-Encoding": "gzip"}, trust_env=False) as answer:
        content = b"".join(answer.iter_raw())
    each = max(3.0, seconds / 12)
    rates: dict[str, list[float]] = {"plain": [], "state": []}
    with plain_nginx(world.layout, content, front=world.front) as plain:
        file = urlsplit(plain)
        for _ in range(2):
            one = _load(world, [file.path], connections=FEW, seconds=each, url=f"http://{file.netloc}")
            two = _load(world, ["/state/now.json"], connections=FEW, seconds=each)
            if one.bad_status or two.bad_status:
                raise RuntimeError(f"not every answer was a file: {one}, {two}")
            rates["plain"].append(one.per_second)
            rates["state"].append(two.per_second)
            log(f"plain file {one.per_second:,.0f}/s, now.json {two.per_second:,.0f}/s ({len(content)} bytes)")
    figure = Figure(
        name="now.json through nginx, against a plain file",
        value=sum(rates["state"]) / 2, baseline=sum(rates["plain"]) / 2, unit="requests/s", target=STATIC_SHARE,
    )  # fmt: skip
    return Result([figure], {"bytes": len(content), "rates": rates})


def readers(world: World, paths: Sequence[str], *, seconds: float, log: Log) -> Result:
    """Requests that reach the API, and transactions of the database, by few and by many readers."""
    each = max(CACHED_SECONDS, seconds / 3)
    facts: dict[str, Any] = {}
    for connections in (FEW, MANY):
        _load(world, paths, connections=FEW, seconds=3)  # every address is in the cache
        began, origin, work = time.monotonic(), api_requests(world.cloud.url), database_work(world.database_url)
        load = _load(world, paths, connections=connections, seconds=each)
        lasted = time.monotonic() - began
        facts[str(connections)] = {
            "readers_per_second": load.per_second,
            "origin_per_second": (api_requests(world.cloud.url) - origin) / lasted,
            "transactions_per_second": (database_work(world.database_url) - work) / lasted,
            "bad_status": load.bad_status, "socket_errors": load.socket_errors, "p99_ms": load.p99_ms,
        }  # fmt: skip
        log(f"{connections} connections: {facts[str(connections)]}")
    few, many = facts[str(FEW)], facts[str(MANY)]
    figure = Figure(
        name=f"requests that reach the API, {MANY} against {FEW} connections",
        value=many["origin_per_second"], baseline=few["origin_per_second"], unit="requests/s", target=ORIGIN_SHARE,
        at_most=True,
    )  # fmt: skip
    return Result([figure], facts)


@contextmanager
def _threads(*runs: Callable[[], None]) -> Iterator[None]:
    threads = [threading.Thread(target=run, daemon=True) for run in runs]
    for one in threads:
        one.start()
    yield
    for one in threads:
        one.join(60)


def crowd(world: World, paths: Sequence[str], *, seconds: float, log: Log) -> Result:
    """A thousand connections to every public address, beside staff, their live stream, and gauges."""
    staff_url = world.staff_nginx.https_url
    calm = Staff(url=staff_url, token=world.token, trusts=world.staff_trusts)
    stored, began = stored_messages(world.database_url), time.monotonic()
    calm_seconds = max(10.0, seconds / 3)
    with _threads(calm.run):
        time.sleep(calm_seconds)
        calm.stop()
    # What waited since the start is stored beside what is sent: no more than that counts as usual.
    calm_rate = min(world.rate, (stored_messages(world.database_url) - stored) / (time.monotonic() - began))
    log(f"without the crowd: tasks p99 {calm.p99_ms():.0f} ms, {calm_rate:.0f} messages/s stored")
    staff = Staff(url=staff_url, token=world.token, trusts=world.staff_trusts)
    stream = Stream(url=staff_url, token=world.token, trusts=world.staff_trusts)
    mixed = Staff(url=world.nginx.url, token=world.token)  # a member of staff who enters with the crowd
    access, staff_access = (one.folder / "access.log" for one in (world.nginx, world.staff_nginx))
    _load(world, paths, connections=FEW, seconds=5)  # every address is in the cache
    before, origin = access.stat().st_size, api_requests(world.cloud.url)
    staff_before = staff_access.stat().st_size
    with _threads(stream.run, staff.run, mixed.run):
        stream.opened.wait(30)
        stored, began = stored_messages(world.database_url), time.monotonic()
        load = _load(world, paths, connections=CROWD, seconds=seconds)
        rate = (stored_messages(world.database_url) - stored) / (time.monotonic() - began)
        origin_rate = (api_requests(world.cloud.url) - origin) / (time.monotonic() - began)
        staff.stop()
        mixed.stop()
        stream.stop()
    logged = _since(access, before)
    errors, deliberate = refused(logged)
    behind = [float(seconds) for seconds in _KNOWN.findall(_since(staff_access, staff_before))]
    failed = [status for one in (staff, mixed) for status in one.statuses if status != 200]
    log(f"{load.per_second:,.0f} requests/s; {rate:.0f} messages/s stored")
    log(f"tasks p99 {staff.p99_ms():.0f} ms, by the entrance of the crowd {mixed.p99_ms():.0f} ms")
    log(f"{errors} errors, {deliberate} deliberate 503, {len(failed)} refused to staff; stream ended {stream.ends}")
    figures = [
        Figure(name="staff tasks, p99", value=staff.p99_ms(), unit="ms", target=STAFF_P99_MS, at_most=True),
        Figure(name="staff requests that failed", value=len(failed) + len(staff.failures + mixed.failures),
               unit="requests", target=0, at_most=True),
        Figure(name="messages stored, with against without", value=rate, baseline=calm_rate, unit="messages/s",
               target=INGEST_SHARE),
        Figure(name="answers 5xx that are not deliberate", value=errors, unit="answers", target=0, at_most=True),
        Figure(name="interruptions of the live stream", value=len(stream.ends) + (not stream.opened.is_set()),
               unit="times", target=0, at_most=True),
    ]  # fmt: skip
    facts = {
        "connections": CROWD, "seconds": seconds, "requests_per_second": load.per_second, "p99_ms": load.p99_ms,
        "bad_status": load.bad_status, "socket_errors": load.socket_errors, "timeouts": load.timeouts,
        "origin_per_second": origin_rate, "deliberate_503": deliberate, "staff_requests": len(staff.seconds),
        "staff_p99_ms_without": calm.p99_ms(),
        "staff_p50_ms": percentile(staff.seconds, 0.5) * 1000,
        "staff_p99_ms_behind_nginx": percentile(behind, 0.99) * 1000, "staff_refused": failed,
        "staff_failures": staff.failures + mixed.failures,
        "staff_p99_ms_by_the_entrance_of_the_crowd": mixed.p99_ms(),
        "stream_lines": stream.lines, "stream_ends": stream.ends,
        "stream_longest_gap_seconds": stream.longest_gap_seconds,
    }  # fmt: skip
    return Result(figures, facts)


def outage(world: World, paths: Sequence[str], *, seconds: float, log: Log) -> Result:
    """Database and API stop and come back while readers go on."""
    script, target = world.layout.root / "wrk-outage.lua", world.nginx.url
    _load(world, paths, connections=FEW, seconds=3)
    origin, began = api_requests(world.cloud.url), time.monotonic()
    _load(world, paths, connections=FEW, seconds=CACHED_SECONDS)
    normal = (api_requests(world.cloud.url) - origin) / (time.monotonic() - began) * AFTER_SECONDS
    lasts = seconds / 3 + 3 * AFTER_SECONDS + 60
    words = wrk.command(target, paths, connections=FEW, seconds=lasts, script=script, enter=world.front)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as readers_go_on:
        try:
            world.stop_api()
            world.cloud.postgres.stop()
            log("database and API are stopped")
            served = _served_without_origin(target, seconds=max(15.0, seconds / 3))
            world.cloud.postgres.start()
            world.start_api()
            wait_until(world.cloud.is_ready, seconds=90, what="the API")
            time.sleep(AFTER_SECONDS)
            after = api_requests(world.cloud.url)
        finally:
            readers_go_on.terminate()
    log(f"{served['failures']} of {served['requests']} pages failed; origin: {normal:.0f} normal, {after:.0f} after")
    figures = [
        Figure(name="pages that failed or hid their age while database and API were stopped",
               value=served["failures"], unit="pages", target=0, at_most=True),
        Figure(name="requests to the API in 10 s after its return", value=after, baseline=normal, unit="requests",
               target=STORM_FACTOR, at_most=True),
    ]  # fmt: skip
    return Result(figures, served)


def _served_without_origin(url: str, *, seconds: float) -> dict[str, Any]:
    failures: list[str] = []
    requests, deadline = 0, time.monotonic() + seconds
    with httpx.Client(base_url=url, timeout=20, trust_env=False, headers={"Host": "siaga.example"}) as client:
        while time.monotonic() < deadline:
            for path in ("/", "/state/now.json", "/state/index.id.html"):
                answer = client.get(path)
                requests += 1
                if answer.status_code != 200:
                    failures.append(f"{path}: {answer.status_code}")
                elif _AGES.get(path, "") not in answer.text:
                    failures.append(f"{path}: without its age")
            time.sleep(0.2)
        generated_at = client.get("/state/now.json").json().get("generated_at")
    return {"requests": requests, "failures": len(failures), "failed": failures[:10], "state_of": generated_at}


def _since(access_log: Path, position: int) -> str:
    with access_log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")


def refused(logged: str) -> tuple[int, int]:
    """Return how many answers were 5xx: errors, and those that name the time to try again."""
    found = _REFUSED.findall(logged)
    deliberate = sum(status == "503" and retry_after != "-" for status, retry_after in found)
    return len(found) - deliberate, deliberate
