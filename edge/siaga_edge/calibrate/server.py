"""Serves the drawing page: its own files, stills, looks, and the one way to save."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from siaga_core.vision.errors import VisionError
from siaga_edge.calibrate.access import COOKIE, Access, is_own
from siaga_edge.calibrate.node_file import ChangedMeanwhileError, NodeFile, RefusedError
from siaga_edge.calibrate.node_toml import Drawing, DrawingError
from siaga_edge.calibrate.snapshots import CameraSnapshots, NoImageError
from siaga_edge.calibrate.staff_gauges import staff_found

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 512 * 1024
_CLIENT_SECONDS = 15.0
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STAFF = TypeAdapter(dict[str, Any])
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingService:
    """What the page works with; `facts` is what it shows of the node."""

    file: NodeFile
    snapshots: CameraSnapshots
    access: Access
    facts: Callable[[], dict[str, Any]]


class _LookRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: str = Field(max_length=48)
    zones: tuple[_LookZoneRequest, ...] = Field(default=(), max_length=64)
    staffs: tuple[dict[str, Any], ...] = Field(default=(), max_length=64)


class _LookZoneRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    kind: str = ""
    polygon: tuple[tuple[float, float], ...] = Field(max_length=64)
    labels: tuple[str, ...] = Field(default=(), max_length=16)
    marks: tuple[tuple[float, float], ...] = Field(default=(), max_length=64)


class _SaveRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: str = Field(max_length=48)
    version: str = Field(max_length=64)
    drawing: Drawing


class CalibrateServer(ThreadingHTTPServer):
    """`serve_forever` until `shutdown`; each client in a thread of its own."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], calibration: DrawingService) -> None:
        super().__init__(address, _Handler)
        self.calibration = calibration
        self.files = _own_files()

    def service_actions(self) -> None:
        """Do the housekeeping that is due between two requests."""
        self.calibration.snapshots.close_idle()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no failure."""
        log.debug("a client of the page disconnected: %s", sys.exc_info()[1])


class _RefusedRequest(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, status: int, code: str, text: str = "", **more: Any) -> None:
        super().__init__(text)
        self.status, self.body = status, {"code": code, "text": text, **more}


class _Handler(BaseHTTPRequestHandler):
    timeout = _CLIENT_SECONDS
    server: CalibrateServer
    server_version = "siaga-edge"
    sys_version = ""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        requested = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/" and "key" in requested:
            self._enter(requested["key"])
        elif not self.server.calibration.access.may(self._texts()):
            self._answer(_NOT_YOU, "text/plain", status=403)
        elif address.path in self.server.files:
            body, kind = self.server.files[address.path]
            self._answer(body, kind)
        else:
            self._try(lambda: self._get(address.path, requested))

    def do_POST(self) -> None:
        if not self.server.calibration.access.may(self._texts()) or not is_own(self._texts()):
            self._answer(_NOT_YOU, "text/plain", status=403)
            self.close_connection = True
            return
        self._try(lambda: self._post(urlsplit(self.path).path, self._body()))

    def _get(self, path: str, requested: Mapping[str, str]) -> Any:
        calibration, camera = self.server.calibration, requested.get("camera", "")
        if path == "/api/facts":
            return calibration.facts()
        if path == "/api/drawing":
            return calibration.file.drawing(camera)
        if path == "/still.jpg":
            return (calibration.snapshots.last_snapshot if "last" in requested else calibration.snapshots.snapshot)(
                camera
            ).jpeg
        raise _RefusedRequest(404, "not_found", path)

    def _post(self, path: str, body: bytes) -> Any:
        calibration = self.server.calibration
        if path == "/api/look":
            look = _LookRequest.model_validate_json(body)
            return calibration.snapshots.look(look.camera, [zone.model_dump() for zone in look.zones], look.staffs)
        if path == "/api/staff":
            return staff_found(_STAFF.validate_json(body))
        if path == "/api/save":
            wanted = _SaveRequest.model_validate_json(body)
            calibration.snapshots.use(calibration.file.save(wanted.camera, wanted.drawing, version=wanted.version))
            log.info("wrote %s; the previous version is %s", calibration.file.path, calibration.file.backup.name)
            return {**calibration.file.drawing(wanted.camera), "backup": calibration.file.backup.name}
        raise _RefusedRequest(404, "not_found", path)

    def _texts(self) -> dict[str, str]:
        return {name.title(): value for name, value in self.headers.items()}

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            raise _RefusedRequest(413, "too_large", f"expected at most {MAX_BODY_BYTES} bytes")
        return self.rfile.read(int(length))

    def _try(self, answer: Callable[[], Any]) -> None:
        try:
            self._respond(answer())
        except Exception as error:  # the loop's edge: one request must not end the page
            refused = _refusal(error)
            if refused.status == 500:
                log.exception("request %s failed", self.path.partition("?")[0])
            self._answer(json.dumps(refused.body).encode(), "application/json", status=refused.status)

    def _respond(self, found: Any) -> None:
        if isinstance(found, bytes):
            self._answer(found, "image/jpeg")
        else:
            self._answer(json.dumps(found).encode(), "application/json")

    def _enter(self, secret: str) -> None:
        session = self.server.calibration.access.trade(secret)
        if session is None:
            self._answer(_NOT_YOU, "text/plain", status=403)
            return
        cookie = f"{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/"
        self._answer(b"", "text/plain", status=303, more={"Location": "/", "Set-Cookie": cookie})

    def _answer(self, body: bytes, kind: str, *, status: int = 200, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        charset = "" if kind == "image/jpeg" else "; charset=utf-8"
        headers = {**_HEADERS, "Content-Type": kind + charset, "Content-Length": str(len(body)), **(more or {})}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        # Never the line itself: it may hold the secret.
        log.debug("a request was handled")


_NOT_YOU = b"This link was used already, or is not for this box. The terminal shows the link that counts.\n"


def _refusal(error: Exception) -> _RefusedRequest:
    match error:
        case _RefusedRequest():
            return error
        case RefusedError():
            return _RefusedRequest(422, "refused", complaints=[asdict(each) for each in error.complaints])
        case ChangedMeanwhileError():
            return _RefusedRequest(409, "changed", f"{error} was changed by somebody else")
        case NoImageError() | VisionError():
            return _RefusedRequest(503, "no_picture", str(error))
        case DrawingError():
            return _RefusedRequest(422, "drawing", str(error))
        case ValidationError():
            return _RefusedRequest(400, "bad_request", str(error).partition("\n")[0])
        case OSError():
            return _RefusedRequest(507, "disk", f"cannot be written: {error.strerror}")
        case _:
            return _RefusedRequest(500, "failed", "failed; the terminal says why")


def _own_files() -> dict[str, tuple[bytes, str]]:
    folder = resources.files("siaga_edge.calibrate") / "web"
    found: dict[str, tuple[bytes, str]] = {}
    for file in folder.iterdir():
        kind = _KINDS.get(file.name.rpartition(".")[2])
        if kind:
            found["/" if file.name == "index.html" else f"/web/{file.name}"] = (file.read_bytes(), kind)
    return found


_LookRequest.model_rebuild()
