"""The demo's citizens: they report by several channels, subscribe to alerts, and answer whether work is really done."""

from __future__ import annotations

import logging
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors import photos
from siaga_sim.actors.requests import answer, client, send_report
from siaga_sim.demo.catcher import Catcher
from siaga_sim.demo.gateways import deliver, waze_alert
from siaga_sim.demo.scenes import Scenes

log = logging.getLogger("siaga_sim.demo.citizens")

LOOK_SECONDS = 1.5
MAIL_SECONDS = 120.0
NOT_PENDING = 409
WEB, WAZE = "web", "waze"
_SECRET = re.compile(r"/api/v1/subscriptions/([A-Za-z0-9_-]{10,60})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenReport:
    """What a citizen sends, `at_seconds` into the story. `channel`: web, a text channel, or waze.

    `has_photo`: of the spot as it is then (web only). `answer`: what the citizen answers once the work is reported as
    done: True, False (at first, and then True), or None for nothing.
    """

    at_seconds: float
    category: str
    text: str
    lat: float
    lon: float
    reporter: str
    channel: str = WEB
    has_photo: bool = False
    answer: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who wants to be warned about a gauge: by e-mail to an address, or by web push to a simulated browser."""

    channel: str
    address: str
    gauges: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Citizens:
    """All citizens; `run` acts them out in one thread, and each who answers later has a thread of the caller's."""

    url: str
    secrets: Mapping[str, str] = field(repr=False)
    catcher: Catcher
    scenes: Scenes
    stop: threading.Event
    began: float = field(default_factory=time.monotonic)
    failures: int = 0
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def run(self, reports: Sequence[CitizenReport], start_thread: Callable[[str, Callable[[], None]], None]) -> None:
        """Send every report at its moment."""
        addresses = addresses_of(report.reporter for report in reports)
        for report in sorted(reports, key=lambda one: one.at_seconds):
            if self.stop.wait(max(0.0, self.began + report.at_seconds - time.monotonic())):
                return
            address = addresses[report.reporter]
            follow = self._tried(partial(self._send, report, address))
            if follow and report.answer is not None:
                start_thread(report.reporter, partial(self._follow, report, address, follow))

    def subscribe(self, subscribers: Sequence[Subscriber]) -> None:
        """Subscribe everybody and confirm by the link of the mail, as its reader does."""
        for subscriber in subscribers:
            self._tried(partial(self._subscribe, subscriber))

    def _send(self, report: CitizenReport, address: str) -> str:
        """Returns the secret of the page to follow; nothing for channels that answer by themselves."""
        number = next(iter(self._numbers))
        if report.channel == WAZE:
            self.catcher.waze.append(waze_alert(number=number, lat=report.lat, lon=report.lon))
            return ""
        if report.channel != WEB:
            sent = deliver(
                self.url, self.secrets, channel=report.channel, sender=811_000_000 + number, number=number,
                text=report.text,
            )  # fmt: skip
            sent.raise_for_status()
            return ""
        place = LatLon(lat=report.lat, lon=report.lon)
        photo = None
        if report.has_photo:
            spot = self.scenes.spot_near(place)
            image = self.scenes.photo(spot, report.at_seconds, is_mended=False, view=1)
            photo = photos.jpeg(image, at=datetime.now(UTC), place=place)
        with client(self.url, address) as http:
            sent = send_report(
                http, category=report.category, text=report.text, lat=report.lat, lon=report.lon,
                reporter=report.reporter, photo=photo,
            )  # fmt: skip
            return str(answer(sent)["follow"]).removeprefix("/r/")

    def _follow(self, report: CitizenReport, address: str, secret: str) -> None:
        """Answer once the work is reported as done: who disputes it at first accepts it when it was done again."""
        answers = [True] if report.answer else [False, True]
        with client(self.url, address) as http:
            while answers and not self.stop.wait(LOOK_SECONDS):
                if self._tried(lambda: self._answer(http, secret, is_fixed=answers[0])):
                    answers.pop(0)
                    self._wait_until_reopened(http, secret)

    def _answer(self, http: httpx.Client, secret: str, *, is_fixed: bool) -> bool:
        if answer(http.get(f"/api/v1/reports/{secret}"))["stage"] != "resolved":
            return False
        sent = http.post(f"/api/v1/reports/{secret}/answer", data={"fixed": str(is_fixed).lower()})
        if sent.status_code != NOT_PENDING:
            answer(sent)
        return sent.is_success

    def _wait_until_reopened(self, http: httpx.Client, secret: str) -> None:
        while not self.stop.wait(LOOK_SECONDS):
            if self._tried(lambda: answer(http.get(f"/api/v1/reports/{secret}"))["stage"] != "resolved"):
                return

    def _subscribe(self, subscriber: Subscriber) -> None:
        form: dict[str, Any] = {
            "channel": subscriber.channel, "address": subscriber.address, "gauges": list(subscriber.gauges),
        }  # fmt: skip
        if subscriber.channel == "webpush":
            form |= {"address": f"{self.catcher.url}/push/{subscriber.address}", "keys": _browser_keys()}
        with client(self.url) as http:
            answer(http.post("/api/v1/subscriptions", json=form))
            if subscriber.channel == "email":
                self._confirm(http, subscriber.address)

    def _confirm(self, http: httpx.Client, address: str) -> None:
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline and not self.stop.wait(LOOK_SECONDS):
            for mail in tuple(self.catcher.mails):
                found = _SECRET.search(mail.text) if mail.to == address else None
                if found is not None:
                    answer(http.post(f"/api/v1/subscriptions/{found.group(1)}/confirm"))
                    return

    def _tried(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except httpx.HTTPError as error:
            self.failures += 1
            log.warning("request of %s failed: %s", threading.current_thread().name, error)
            return None


def addresses_of(reporters: Iterable[str]) -> Mapping[str, str]:
    """An address of this machine for every reporter, each in a network of its own, as people at home have."""
    return {
        name: f"127.{20 + number // 200}.{1 + number % 200}.7" for number, name in enumerate(sorted(set(reporters)))
    }


def _browser_keys() -> dict[str, str]:
    """As `PushSubscription.toJSON().keys` of a new browser."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": _base64url(point), "auth": _base64url(point[1:17])}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
