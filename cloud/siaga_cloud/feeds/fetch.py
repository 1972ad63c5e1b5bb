"""Requests other systems over HTTP within limits of time and size, and only at configured addresses."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import httpx

from siaga_cloud.platform.delivery.webhook import origin

TIMEOUT: Final = httpx.Timeout(15.0, connect=8.0)
WHOLE_SECONDS: Final = 60.0  # however slowly it drips
MAX_REDIRECTS: Final = 3
MAX_WAIT_SECONDS: Final = 3600.0
_CHUNK: Final = 64 * 1024


class FetchError(Exception):
    """There is no usable answer. The message names only the host of the address, which may contain a secret.

    `retry_after_seconds` is the delay that the other side requested.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Holds an unpacked body. `body` is None where the earlier answer is still valid (304). `frame_time` is Frigate's
    `X-Frame-Time`, the time of an image.
    """

    body: bytes | None
    etag: str | None
    last_modified: str | None
    frame_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Holds where one feed may be requested and its credentials. The secret goes to its own host only, in place of
    {secret} in an address or in `own_headers`. With `cuts_at_limit` a body that is larger than `max_bytes` or too slow
    is returned as far as it came, for formats that can be read without their end.
    """

    own_origin: str
    origins: frozenset[str]
    own_headers: Mapping[str, str]
    secret: str | None
    max_bytes: int
    cuts_at_limit: bool = False


def access(
    url: str,
    hosts: Sequence[str],
    *,
    secret: str | None,
    secret_header: str,
    max_bytes: int,
    cuts_at_limit: bool = False,
) -> Access:
    """Return the access to the feed's own address and the further allowed hosts."""
    headers = {}
    if secret and "{secret}" not in url:
        headers[secret_header] = f"Bearer {secret}" if secret_header.lower() == "authorization" else secret
    own = origin(url.replace("{secret}", ""))
    origins = frozenset({own, *map(origin, hosts)})
    return Access(
        own_origin=own,
        origins=origins,
        own_headers=headers,
        secret=secret,
        max_bytes=max_bytes,
        cuts_at_limit=cuts_at_limit,
    )


class Fetcher:
    """Requests one feed; one poll at a time uses it."""

    def __init__(self, allowed: Access, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._allowed, self._monotonic = allowed, monotonic
        headers = {"User-Agent": "siaga", "Accept-Encoding": "gzip"}
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=headers)

    def close(self) -> None:
        """Close the connections of the fetcher."""
        self._client.close()

    def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """Return the answer to GET; raises FetchError."""
        headers = {
            name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value
        }
        for _ in range(MAX_REDIRECTS + 1):
            url = self._allowed_url(url)
            answer, elsewhere = self._get_once(url, headers)
            if answer is not None:
                return answer
            url = urljoin(url, elsewhere)
        raise FetchError(f"{_host(url)} redirected more than {MAX_REDIRECTS} times")

    def _allowed_url(self, url: str) -> str:
        """Return the address with its secret; raises FetchError for a host that is not configured."""
        try:
            found, known = urlsplit(url), origin(url)
        except ValueError:
            raise FetchError("the address is not one of http") from None
        if known not in self._allowed.origins or found.username or found.password or not url.isprintable():
            raise FetchError(f"{known} is not a configured host of this feed")
        if known != self._allowed.own_origin:
            return url
        return url.replace("{secret}", quote(self._allowed.secret or "", safe=""))

    def _get_once(self, url: str, headers: Mapping[str, str]) -> tuple[Answer | None, str]:
        deadline = self._monotonic() + WHOLE_SECONDS
        own = self._allowed.own_headers if origin(url) == self._allowed.own_origin else {}
        try:
            with self._client.stream("GET", url, headers={**headers, **own}) as response:
                if response.has_redirect_location:
                    return None, response.headers["location"]
                return self._answer(response, deadline, _host(url)), ""
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(f"{_host(url)}: {type(error).__name__}") from error

    def _answer(self, response: httpx.Response, deadline: float, host: str) -> Answer:
        etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Answer(body=None, etag=etag, last_modified=last_modified)
        if response.status_code != httpx.codes.OK:
            raise FetchError(f"{host} answered {response.status_code}", retry_after_seconds=_retry_after(response))
        body = self._body(response, deadline, host)
        frame_time = _short(response.headers.get("x-frame-time"))
        return Answer(body=body, etag=_short(etag), last_modified=_short(last_modified), frame_time=frame_time)

    def _body(self, response: httpx.Response, deadline: float, host: str) -> bytes:
        most = self._allowed.max_bytes
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise FetchError(f"{host}: got content-encoding {encoding[:20]!r}, expected gzip or none")
        raw = bytearray()
        for chunk in response.iter_raw(_CHUNK):
            raw += chunk
            is_too_slow = self._monotonic() > deadline
            if self._allowed.cuts_at_limit and (len(raw) > most or is_too_slow):
                return bytes(raw[:most])
            if len(raw) > most:
                raise FetchError(f"{host}: got more than {most} bytes, expected fewer")
            if is_too_slow:
                raise FetchError(f"{host}: not whole within {WHOLE_SECONDS:.0f} s")
        return unpacked(bytes(raw), most, host) if "gzip" in encoding else bytes(raw)


def unpacked(packed: bytes, most: int, host: str) -> bytes:
    """gzip taken apart, never to more than a size; raises FetchError."""
    out = bytearray()
    while packed:
        unpack = zlib.decompressobj(wbits=31)
        try:
            out += unpack.decompress(packed, most + 1 - len(out))
        except zlib.error as error:
            raise FetchError(f"{host}: not readable as gzip: {error}") from None
        if len(out) > most:
            raise FetchError(f"{host}: unpacks to more than {most} bytes, expected fewer")
        if not unpack.eof:
            raise FetchError(f"{host}: the gzip ends too early")
        packed = unpack.unused_data
    return bytes(out)


def _retry_after(response: httpx.Response) -> float | None:
    words = response.headers.get("retry-after", "")
    return min(float(words), MAX_WAIT_SECONDS) if words.isascii() and words.isdecimal() and len(words) < 9 else None


def _short(header: str | None) -> str | None:
    return header if header and len(header) <= 500 else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "the feed")[:100]
