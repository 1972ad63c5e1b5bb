"""Reads the signature of a request that a device key signed."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from siaga_cloud.people.service.device_keys import SignedRequest
from siaga_cloud.platform.http.digest import SIGNATURE_HEADER, body_digest

KEY_HEADER: Final = "x-siaga-key"
TIME_HEADER: Final = "x-siaga-time"
_MOST_CHARACTERS: Final = 200
_MOST_DIGITS: Final = 15


def _signed(request: Request) -> SignedRequest | None:
    """Return the signed request, unverified; None where it is not signed as a whole."""
    found = [request.headers.get(name, "")[:_MOST_CHARACTERS] for name in (KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER)]
    key_id, signed_ms, signature = found
    body_sha256 = body_digest(request)
    if not (key_id and signature and body_sha256 and signed_ms.isascii() and signed_ms.isdigit()):
        return None
    if len(signed_ms) > _MOST_DIGITS:
        return None
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return SignedRequest(
        key_id=key_id,
        signed_ms=int(signed_ms),
        signature=signature,
        method=request.method,
        path=(raw_path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("ascii", "replace"),
        body_sha256=body_sha256,
    )


SignedBy = Annotated[SignedRequest | None, Depends(_signed)]
"""The signature of a request, to be verified by `device_keys.verified_key`."""
