"""The status page, /metrics and the word to systemd, without a node."""

from __future__ import annotations

import configparser
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siaga_core.wire.messages import (
    CameraHealth,
    EventState,
    EvidenceRole,
    GaugeHealth,
    Hazard,
    OutboxHealth,
    Place,
    Severity,
    Source,
    SourceKind,
    ViewDetails,
)
from siaga_core.wire.parts import ModelHealth, ShadowHealth
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.fleet.plan import FleetState, Plan
from siaga_edge.outbox.refusals import RefusalLine, RefusalSummary
from siaga_edge.status.figures import Figures, Snapshot
from siaga_edge.status.health import health_fields
from siaga_edge.status.last_event import LastEvent, LastEventSummary
from siaga_edge.status.metrics import exposition
from siaga_edge.status.notify import Notifier
from siaga_edge.status.page import Language, language_of, page
from siaga_edge.status.texts import WORDS

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
CAMERA = Source(kind=SourceKind.CAMERA, id="cam-a")


def a_draft(*, evidence_images: tuple[EvidenceImage, ...] = ()) -> EventDraft:
    return EventDraft(
        key="view",
        state=EventState.BEGAN,
        hazard=Hazard.VIEW_LOST,
        source=CAMERA,
        place=Place(lat=-6.2, lon=106.8),
        at=NOW,
        began_at=NOW,
        confidence=1,
        severity=Severity.MINOR,
        details=ViewDetails(reason="black"),
        evidence_images=evidence_images,
    )


def an_evidence_image(jpeg: bytes, *, redacted: bool) -> EvidenceImage:
    return EvidenceImage(role=EvidenceRole.ARRIVAL, taken_at=NOW, jpeg=jpeg, width=8, height=8, redacted=redacted)


@pytest.fixture
def now() -> Snapshot:
    shadow = ShadowHealth(sha256="b" * 64, looks=7, agreed=9, only_shadow=2)
    health = health_fields(
        now=NOW,
        began_at=NOW - timedelta(hours=3),
        outbox=OutboxHealth(
            waiting=12, oldest_at=NOW - timedelta(minutes=5), evicted=3, bytes=2048, free_bytes=2**30, broken=1
        ),
        cameras=[
            CameraHealth(
                id="cam-a", frames=100, dropped=4, dropped_looks=2, last_frame_at=NOW, clock_offset_seconds=-1.5
            ),
            CameraHealth(id="cam-b", unknown_since=NOW - timedelta(minutes=10)),
        ],
        gauges=[GaugeHealth(id="karet", readings=5, last_reading_at=NOW)],
        cpu_share=0.5,
        models=[ModelHealth(role="detector", name="<old>", sha256="a" * 64, shadow=shadow)],
    )
    return Snapshot(
        node="node-a",
        at=NOW,
        health=health,
        fps={"cam-a": 4.96, "cam-b": None},
        inferred_per_second={"cam-a": 2.0, "cam-b": None},
        latency_seconds={"cam-a": 0.042, "cam-b": None},
        is_linked=False,
        fleet=FleetState(good=Plan(version=7, sha256="c" * 64)),
        last=LastEventSummary(draft=a_draft(), evidence=an_evidence_image(b"x", redacted=True)),
        refused=RefusalSummary(
            messages=41,
            lines=(RefusalLine(reason="gauge <x> is not recorded", messages=40, last_at=NOW - timedelta(minutes=3)),),
        ),
    )


def test_a_camera_that_is_behind_is_a_problem_with_both_look_rates(now: Snapshot) -> None:
    behind = CameraHealth(
        id="cam-a",
        frames=100,
        last_frame_at=NOW,
        unknown_since=NOW,
        looks_wanted_per_second=2.0,
        looks_per_second=0.4,
        latency_seconds=1.5,
        is_behind=True,
    )
    health = now.health.copy()
    health["cameras"] = (behind,)
    text = page(replace(now, health=health), "en")
    assert "cam-a: behind: looked at too seldom, what is not reported is unknown" in text
    assert "(achieved / wanted: 0.4 / 2.0/s)" in text
    assert "cam-a: unknown" not in text
    assert "cam-a: tertinggal" in page(replace(now, health=health), "id")
    metrics = exposition(lambda: replace(now, health=health)).decode()
    assert 'siaga_edge_camera_behind{camera="cam-a"} 1.0' in metrics
    assert 'siaga_edge_camera_looks_wanted_per_second{camera="cam-a"} 2.0' in metrics
    assert 'siaga_edge_camera_looks_per_second{camera="cam-a"} 0.4' in metrics


def test_the_page_states_what_is_wrong_first_and_everything_once(now: Snapshot) -> None:
    text = page(now, "en")
    assert "Not connected to the cloud; messages are stored" in text
    assert "cam-b: unknown for 10 min" in text
    assert "3 messages given up for lack of room" in text
    assert "1 damaged stores moved aside" in text
    assert "41 messages refused by the cloud since the start" in text
    assert "gauge &lt;x&gt; is not recorded" in text
    assert "4 / 2" in text
    for shown in ("5.0", "2.0/s", "42 ms", "oldest 5 min", "1.0 GiB", "50 %", "3 h", "7 (cccccccccccc)", "View lost"):
        assert shown in text, shown
    assert "&lt;old&gt;" in text
    assert "<old>" not in text
    assert "/last.jpg?" in text


