"""Calls the interfaces of messaging services within limits and without redirects; errors are distinguished and contain
no secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx

from siaga_cloud.platform.delivery.deadline import STEP_SECONDS, WHOLE_SECONDS, Deadline
from siaga_cloud.platform.delivery.ports import DeliveryError

TIMEOUT_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5.0  # for each of a host's addresses
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
# Ours to mend, or a matter of waiting: not the receiver's fault.
_RETRYABLE: Final = frozenset({401, 402, 408, 425, 429})


def call(
    service: str, method: str, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, **request: Any
) -> Mapping[str, Any]:
    """Return the answer as JSON ({} where it is none); raises DeliveryError. Addresses may contain tokens and are never
    disclosed.
    """
    timeout = httpx.Timeout(TIMEOUT_SECONDS, read=timeout_seconds, connect=_CONNECT_SECONDS)
    try:
        with (
            Deadline(max(WHOLE_SECONDS, timeout_seconds + STEP_SECONDS)) as deadline,
            httpx.Client(timeout=timeout, follow_redirects=False, headers={"User-Agent": "siaga"}) as client,
            client.stream(method, url, extensions={"trace": deadline.trace}, **request) as answer,
        ):
            body = _bounded(service, answer)
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"{service}: {type(error).__name__}", is_final=False) from None
    if not 200 <= status < 300:
        raise DeliveryError(f"{service} answered {status}", is_final=300 <= status < 500 and status not in _RETRYABLE)
    return _object(body)


def _bounded(service: str, answer: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise DeliveryError(f"{service} answered over {MAX_ANSWER_BYTES} bytes", is_final=True)
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
