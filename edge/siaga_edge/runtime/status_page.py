"""Makes the loop that serves the status page and /metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from siaga_edge.fleet.plan import FleetState
from siaga_edge.outbox.refusals import RefusalSummary
from siaga_edge.platform.loop import Loop
from siaga_edge.runtime.clip_service import ClipService
from siaga_edge.runtime.health_reporter import HealthReporter
from siaga_edge.settings import NodeSettings
from siaga_edge.status.figures import Figures
from siaga_edge.status.last_event import LastEvent
from siaga_edge.status.server import StatusServer

log = logging.getLogger(__name__)


def status_page_loops(
    settings: NodeSettings,
    health: HealthReporter,
    *,
    is_linked: Callable[[], bool],
    refused: Callable[[], RefusalSummary],
    fleet: Callable[[], FleetState],
    last_event: LastEvent,
    clips: ClipService,
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
