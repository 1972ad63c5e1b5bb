"""What the status page offers to whoever sits at the node: events with clips, a live view with zones, a restart."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from tests.support.edge.io import wait_for

from siaga_core.wire.messages import (
    EventState,
    EvidenceRole,
    Hazard,
    OutboxHealth,
    Place,
    Severity,
    Source,
    SourceKind,
    ViewDetails,
)
from siaga_edge.camera.clips.clip_folder import ClipFolder
from siaga_edge.camera.live_view import LiveView
from siaga_edge.events.drafts import EventDraft, EvidenceImage, StoredStep
from siaga_edge.fleet.plan import FleetState
from siaga_edge.settings import CameraSettings
from siaga_edge.status.figures import Figures
from siaga_edge.status.health import health_fields
from siaga_edge.status.last_event import LastEventSummary
from siaga_edge.status.live_page import MOST_VIEWERS, LiveFrames
from siaga_edge.status.recent_events import MOST_EVENTS, RecentEvents
from siaga_edge.status.restart import RestartRequest
from siaga_edge.status.server import StatusServer

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
EVENT = UUID("019bc0c6-9b40-7cc3-98c4-dc0c0c07398f")
CLIP = b"\x00\x00\x00\x14ftypisom" + bytes(range(200))
CAMERA = CameraSettings.model_validate(
    {
        "id": "cam-a", "url": "rtsp://camera/x", "place": {"lat": -6.2, "lon": 106.8},
        "zones": [{"id": "kerb", "kind": "no_stopping", "polygon": [(0.1, 0.2), (0.9, 0.2), (0.9, 0.8)]}],
    }
)  # fmt: skip


def step(state: EventState, *, event_id: UUID = EVENT) -> StoredStep:
    draft = EventDraft(
        key="view", state=state, hazard=Hazard.VIEW_LOST, source=Source(kind=SourceKind.CAMERA, id="cam-a"),
        place=Place(lat=-6.2, lon=106.8), at=NOW, began_at=NOW - timedelta(minutes=3), confidence=1,
        severity=Severity.MINOR, details=ViewDetails(reason="black"),
        ended_at=NOW if state is EventState.ENDED else None,
    )  # fmt: skip
    return StoredStep(event_id=event_id, state=state, draft=draft)


@dataclass
class FakeCamera:
    """Shows at once what it is told to, and counts the series."""

    redacted: bool = True
    series: list[LiveView] = field(default_factory=list)

    def show(self, camera_id: str, show: LiveView) -> None:
        assert camera_id == "cam-a"
        self.series.append(show)
        jpeg = b"\xff\xd8\xff" + bytes([len(self.series)])
        image = EvidenceImage(
            role=EvidenceRole.UPDATE, taken_at=NOW, jpeg=jpeg, width=8, height=8, redacted=self.redacted
        )
        show.send(len(self.series), image)


@dataclass
class ServedPage:
    port: int
    restarts: list[None]
    camera: FakeCamera
    places: threading.BoundedSemaphore

    def request(
        self, path: str, *, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body=body, headers=headers)
        return connection.getresponse(), connection

    def read(self, path: str, **headers: str) -> tuple[int, bytes]:
        answer, connection = self.request(path, **headers)
        found = answer.status, answer.read()
        connection.close()
        return found


@contextmanager
def served(tmp_path: Path, *, camera: FakeCamera | None = None) -> Iterator[ServedPage]:
    folder = ClipFolder(tmp_path / "clips", max_bytes=10_000, max_age=timedelta(days=7))
    folder.save(CLIP, at=NOW, camera_id="cam-a", hazard="illegal_parking", moment="began", event_id=EVENT)
    recent, restarts, shown = RecentEvents(), list[None](), camera or FakeCamera()
    recent.note([step(EventState.BEGAN)])
    places = threading.BoundedSemaphore(MOST_VIEWERS)
    health = health_fields(
        now=NOW, began_at=NOW, outbox=OutboxHealth(waiting=0, evicted=0, bytes=0), cameras=(), gauges=()
    )
    figures = Figures(
        node="node-a", health=lambda **_: health, latency_seconds=dict, is_linked=lambda: True, fleet=FleetState,
        last_event=LastEventSummary, clock=lambda: datetime.now(UTC), clips=folder.clips, read_clip=folder.read,
        events=recent.lines,
        live=LiveFrames(show=shown.show, cameras=lambda: (CAMERA,), clock=lambda: datetime.now(UTC), places=places),
        restart=RestartRequest(restart=lambda: restarts.append(None)),
    )  # fmt: skip
    server = StatusServer("127.0.0.1", 0, figures)
    server.tick()
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            server.tick()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield ServedPage(port=server.port, restarts=restarts, camera=shown, places=places)
    finally:
        stopping.set()
        thread.join()
        server.close()


def test_events_are_listed_with_their_clips_which_play_in_parts(tmp_path: Path) -> None:
    with served(tmp_path) as page:
        _, status_page = page.read("/?lang=en")
        assert b"/events?lang=en" in status_page
        _, events = page.read("/events?lang=en")
        (source,) = re.findall(r'video src="([^"]+)"', events.decode())
        assert "goes on" in events.decode()
        assert page.read(source) == (200, CLIP)
        assert page.read(source, Range="bytes=4-7") == (206, b"ftyp")
        assert page.read(source, Range="bytes=4-") == (206, CLIP[4:])
        assert page.read(source, Range="bytes=9999-")[0] == 200
        assert page.read("/clips/..%2f..%2fetc%2fpasswd")[0] == 404


def test_the_live_view_shows_redacted_frames_with_the_zones_over_them(tmp_path: Path) -> None:
    with served(tmp_path) as page:
        html = page.read("/live?camera=cam-a&lang=en")[1].decode()
        assert 'points="0.1000,0.2000 0.9000,0.2000 0.9000,0.8000"' in html
        assert "http://127.0.0.1:8091/?camera=cam-a" in html
        answer, connection = page.request("/live/cam-a.mjpeg")
        assert "multipart/x-mixed-replace" in answer.headers["Content-Type"]
        assert b"\xff\xd8\xff" in answer.read(80)
        assert page.camera.series[0].until - datetime.now(UTC) < timedelta(seconds=6), (
            "it ends soon after the viewer went"
        )
        connection.close()
        assert page.read("/live?camera=cam-b")[0] == 404
        assert page.read("/live/cam-b.mjpeg")[0] == 404


def test_no_more_than_two_look_at_a_time(tmp_path: Path) -> None:
    with served(tmp_path) as page:
        for _ in range(MOST_VIEWERS):
            page.places.acquire()
        assert page.read("/live/cam-a.mjpeg")[0] == 503


def test_a_frame_that_is_not_redacted_is_not_shown() -> None:
    camera, times = FakeCamera(redacted=False), iter(NOW + timedelta(seconds=25 * n) for n in range(10))
    live = LiveFrames(
        show=camera.show, cameras=lambda: (CAMERA,), clock=lambda: next(times), places=threading.BoundedSemaphore(1)
    )
    assert list(live.stream("cam-a")) == []
    assert camera.series


def test_the_agent_restarts_for_its_own_page_only(tmp_path: Path) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with served(tmp_path) as page:
        (token,) = re.findall(r'name="token" value="([^"]+)"', page.read("/?lang=en")[1].decode())

        def pressed(body: str, **headers: str) -> int:
            answer, connection = page.request("/restart", method="POST", body=body, **form, **headers)
            answer.read()
            connection.close()
            return answer.status

        assert pressed("token=wrong") == 403
        assert pressed(f"token={token}", Host="siaga.example") == 403
        assert pressed("x" * 2000) == 404
        assert page.read("/restart")[0] == 404
        assert page.restarts == []
        assert pressed(f"token={token}") == 303
        wait_for(lambda: page.restarts == [None])  # after the answer has gone


def test_an_event_is_one_line_however_it_went_and_lines_are_bounded() -> None:
    recent = RecentEvents()
    recent.note([step(EventState.BEGAN), step(EventState.UPDATED)])
    recent.note([step(EventState.ENDED)])
    (line,) = recent.lines()
    assert (line.began_at, line.ended_at) == (NOW - timedelta(minutes=3), NOW)
    recent.note([step(EventState.BEGAN, event_id=uuid4()) for _ in range(MOST_EVENTS)])
    assert len(recent.lines()) == MOST_EVENTS
    assert EVENT not in {line.event_id for line in recent.lines()}
