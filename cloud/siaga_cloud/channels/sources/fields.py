"""Fields of deliveries, read with what is wrong with them named."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from siaga_cloud.channels.conversation.understanding import clean
from siaga_core.rules.geometry import LatLon

_T = TypeVar("_T")
_KINDS: Final[Mapping[type, str]] = {str: "text", int: "a whole number", dict: "an object", list: "a list"}
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MAX_FIELDS: Final = 60
MAX_SENDER: Final = 100
MAX_ID: Final = 200


class ProofError(Exception):
    """The delivery does not prove that it comes from the gateway."""


class DeliveryError(Exception):
    """The delivery cannot be read; which field, what it held, what was expected."""


def form_of(body: bytes) -> dict[str, str]:
    """Fields of a form; the first of each name. Raises DeliveryError."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise DeliveryError("body: got bytes that are not UTF-8, expected application/x-www-form-urlencoded") from None
    except ValueError:
        raise DeliveryError(f"body: got too many fields, expected at most {MAX_FIELDS}") from None
    return {name: clean(value) for name, value in reversed(pairs)}


def needed(form: Mapping[str, str], name: str, longest: int) -> str:
    """Return a field that must not be empty; raises DeliveryError."""
    value = form.get(name, "").strip()
    if not value:
        raise DeliveryError(f"{name}: got nothing, expected text")
    if len(value) > longest:
        raise DeliveryError(f"{name}: got {len(value)} characters, expected at most {longest}")
    return value


def spot_of(lat: Any, lon: Any) -> LatLon | None:
    """Return a pin; 0, 0 and anything that is no place is none."""
    try:
        found = LatLon(lat=float(lat), lon=float(lon))
    except (TypeError, ValueError, OverflowError):
        return None
    is_place = math.isfinite(found.lat) and abs(found.lat) <= 90 and abs(found.lon) <= 180
    return found if is_place and (found.lat, found.lon) != (0, 0) else None


def moment_of(stamp: Any, now: datetime, *, per_second: int = 1000) -> datetime:
    """Return the moment of a Unix time, which is in milliseconds unless stated otherwise; now where there is none."""
    try:
        return datetime.fromtimestamp(int(stamp) / per_second, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now


def digest_of(*parts: str) -> str:
    """Return what stands for a message that its channel does not name."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def shown(raw: Mapping[str, Any]) -> str:
    """Return a delivery as it is stored raw."""
    return json.dumps(raw, ensure_ascii=True)


def object_of(body: bytes, expected: str) -> dict[str, Any]:
    """Return a JSON object; raises DeliveryError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DeliveryError(f"body: got something else, expected {expected} as JSON")
    return found


def some(value: Any, kind: type[_T], name: str) -> _T:
    """Return a value of the kind that it must have; raises DeliveryError."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DeliveryError(f"{name}: got {type(value).__name__}, expected {_KINDS.get(kind, kind.__name__)}")
    return value


def prove_secret(given: str, secret: str, *, name: str = "secret") -> None:
    """Compare a secret that a gateway sent with the one that was set; raises ProofError."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise ProofError(f"{name}: is not the one that was set")


def form_with_secret(body: bytes, secret: str) -> dict[str, str]:
    """Return the fields of a form without its secret; raises ProofError, DeliveryError."""
    form = form_of(body)
    prove_secret(form.pop("secret", ""), secret)
    return form
