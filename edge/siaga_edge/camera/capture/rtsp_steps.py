"""Finds which step of opening an RTSP stream gets no answer. FFmpeg reports a time-out in any of them as bad data."""

from __future__ import annotations

import base64
import re
import socket
import urllib.request
from time import monotonic
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

_MOST_BYTES: Final = 64 * 1024
_CHALLENGE: Final = re.compile(r"^WWW-Authenticate:\s*Digest\s+(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_RTSP_PORT: Final = 554


def describe_timeout(url: str, *, seconds: float, waited_seconds: float) -> str:
    """Contact the camera again, step by step, and describe the first step without an answer within `seconds`.

    `waited_seconds` passed before without video, which is the reason where the camera now answers.
    """
    camera, within = _RtspCamera(url, seconds), f"within {seconds:g} s"
    for method in ("OPTIONS", "DESCRIBE"):
        try:
            began = monotonic()
            camera.request(method)
        except _NoConnectionError as error:
            return f"no connection {within}" if isinstance(error.cause, TimeoutError) else f"no connection: {error}"
        except TimeoutError:
            return f"no answer to {method} {within}"
        except OSError as error:
            return f"no answer to {method}: {error.strerror or error}"
    return f"no video within {waited_seconds:.0f} s, although DESCRIBE is answered after {monotonic() - began:.1f} s"


class _NoConnectionError(OSError):
    """No TCP connection to the camera."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror or str(cause))
        self.cause = cause


class _RtspCamera:
    """Sends requests of RTSP, each on a connection of its own."""

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        self._seconds = seconds
        self._address = (parts.hostname or "", parts.port or _RTSP_PORT)
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def request(self, method: str) -> None:
        """Send a request, and again with the password where the camera demands one; raises OSError."""
        answer = self._answer(method, "")
        if answer[9:12] == "401" and self._user:
            self._answer(method, f"Authorization: {self._authorization(method, answer)}\r\n")

    def _authorization(self, method: str, answer: str) -> str:
        found = _CHALLENGE.search(answer)
        if found is None:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode("ascii")
        # The library computes the digest for a request of HTTP; this one is never sent.
        request = urllib.request.Request(self._url.replace("rtsp", "http", 1), method=method)  # noqa: S310
        request.selector = self._url
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, request.full_url, self._user, self._password)
        items = urllib.request.parse_keqv_list(urllib.request.parse_http_list(found[1]))
        return f"Digest {urllib.request.HTTPDigestAuthHandler(known).get_authorization(request, items)}"

    def _answer(self, method: str, header: str) -> str:
        try:
            connection = socket.create_connection(self._address, timeout=self._seconds)
        except OSError as error:
            raise _NoConnectionError(error) from None
        with connection:
            request = f"{method} {self._url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n{header}\r\n"
            connection.sendall(request.encode("utf-8"))
            return self._head(connection).decode("latin-1")

    def _head(self, connection: socket.socket) -> bytes:
        until, head = monotonic() + self._seconds, b""
        while b"\r\n\r\n" not in head and len(head) < _MOST_BYTES:
            connection.settimeout(max(0.01, until - monotonic()))
            part = connection.recv(4096)
            if not part:
                raise ConnectionResetError(0, "the camera closes the connection")
            head += part
        return head
