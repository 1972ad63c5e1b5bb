"""Chooses the language of an answer: Indonesian unless English is requested."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["id", "en"]

DEFAULT: Final[Language] = "id"
_MAX_PARTS = 20


def choose_language(lang: str | None, accept_language: str | None) -> Language:
    """`lang` ("id", "en") beats the Accept-Language header; anything else falls back to Indonesian."""
    for wanted in ([lang] if lang else []) + _by_preference(accept_language or ""):
        match wanted.lower().partition("-")[0]:
            case "id" | "in":  # "in" is the code of old Java and Android
                return "id"
            case "en":
                return "en"
            case _:
                continue
    return DEFAULT


def _by_preference(header: str) -> list[str]:
    weighted = [_tag_and_weight(part) for part in header.split(",")[:_MAX_PARTS]]
    wanted = [(tag, weight) for tag, weight in weighted if tag and weight > 0]
    return [tag for tag, _ in sorted(wanted, key=lambda pair: -pair[1])]


def _tag_and_weight(part: str) -> tuple[str, float]:
    tag, _, rest = part.strip().partition(";")
    name, _, value = rest.strip().partition("=")
    if name != "q":
        return tag.strip(), 1.0
    try:
        return tag.strip(), float(value)
    except ValueError:
        return tag.strip(), 0.0
