"""Asks an HTTP camera for one image after another; basic and digest passwords, sizes and times bounded."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from siaga_core.vision.errors import ImageError
from siaga_core.vision.image_files import decode_image
from siaga_edge.camera.capture.av_stream import CONNECT_SECONDS
from siaga_edge.camera.capture.timed_frame import StreamEndedError, TimedFrame

MAX_BYTES = 16 * 1024 * 1024
MOST_SECONDS = 10.0  # for one image, however slowly its bytes drip
_CHUNK = 64 * 1024


@dataclass(slots=True)
class SnapshotStream:
    """An image each `every_seconds`, until `stopping` is set."""

    name: str
    url: str
    every_seconds: float
    stopping: threading.Event
    connect_seconds: float = CONNECT_SECONDS

    @property
    def is_file(self) -> bool:
        """A camera answers at its own pace."""
        return False

    def frames(self) -> Iterator[TimedFrame]:
        """Images for ever; raises `StreamEndedError` or OSError when one does not come."""
        opener, url = _opener_for(self.url)
        while not self.stopping.is_set():
            requested_at = time.monotonic()
            image = self._image(opener, url)
            yield TimedFrame(image=lambda image=image: image)  # type: ignore[misc]
            self.stopping.wait(max(0.0, self.every_seconds - (time.monotonic() - requested_at)))

    def _image(self, opener: urllib.request.OpenerDirector, url: str) -> Any:
        request = urllib.request.Request(url, headers={"Accept": "image/jpeg, image/*"})  # noqa: S310 - settings know http only
        try:
            with opener.open(request, timeout=self.connect_seconds) as answer:
                return decode_image(_bounded(answer), name=f"a picture of {self.name}")
        except TimeoutError:
            raise StreamEndedError(f"no image within {self.connect_seconds:g} s") from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise StreamEndedError(f"no answer within {self.connect_seconds:g} s") from None
            raise
        except (ImageError, HTTPException) as error:
            raise StreamEndedError(str(error) or type(error).__name__) from None


def _opener_for(url: str) -> tuple[urllib.request.OpenerDirector, str]:
    """Who asks, and the address without its password."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    bare = urlunsplit(parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}"))
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        known.add_password(None, bare, unquote(parts.username), unquote(parts.password or ""))
    # Only HTTP: a camera that redirects to a file or elsewhere must not be followed there.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPDigestAuthHandler(known),
        urllib.request.HTTPBasicAuthHandler(known),
    ):
        opener.add_handler(handler)
    return opener, bare


def _bounded(answer: Any) -> bytes:
    until = time.monotonic() + MOST_SECONDS
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(_CHUNK):
        size += len(part)
        parts.append(part)
        if size > MAX_BYTES:
            raise StreamEndedError(f"got an image of more than {MAX_BYTES} bytes")
        if time.monotonic() > until:
            raise StreamEndedError(f"the transfer of an image exceeded {MOST_SECONDS:g} s")
    return b"".join(parts)
