"""Complaints and the work on them: citizens report, officers resolve, honestly or not, and reporters answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors import photos
from siaga_sim.actors.phone import Phone
from siaga_sim.actors.photos import Forgery
from siaga_sim.actors.requests import Tally, answer, client, send_report
from siaga_sim.siege.plan import Case, CaseKind, Plan, officer_number
from siaga_sim.siege.requests import citizen_client

log = logging.getLogger("siaga_sim.siege.work")

TASK_SECONDS, ANSWER_SECONDS, LOOK_SECONDS = 40.0, 30.0, 1.5
TEXTS = {"drainage": "Saluran mampet, air tidak mengalir", "pothole": "Jalan berlubang dalam, bahaya untuk motor"}
NOT_PENDING = 409


@dataclass(slots=True)
class CaseRecord:
    """What became of a case so far: the ids that the public API gave."""

    case: Case
    follow: str = ""
    incident_id: str = ""
    task_id: str = ""
    attempts: int = 0
    error: str = ""

    @property
    def is_resolved(self) -> bool:
        """Whether an officer said at least once that it is done."""
        return self.attempts > 0

    @property
    def is_really_done(self) -> bool:
        """Whether it is: honest work at once, sloppy work when it was done again, forged work never."""
        done_after = {CaseKind.HONEST: 1, CaseKind.SLOPPY: 2}.get(self.case.kind)
        return done_after is not None and self.attempts >= done_after


@dataclass(slots=True, kw_only=True)
class Workforce:
    """Runs cases, each in a thread of the caller's. `records` tells afterwards which task belongs to which case."""

    plan: Plan
    url: str
    tokens: Mapping[str, str] = field(repr=False)
    tally: Tally
    stop: threading.Event
    records: dict[int, CaseRecord] = field(default_factory=dict)
    by_task: dict[str, CaseRecord] = field(default_factory=dict)
    _phones: dict[str, Phone] = field(default_factory=dict)
    _registering: threading.Lock = field(default_factory=threading.Lock)

    def run(self, case: Case, began: float) -> None:
        """One case from its report to the reporter's answer."""
        if self.stop.wait(max(0.0, began + case.at_seconds - time.monotonic())):
            return
        record = self.records[case.number] = CaseRecord(case)
        try:
            self._report(record)
            if self._wait_for_task(record):
                self._work(record)
                self._answer(record)
                if case.kind is CaseKind.SLOPPY and self._wait_for_reopening(record):
                    self._work(record)
        except httpx.HTTPError as error:
            record.error = str(error)[:300]
            self.tally.add("cases with errors")
            log.warning("case %d (%s): %s", case.number, case.kind, record.error)

    def _report(self, record: CaseRecord) -> None:
        case = record.case
        seed = self._seed(case.number)
        before = photos.seen_again(photos.trouble(photos.scene(seed), seed), seed + 40)
        if case.is_friend:
            self.tally.add("posts")
        with citizen_client(self.url, case.reporter) as http:
            sent = send_report(
                http,
                category=case.officer.category,
                text=TEXTS[case.officer.category],
                lat=case.spot.lat,
                lon=case.spot.lon,
                reporter=case.reporter.name,
                photo=photos.jpeg(before, at=datetime.now(UTC), place=case.spot),
            )
            record.follow = str(answer(sent)["follow"]).removeprefix("/r/")

    def _wait_for_task(self, record: CaseRecord) -> bool:
        deadline = time.monotonic() + TASK_SECONDS
        with citizen_client(self.url, record.case.reporter) as http:
            while time.monotonic() < deadline and not self.stop.wait(LOOK_SECONDS):
                found = answer(http.get(f"/api/v1/reports/{record.follow}"))
                if found["task_id"]:
                    record.incident_id, record.task_id = found["incident_id"], found["task_id"]
                    self.by_task[record.task_id] = record
                if found["task_id"] and found["stage"] not in ("review", "received", "noticed"):
                    return True
        self.tally.add(f"{record.case.kind} cases without a task")
        return False

    def _work(self, record: CaseRecord) -> None:
        case = record.case
        address = f"127.30.{officer_number(case.officer)}.9"
        with client(self.url, address, token=self.tokens[case.officer.user]) as http:
            path = f"/api/v1/tasks/{record.task_id}"
            for verb in ("accept", "arrive"):
                answer(http.post(f"{path}/moves", json={"verb": verb}))
            if case.kind is CaseKind.FORGED:
                self.tally.add("posts")
            photo_id = self._photo(http, record, path)
            answer(http.post(f"{path}/moves", json={"verb": "resolve", "note": "Selesai.", "photo_id": photo_id}))
        record.attempts += 1

    def _wait_for_reopening(self, record: CaseRecord) -> bool:
        deadline = time.monotonic() + TASK_SECONDS
        with client(self.url, token=self.tokens[record.case.officer.user]) as http:
            while time.monotonic() < deadline and not self.stop.wait(LOOK_SECONDS):
                if answer(http.get(f"/api/v1/tasks/{record.task_id}"))["task"]["state"] == "open":
                    return True
        return False

    def _answer(self, record: CaseRecord) -> None:
        """The reporter says what is so; a friend confirms whatever the officer claims."""
        case = record.case
        is_fixed = record.is_really_done or case.is_friend
        deadline = time.monotonic() + ANSWER_SECONDS
        with citizen_client(self.url, case.reporter) as http:
            while time.monotonic() < deadline and not self.stop.wait(LOOK_SECONDS):
                if answer(http.get(f"/api/v1/reports/{record.follow}"))["stage"] != "resolved":
                    return  # it was decided without the reporter
                sent = http.post(f"/api/v1/reports/{record.follow}/answer", data={"fixed": str(is_fixed).lower()})
                if sent.is_success:
                    self.tally.add(f"{'friends' if case.is_friend else 'citizens'} answered")
                    return
                if sent.status_code != NOT_PENDING:
                    answer(sent)

    def _photo(self, http: httpx.Client, record: CaseRecord, path: str) -> str:
        """In place with the phone, or uploaded: every third cheat feeds his forgery to the camera of the app."""
        case, image = record.case, self._after(record)
        if case.kind is not CaseKind.FORGED or case.number % 3 == 0:
            return self._phone(http, case.officer.user).capture(http, path.rpartition("/")[2], image, case.spot)
        sent = http.post(f"{path}/photos", files={"photo": ("after.jpg", _file(case, image))}, data=_stated(case))
        return str(answer(sent)["photo_id"])

    def _phone(self, http: httpx.Client, user: str) -> Phone:
        with self._registering:
            if user not in self._phones:
                phone = Phone()
                phone.register(http)
                self._phones[user] = phone
            return self._phones[user]

    def _after(self, record: CaseRecord) -> photos.Frame:
        case = record.case
        seed = self._seed(case.number)
        if case.forgery is not None:
            return photos.forged(case.forgery, seed, self._seed(case.number % len(self.plan.officers)))
        if case.kind is CaseKind.SLOPPY and record.attempts == 0:
            return photos.seen_again(photos.trouble(photos.scene(seed), seed), seed + 80)
        return photos.seen_again(photos.scene(seed), seed)

    def _seed(self, number: int) -> int:
        return self.plan.seed * 100_000 + number * 100


def _file(case: Case, image: photos.Frame) -> bytes:
    """Every second cheat also forges the metadata; the others strip it, as a chat program does."""
    if case.number % 2:
        taken_at = datetime.now(UTC) - timedelta(seconds=3)
        return photos.jpeg(image, at=taken_at, place=_near(case.spot, case.number))
    return photos.jpeg(image, software="Adobe Photoshop 25.0" if case.forgery is Forgery.EDITED else "")


def _near(spot: LatLon, number: int) -> LatLon:
    return LatLon(lat=spot.lat + 0.00002 * (number % 5), lon=spot.lon)


def _stated(case: Case) -> dict[str, str]:
    """What the app says beside the photo; a cheat's app says what he wants."""
    return {
        "taken_at": datetime.now(UTC).isoformat(),
        "lat": f"{case.spot.lat:.6f}",
        "lon": f"{case.spot.lon:.6f}",
        "accuracy_m": "12",
    }


def proof_of(detail: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The newest proof of a task as staff read it."""
    proofs = detail.get("proofs") or []
    return proofs[0] if proofs else None
