"""The live view of one camera for a technician: redacted frames as Motion JPEG, the zones drawn over them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Final, Literal

from siaga_edge.camera.live_view import LiveView
from siaga_edge.events.drafts import EvidenceImage
from siaga_edge.settings import CameraSettings
from siaga_edge.status.texts import WORDS

PATH: Final = "/live"
Language = Literal["id", "en"]
MOST_VIEWERS: Final = 2
VIEW_SECONDS: Final = 120
_EVERY_SECONDS: Final = 0.5
_MAX_SIDE: Final = 960
# A series is begun anew while somebody looks, and ends so soon after they went.
_SERIES: Final = timedelta(seconds=5)
BOUNDARY: Final = "siaga-frame"
_COLOURS: Final = {"no_stopping": "#ff5252", "watch": "#ffb300", "road": "#40c4ff"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFrames:
    """Shows cameras to at most two viewers at a time, two frames a second, for two minutes each."""

    show: Callable[[str, LiveView], None]
    cameras: Callable[[], Sequence[CameraSettings]]
    clock: Callable[[], datetime]
    places: threading.BoundedSemaphore

    def camera(self, camera_id: str) -> CameraSettings | None:
        """Return the settings of a camera; None where there is none of that id."""
        return next((each for each in self.cameras() if each.id == camera_id), None)

    def stream(self, camera_id: str) -> Iterator[bytes]:
        """Yield redacted JPEGs; the caller holds a place and gives it back."""
        newest: queue.Queue[bytes] = queue.Queue(maxsize=1)

        def put(_: int, evidence: EvidenceImage) -> None:
            if evidence.redacted:
                with suppress(queue.Empty):
                    newest.get_nowait()
                with suppress(queue.Full):
                    newest.put_nowait(evidence.jpeg)

        until, series_until = self.clock() + timedelta(seconds=VIEW_SECONDS), self.clock()
        while (now := self.clock()) < until:
            if now >= series_until - _SERIES / 2:
                series_until = now + _SERIES
                self.show(camera_id, _series(series_until, put))
            with suppress(queue.Empty):
                yield newest.get(timeout=1)


def _series(until: datetime, put: Callable[[int, EvidenceImage], None]) -> LiveView:
    return LiveView(until=until, every_seconds=_EVERY_SECONDS, most_frames=100, max_side=_MAX_SIDE, send=put)


def live_links(cameras: Sequence[str], language: Language) -> str:
    """The section of the status page that leads to the live views; nothing where there are no cameras."""
    if not cameras:
        return ""
    links = " · ".join(
        f'<a href="{PATH}?camera={escape(one)}&amp;lang={language}">{escape(one)}</a>' for one in cameras
    )
    return f"<section><h2>{WORDS[language]['live']}</h2><p>{links}</p></section>"


def live_page(node: str, camera: CameraSettings, language: Language) -> str:
    """Render the page of one camera. It renews itself before its frames end."""
    words = WORDS[language]
    name = escape(camera.id)
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{VIEW_SECONDS - 5}">
<title>{name} · {escape(node)} · Siaga</title><style>{_STYLE}</style></head>
<body><header><h1>{name}</h1><p><a href="/?lang={language}">{escape(node)}</a> ·
<a href="http://127.0.0.1:8091/?camera={name}">{words["calibrate"]}</a>
(<code>siaga-edge calibrate NODE.toml</code>)</p>
<p>{words["live_redacted"]}</p></header>
<main><div class="view"><img src="{PATH}/{name}.mjpeg" alt="{escape(words["live"])} {name}">{_zones(camera)}</div>
{_legend(camera)}</main></body></html>
"""


def _zones(camera: CameraSettings) -> str:
    shapes = "".join(
        f'<polygon points="{" ".join(f"{x:.4f},{y:.4f}" for x, y in zone.polygon)}" fill="none"'
        f' stroke="{_COLOURS[zone.kind]}" stroke-width="0.004"><title>{escape(zone.id)}</title></polygon>'
        for zone in camera.zones
    )
    return f'<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'


def _legend(camera: CameraSettings) -> str:
    items = "".join(
        f'<li><span style="color:{_COLOURS[zone.kind]}">■</span> {escape(zone.id)} ({zone.kind})</li>'
        for zone in camera.zones
    )
    return f"<ul>{items}</ul>"


_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.5rem;margin:0}header p{margin:.2rem 0}.view{position:relative;display:inline-block;max-width:100%}
.view img{display:block;max-width:100%;min-width:16rem;min-height:9rem;background:#8882}
.view svg{position:absolute;inset:0;width:100%;height:100%}ul{list-style:none;padding:0}
"""
