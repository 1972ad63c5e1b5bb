"""Fetches photos from the hosts of a channel, only from allowed hosts and within a size limit.

A message states where its photo lies, so the address comes from a stranger. Only https addresses of the channel's own
hosts are requested, and the http address of a service where one is configured. Each redirect is checked again, and
credentials go to the first host only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from siaga_cloud.platform.delivery.ports import DeliveryError
from siaga_cloud.platform.media.photo import MAX_PHOTO_BYTES

MAX_REDIRECTS: Final = 3
TIMEOUT_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 30.0  # with all redirects; well below the time that a transaction may stand idle
_REQUESTS: Final = {"User-Agent": "siaga", "Accept-Encoding": "identity"}
_TOO_LONG: Final = "the photo took too long"
_RETRYABLE: Final = frozenset({404, 408, 425, 429})  # a photo may come to be a moment after its message


def as_it_is(address: str) -> str:
    """Return an address that is a URL already."""
    return address


def host_of(api: str) -> str:
    """Return the name of the host of an https address, else the whole origin, as `PhotoSource` expects it."""
    return api.removeprefix("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSource:
    """Describes where the photos of a channel may lie. `hosts` are names, *.name for all below it, or complete http://
    origins.

    `locate` turns the address in a message into a URL; `headers` are those of the first request, by method and URL.
    """

    hosts: tuple[str, ...]
    locate: Callable[[str], str] = as_it_is
    headers: Callable[[str, str], Mapping[str, str]] = field(default=lambda _method, _url: {})

    def fetch(self, address: str) -> bytes:
        """Return the bytes of a photo; raises DeliveryError."""
        url = self.locate(address)
        headers = self.headers("GET", url)
        until = time.monotonic() + WHOLE_SECONDS
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            for _ in range(MAX_REDIRECTS + 1):
                self._check(url)
                if time.monotonic() > until:
                    raise DeliveryError(_TOO_LONG, is_final=False)
                found = _get(client, url, headers, until)
                if isinstance(found, bytes):
                    return found
                url, headers = urljoin(url, found), {}
        raise DeliveryError("the photo's address leads on and on", is_final=True)

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise DeliveryError("the photo's address is none", is_final=True) from None
        is_plain = parts.username is None and parts.password is None and "\\" not in url and url.isprintable()
        allowed = f"{parts.scheme}://{host}:{port}" in self.hosts or (
            parts.scheme == "https" and port in (None, 443) and any(_is_under(host, one) for one in self.hosts)
        )
        if not (is_plain and allowed):
            # The address may hold a token, so only the host is named.
            raise DeliveryError(f"photos are not fetched from {host[:100] or 'there'}", is_final=True)


def _get(client: httpx.Client, url: str, headers: Mapping[str, str], until: float) -> bytes | str:
    """Return the photo, or the address to which the answer redirects."""
    try:
        with client.stream("GET", url, headers={**_REQUESTS, **headers}) as answer:
            if answer.is_redirect:
                return str(answer.headers.get("location", ""))
            if answer.status_code != 200:
                code = answer.status_code
                final = 300 <= code < 500 and code not in _RETRYABLE
                raise DeliveryError(f"the photo's host answered {code}", is_final=final)
            return _bounded(answer, until)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"the photo's host: {type(error).__name__}", is_final=False) from None


def _bounded(answer: httpx.Response, until: float) -> bytes:
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_PHOTO_BYTES:
        raise DeliveryError(f"the photo has over {MAX_PHOTO_BYTES} bytes", is_final=True)
    body = bytearray()
    for chunk in answer.iter_raw(64 * 1024):  # as it came: a few compressed bytes could unpack to gigabytes
        body += chunk
        if len(body) > MAX_PHOTO_BYTES:
            raise DeliveryError(f"the photo has over {MAX_PHOTO_BYTES} bytes", is_final=True)
        if time.monotonic() > until:
            raise DeliveryError(_TOO_LONG, is_final=False)
    return bytes(body)


def _is_under(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and len(host) > len(allowed) - 1
    return host == allowed
