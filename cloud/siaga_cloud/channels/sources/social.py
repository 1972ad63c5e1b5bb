"""Fields of the JSON that social networks deliver, read with what is wrong with them named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from siaga_cloud.channels.conversation.understanding import clean
from siaga_cloud.channels.sources.fields import MAX_ID, MAX_SENDER, DeliveryError, some

MAX_EVENTS: Final = 50


def objects_of(held: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list that may be missing; raises DeliveryError for anything else there."""
    found = held.get(name)
    if found is None:
        return
    listed = some(found, list, name)
    if len(listed) > MAX_EVENTS:
        raise DeliveryError(f"{name}: got {len(listed)}, expected at most {MAX_EVENTS}")
    for one in listed:
        yield some(one, dict, name)


def value_at(held: Any, *path: str) -> Any:
    """Return the value at a path of names, None where there is none."""
    for name in path:
        held = held.get(name) if isinstance(held, dict) else None
    return held


def id_of(value: Any, name: str) -> str:
    """Return an id as text; raises DeliveryError."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (0 < len(value) <= min(MAX_ID, MAX_SENDER * 2)) or not value.isprintable():
        raise DeliveryError(f"{name}: got no id, expected text of at most {MAX_ID} characters")
    return value


def text_of(value: Any) -> str:
    """Return a cleaned text, empty where there is none."""
    return clean(value) if isinstance(value, str) else ""


def urls_of(values: list[Any]) -> tuple[str, ...]:
    """Return those of the values that are addresses."""
    return tuple(one for one in values if isinstance(one, str) and one.startswith("http") and len(one) <= 2000)
