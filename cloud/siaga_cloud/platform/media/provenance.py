"""Reads the C2PA manifest of a photo: who signed it, whether that holds, and what made the image.

The manifest is somebody else's claim. Nothing is fetched for it: neither remote manifests nor revocation lists.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from c2pa import C2paError, Context, Reader, Settings

from siaga_core.rules.verification.checks import Provenance

log = logging.getLogger(__name__)

_MOST_TEXT: Final = 80
_STATES: Final[Mapping[str, Provenance]] = {
    "Trusted": Provenance.TRUSTED,
    "Valid": Provenance.UNKNOWN_SIGNER,
    "Invalid": Provenance.INVALID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Holds what a manifest states. `source_types`: the last parts of its IPTC digital source types, each once."""

    state: Provenance
    source_types: tuple[str, ...] = ()
    signer: str = ""


def read_manifest(data: bytes, mime: str, *, trust_anchors: str | None) -> Manifest | None:
    """Return the manifest of an image; None where it has none. A manifest that cannot be read is invalid.

    `trust_anchors`: PEM certificates of those whose cameras the city believes.
    """
    if b"jumb" not in data or b"c2pa" not in data:
        return None
    wanted: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
    }
    if trust_anchors:
        wanted["trust"] = {"trust_anchors": trust_anchors}
    try:
        with Reader(mime, io.BytesIO(data), context=Context(Settings.from_dict(wanted))) as reader:
            return _manifest(str(reader.get_validation_state()), json.loads(reader.json()))
    except (C2paError, ValueError) as error:
        log.info("the C2PA manifest of a photo cannot be read (%s)", type(error).__name__)
        return Manifest(state=Provenance.INVALID)


def _manifest(state: str, stated: Mapping[str, Any]) -> Manifest:
    active = stated.get("manifests", {}).get(stated.get("active_manifest"), {})
    signature = active.get("signature_info") or {}
    return Manifest(
        state=_STATES.get(state, Provenance.INVALID),
        source_types=tuple(dict.fromkeys(_source_types(stated.get("manifests", {})))),
        signer=_text(signature.get("common_name") or signature.get("issuer")),
    )


def _source_types(part: Any) -> Iterator[str]:
    """Every digital source type of a manifest and of what it was made from."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "digitalSourceType" and isinstance(value, str):
                yield _text(value.rstrip("/").rpartition("/")[2])
            else:
                yield from _source_types(value)
    elif isinstance(part, list):
        for value in part:
            yield from _source_types(value)


def _text(value: object) -> str:
    return "".join(one for one in value if one.isprintable())[:_MOST_TEXT] if isinstance(value, str) else ""
