"""Serves the status page, /metrics and the last image; reads only, on loopback unless configured otherwise."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from prometheus_client import CONTENT_TYPE_LATEST

from siaga_edge.settings import CameraSettings
from siaga_edge.status import events_page, live_page
from siaga_edge.status.figures import Figures
from siaga_edge.status.metrics import exposition
from siaga_edge.status.page import Language, language_of, page

log = logging.getLogger(__name__)

_CLIENT_SECONDS = 5.0
_MOST_FORM_BYTES = 1000
_NOTE_SECONDS = 1.0
_RETRY_SECONDS = 30.0
_HTML = "text/html; charset=utf-8"
_RANGE = re.compile(r"bytes=(?P<first>\d{1,9})-(?P<last>\d{0,9})")
_NONE: Mapping[str, str] = MappingProxyType({})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class StatusServer:
    """Run by one thread that calls `tick`. A port that is taken is said once and tried again: the node goes on."""

    def __init__(self, host: str, port: int, figures: Figures) -> None:
        self._host, self._port, self._figures = host, port, figures
        self._server: ThreadingHTTPServer | None = None
        self._retry_at = self._note_at = 0.0
        self._last_error = ""
        self._idle = threading.Event()

    def tick(self) -> None:
        """Waits a moment for a request."""
        now = monotonic()
        if self._server is None and now >= self._retry_at:
            self._retry_at = now + _RETRY_SECONDS
            self._open()
        if now >= self._note_at:
            self._note_at = now + _NOTE_SECONDS
            self._figures.note()
        if self._server is None:
            self._idle.wait(0.5)
        else:
            self._server.handle_request()

    @property
    def port(self) -> int:
        """The port that is served; the configured one while none is."""
        return self._port if self._server is None else int(self._server.server_address[1])

    def close(self) -> None:
        """Stop serving, and close the socket."""
        if self._server is not None:
            self._server.server_close()

    def _open(self) -> None:
        try:
            self._server = _Server((self._host, self._port), self._figures)
        except OSError as error:
            if str(error) != self._last_error:
                self._last_error = str(error)
                log.warning("status page cannot be served at %s:%d: %s", self._host, self._port, error)
            return
        log.info("status page at http://%s:%d/", self._host, self._port)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    timeout = 0.5  # of handle_request
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], figures: Figures) -> None:
        super().__init__(address, _Handler)
        self.figures = figures

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a client of the status page disconnected: %s", sys.exc_info()[1])


class _Handler(BaseHTTPRequestHandler):
    timeout = _CLIENT_SECONDS
    server: _Server
    server_version = "siaga-edge"
    sys_version = ""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        figures = self.server.figures
        if address.path == "/":
            self._answer(page(figures.snapshot(), self._language(address.query)).encode(), _HTML)
        elif address.path == events_page.PATH:
            language = self._language(address.query)
            body = events_page.events_page(figures.node, figures.events(), figures.clips(), language)
            self._answer(body.encode(), _HTML)
        elif address.path == live_page.PATH and (camera := self._camera(address.query)) is not None:
            body = live_page.live_page(figures.node, camera, self._language(address.query))
            self._answer(body.encode(), _HTML)
        elif (shown := self._shown_camera(address.path)) is not None:
            self._stream(shown)
        elif (clip := self._clip(address.path)) is not None:
            self._answer_in_parts(clip, "video/mp4")
        elif address.path == "/metrics":
            self._answer(exposition(figures.snapshot), CONTENT_TYPE_LATEST)
        elif address.path == "/last.jpg" and (evidence := figures.last_event().evidence) is not None:
            self._answer(evidence.jpeg, "image/jpeg")
        else:
            self._answer(b"not found\n", "text/plain", status=404)

    do_HEAD = do_GET  # noqa: N815 - the library's own name

    def _language(self, query: str) -> Language:
        requested = parse_qs(query).get("lang", [""])[0]
        return language_of(requested, self.headers.get("Accept-Language", ""))

    def _clip(self, path: str) -> bytes | None:
        folder, _, name = path.rpartition("/")
        return self.server.figures.read_clip(name) if folder == events_page.CLIPS else None

    def _camera(self, query: str) -> CameraSettings | None:
        live = self.server.figures.live
        return live.camera(parse_qs(query).get("camera", [""])[0]) if live else None

    def _shown_camera(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        live, camera_id = self.server.figures.live, name.removesuffix(".mjpeg")
        is_stream = folder == live_page.PATH and name.endswith(".mjpeg")
        return camera_id if is_stream and live and live.camera(camera_id) is not None else None

    def _stream(self, camera_id: str) -> None:
        live = self.server.figures.live
        if live is None or not live.places.acquire(blocking=False):
            self._answer(b"too many viewers\n", "text/plain", status=503)
            return
        try:
            self._send_frames(live.stream(camera_id))
        finally:
            live.places.release()

    def _send_frames(self, frames: Iterator[bytes]) -> None:
        self.send_response(200)
        kind = f"multipart/x-mixed-replace; boundary={live_page.BOUNDARY}"
        for name, value in {**_HEADERS, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for jpeg in frames:
            head = f"--{live_page.BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def do_POST(self) -> None:
        restart = self.server.figures.restart
        length = self.headers.get("Content-Length", "")
        if restart is None or self.path != "/restart" or not length.isdigit() or int(length) > _MOST_FORM_BYTES:
            self._answer(b"not found\n", "text/plain", status=404)
            return
        given = parse_qs(self.rfile.read(int(length)).decode("ascii", "replace")).get("token", [""])[0]
        if not restart.is_allowed(given, {name.title(): value for name, value in self.headers.items()}):
            self._answer(b"refused\n", "text/plain", status=403)
            return
        log.warning("restart requested on the status page")
        self._answer(b"", "text/plain", status=303, more={"Location": "/"})
        restart.restart()

    def _answer_in_parts(self, body: bytes, kind: str) -> None:
        """Send the whole, or the one part that a player requests (RFC 9110, section 14)."""
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(found["first"]) if found else 0
        last = min(int(found["last"] or len(body)), len(body) - 1) if found else len(body) - 1
        if found is None or first > last:
            self._answer(body, kind, more={"Accept-Ranges": "bytes"})
            return
        more = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {first}-{last}/{len(body)}"}
        self._answer(body[first : last + 1], kind, status=206, more=more)

    def _answer(self, body: bytes, kind: str, *, status: int = 200, more: Mapping[str, str] = _NONE) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        log.debug(format, *args)
