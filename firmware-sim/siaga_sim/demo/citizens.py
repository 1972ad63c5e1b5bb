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
from siaga_sim.demo.gateways import deliver, reply_of, waze_alert
from siaga_sim.demo.scenes import Scenes
from siaga_sim.story import StoryClock

log = logging.getLogger("siaga_sim.demo.citizens")

LOOK_SECONDS = 1.5
MAIL_SECONDS = 120.0
NOT_PENDING = 409
WEB, WAZE = "web", "waze"
_FOLLOW = re.compile(r"/r/([A-Za-z0-9_-]{10,80})")
_SECRET = re.compile(r"/api/v1/subscriptions/([A-Za-z0-9_-]{10,60})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenReport:
    """What a citizen sends, `at_seconds` into the story. `channel`: web, a text channel, or waze.

    `has_photo`: of the spot as it is then (web only). `answer`: what the citizen answers once the work is reported as
    done: True, False (at first, and then True), or None for nothing. `is_next`: it is sent no sooner than the work of
    this reporter's report before is verified.
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
    is_next: bool = False


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
    clock: StoryClock
    failures: int = 0
    _numbers: Iterable[int] = field(default_factory=lambda: count(1))
    _people: Mapping[str, Person] = field(default_factory=dict)

    def run(self, reports: Sequence[CitizenReport], start_thread: Callable[[str, Callable[[], None]], None]) -> None:
        """Send every report at its moment."""
        self._people = people_of(report.reporter for report in reports)
        in_time = sorted(reports, key=lambda one: one.at_seconds)
        for report in (one for one in in_time if not one.is_next):
            if self._stopped_before(report.at_seconds):
                return
            follow = self._tried(partial(self._send, report))
            later = [one for one in in_time if one.is_next and one.reporter == report.reporter]
            if follow and (report.answer is not None or later):
                start_thread(report.reporter, partial(self._follow, report, follow, later))

    def _stopped_before(self, at_seconds: float) -> bool:
        """Wait for a moment of the story; whether the demo was stopped before it."""
        return self.clock.is_stopped_before(at_seconds, self.stop)

    def subscribe(self, subscribers: Sequence[Subscriber]) -> None:
        """Subscribe everybody and confirm by the link of the mail, as its reader does."""
        for subscriber in subscribers:
            self._tried(partial(self._subscribe, subscriber))

    def _send(self, report: CitizenReport) -> str:
        """Returns the secret of the page to follow; nothing for channels whose answers name none."""
        number, person = next(iter(self._numbers)), self._people[report.reporter]
        if report.channel == WAZE:
            self.catcher.waze.append(waze_alert(number=number, lat=report.lat, lon=report.lon))
            return ""
        if report.channel != WEB:
            sent = deliver(
                self.url, self.secrets, channel=report.channel, sender=person.phone, number=number, text=report.text
            )
            sent.raise_for_status()
            self.catcher.show_reply(report.channel, person.phone, reply_of(report.channel, sent))
            found = _FOLLOW.search(sent.text)
            return found.group(1) if found else ""
        with client(self.url, person.address) as http:
            sent = send_report(
                http, category=report.category, text=report.text, lat=report.lat, lon=report.lon,
                reporter=report.reporter, photo=self._photo(report),
            )  # fmt: skip
            return str(answer(sent)["follow"]).removeprefix("/r/")

    def _photo(self, report: CitizenReport) -> bytes | None:
        if not report.has_photo:
            return None
        place = LatLon(lat=report.lat, lon=report.lon)
        image = self.scenes.photo(self.scenes.spot_near(place), report.at_seconds, is_mended=False, view=1)
        return photos.jpeg(image, at=datetime.now(UTC), place=place)

    def _follow(self, report: CitizenReport, secret: str, later: Sequence[CitizenReport]) -> None:
        """Answer for a report, then send those that come after it, and answer for each."""
        with client(self.url, self._people[report.reporter].address) as http:
            self._answer_when_done(http, report, secret)
            for one in later:
                if self._stopped_waiting(partial(_is_verified, http, secret)) or self._stopped_before(one.at_seconds):
                    return
                secret = self._tried(partial(self._send, one)) or ""
                if not secret:
                    return
                self._answer_when_done(http, one, secret)

    def _answer_when_done(self, http: httpx.Client, report: CitizenReport, secret: str) -> None:
        """Answer once the work is reported as done: who disputes it at first accepts it when it was done again."""
        answers = {None: [], True: [True], False: [False, True]}[report.answer]
        for number, is_fixed in enumerate(answers):
            if number and self._stopped_waiting(lambda: not _is_resolved(http, secret)):
                return
            if self._stopped_waiting(partial(self._answer, http, secret, is_fixed=is_fixed)):
                return

    def _stopped_waiting(self, is_so: Callable[[], bool]) -> bool:
        """Look until something is so; whether the demo was stopped before."""
        while not self.stop.wait(LOOK_SECONDS):
            if self._tried(is_so):
                return False
        return True

    def _answer(self, http: httpx.Client, secret: str, *, is_fixed: bool) -> bool:
        if not _is_resolved(http, secret):
            return False
        sent = http.post(f"/api/v1/reports/{secret}/answer", data={"fixed": str(is_fixed).lower()})
        if sent.status_code != NOT_PENDING:
            answer(sent)
        return sent.is_success

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


@dataclass(frozen=True, slots=True)
class Person:
    """What a citizen is known by: an address of this machine, and the number of a phone or chat."""

    address: str
    phone: int


def people_of(reporters: Iterable[str]) -> Mapping[str, Person]:
    """Everybody with an address in a network of the own, as people at home have, and a phone of the own."""
    return {
        name: Person(address=f"127.{20 + number // 200}.{1 + number % 200}.7", phone=811_000_001 + number)
        for number, name in enumerate(sorted(set(reporters)))
    }


def _is_resolved(http: httpx.Client, secret: str) -> bool:
    return bool(_followed(http, secret)["stage"] == "resolved")


def _is_verified(http: httpx.Client, secret: str) -> bool:
    return bool((_followed(http, secret)["completion"] or {}).get("grade") == "verified")


def _followed(http: httpx.Client, secret: str) -> dict[str, Any]:
    found: dict[str, Any] = answer(http.get(f"/api/v1/reports/{secret}"))
    return found


def _browser_keys() -> dict[str, str]:
    """As `PushSubscription.toJSON().keys` of a new browser."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": _base64url(point), "auth": _base64url(point[1:17])}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