def test_a_check_without_problems_reports_that_all_is_well(now: Snapshot) -> None:
    health = now.health.copy()
    health["outbox"], health["cameras"] = OutboxHealth(waiting=0, evicted=0, bytes=0), now.health["cameras"][:1]
    text = page(replace(now, is_linked=True, health=health, last=LastEventSummary(), refused=RefusalSummary()), "id")
    assert "Semua berfungsi" in text
    assert "Belum ada kejadian" in text
    assert "/last.jpg" not in text


@pytest.mark.parametrize(("language", "name"), [("id", "Tidak melihat"), ("en", "View lost")])
def test_the_last_event_has_the_name_of_the_registry(now: Snapshot, language: Language, name: str) -> None:
    assert f"{name} – " in page(now, language)


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["id"].keys() == WORDS["en"].keys()
    assert {*EventState} <= WORDS["en"].keys()
    assert [language_of("", accepted) for accepted in ("", "id-ID,en;q=0.5", "en-GB", "fr")] == ["id", "id", "en", "en"]
    assert language_of("en", "id") == "en"


def test_metrics_are_in_prometheus_words(now: Snapshot) -> None:
    text = exposition(lambda: now).decode()
    for line in (
        'siaga_edge{config_version="7",node="node-a",software="siaga-edge',
        "siaga_edge_broker_connected 0.0",
        "siaga_edge_outbox_waiting 12.0",
        "siaga_edge_outbox_oldest_seconds 300.0",
        "siaga_edge_outbox_evicted_total 3.0",
        "siaga_edge_outbox_broken 1.0",
        'siaga_edge_camera_dropped_looks_total{camera="cam-a"} 2.0',
        "siaga_edge_refused_messages_total 41.0",
        'siaga_edge_camera_clock_offset_seconds{camera="cam-a"} -1.5',
        'siaga_edge_camera_frames_total{camera="cam-a"} 100.0',
        'siaga_edge_camera_unknown{camera="cam-b"} 1.0',
        'siaga_edge_camera_latency_seconds{camera="cam-a"} 0.042',
        'siaga_edge_gauge_readings_total{gauge="karet"} 5.0',
        'siaga_edge_shadow_only_shadow_total{role="detector"} 2.0',
    ):
        assert line in text, line
    assert 'siaga_edge_camera_fps{camera="cam-b"}' not in text  # unknown is not zero


def test_rates_come_from_counts_and_not_before_there_are_two(now: Snapshot) -> None:
    figures = Figures(
        node="node-a",
        health=lambda **_: now.health,
        latency_seconds=dict,
        is_linked=lambda: True,
        fleet=FleetState,
        last_event=LastEventSummary,
        clock=lambda: NOW,
    )
    assert figures.snapshot().fps["cam-a"] is None
    figures.note()
    figures.note()
    assert figures.snapshot().fps["cam-a"] == 0


def test_an_image_that_was_not_redacted_is_never_shown() -> None:
    last = LastEvent()
    last.note([a_draft(evidence_images=(an_evidence_image(b"plain", redacted=False),))])
    assert last.last().evidence is None
    last.note(
        [
            a_draft(
                evidence_images=(
                    an_evidence_image(b"hidden", redacted=True),
                    an_evidence_image(b"plain", redacted=False),
                )
            )
        ]
    )
    last.note([a_draft()])
    evidence = last.last().evidence
    assert evidence is not None
    assert evidence.jpeg == b"hidden"


def test_systemd_is_notified_at_its_own_pace(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as received:
        received.bind(address)
        received.settimeout(5)
        notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "120000000"})
        notifier.ready()
        for _ in range(5):
            notifier.alive()
        notifier.stopping()
        assert [received.recv(100) for _ in range(3)] == [b"READY=1\nSTATUS=running", b"WATCHDOG=1", b"STOPPING=1"]


def test_without_systemd_nothing_is_sent_and_nothing_fails() -> None:
    silent = Notifier.from_environment({})
    silent.ready()
    silent.alive()
    Notifier("/no/such/socket", every_seconds=1).alive()


def test_the_unit_notifies_watches_and_is_closed_in() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((ROOT / "packaging" / "siaga-edge.service").read_text())
    service = unit["Service"]
    assert (service["Type"], service["Restart"], service["User"]) == ("notify", "always", "siaga")
    assert int(service["WatchdogSec"]) >= 60
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictSUIDSGID", "LockPersonality"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"


def test_unit_and_image_bound_threads_and_memory_alike() -> None:
    bounds = ("OMP_NUM_THREADS=1", "MALLOC_ARENA_MAX=2")
    for name in ("siaga-edge.service", "Dockerfile.edge"):
        words = (ROOT / "packaging" / name).read_text().split()
        assert set(bounds) <= set(words) | {word.removeprefix("Environment=") for word in words}, name


def test_the_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    text = re.sub(r"\\\n", " ", (ROOT / "packaging" / "Dockerfile.edge").read_text())
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL"}
    assert {line[0] for line in lines} <= known | {"ENTRYPOINT", "CMD"}
    ours = [line for line in lines if line[0] == "COPY" and not any(word.startswith("--from=") for word in line)]
    copied = [word for line in ours for word in line[1:-1] if not word.startswith("--")]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [line[1] for line in lines if line[0] == "USER"] == ["10001:10001"]
