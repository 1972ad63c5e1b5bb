"""Makes the loop that serves the status page and /metrics."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from siaga_edge.camera.live_view import LiveView
from siaga_edge.fleet.plan import FleetState
from siaga_edge.outbox.refusals import RefusalSummary
from siaga_edge.platform.loop import Loop
from siaga_edge.runtime.clip_service import ClipService
from siaga_edge.runtime.health_reporter import HealthReporter
from siaga_edge.settings import CameraSettings, NodeSettings
from siaga_edge.status.figures import Figures
from siaga_edge.status.last_event import LastEvent
from siaga_edge.status.live_page import MOST_VIEWERS, LiveFrames
from siaga_edge.status.recent_events import EventLine
from siaga_edge.status.restart import LOOPBACK, RestartRequest
from siaga_edge.status.server import StatusServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicianServices:
    """What the page offers to whoever is at the node, besides its figures."""

    events: Callable[[], Sequence[EventLine]]
    cameras: Callable[[], Sequence[CameraSettings]]
    show: Callable[[str, LiveView], None]
    restart: Callable[[], None]


def status_page_loops(
    settings: NodeSettings,
    health: HealthReporter,
    *,
    is_linked: Callable[[], bool],
    refused: Callable[[], RefusalSummary],
    fleet: Callable[[], FleetState],
    last_event: LastEvent,
    clips: ClipService,
    technician: TechnicianServices,
) -> list[Loop]:
    """Return the loop of the status page; none where no port is configured."""
    if settings.status.port is None:
        return []
    figures = Figures(
        node=settings.node.name,
        health=health.fields,
        latency_seconds=health.parts.latency_seconds,
        is_linked=is_linked,
        fleet=fleet,
        last_event=last_event.last,
        clock=health.clock,
        certificate_ends_at=lambda: _certificate_ends_at(settings.broker.cert_file),
        refused=refused,
        clips=clips.folder.clips,
        read_clip=clips.folder.read,
        clip_counts=lambda: clips.counts,
        events=technician.events,
        live=LiveFrames(
            show=technician.show,
            cameras=technician.cameras,
            clock=health.clock,
            places=threading.BoundedSemaphore(MOST_VIEWERS),
        ),
        # Whoever reaches the page over the network must not be able to stop the node.
        restart=RestartRequest(restart=technician.restart) if settings.status.host in LOOPBACK else None,
    )
    server = StatusServer(settings.status.host, settings.status.port, figures)
    return [Loop("status page", server.tick, end=server.close)]


def _certificate_ends_at(file: Path | None) -> datetime | None:
    if file is None:
        return None
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        log.warning("%s: the expiry of the certificate cannot be read: %s", file, error)
        return None
