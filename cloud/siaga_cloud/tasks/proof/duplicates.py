"""Finds earlier images that resemble a proof photo, among proofs, citizens' photos and evidence images alike."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media import photo_hash
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo_difference import difference
from siaga_cloud.platform.media.photo_hash import BITS, NotAnImageError, Probe
from siaga_cloud.tasks.store import photo_hashes, proofs
from siaga_cloud.tasks.store.photo_hashes import HashQuery
from siaga_cloud.tasks.store.proofs import BeforePhoto
from siaga_core.rules.verification.checks import Twin

log = logging.getLogger(__name__)

_CAUGHT_UP: Final = timedelta(days=7)
_AT_ONCE: Final = 100
_COMPARED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTwin:
    """Holds an earlier image and what the rule needs to know of it."""

    media_id: UUID
    twin: Twin


def twins_of(
    conn: Connection, *, media_id: UUID, task_id: UUID, jpeg: bytes, most_bits: int
) -> tuple[FoundTwin, ...] | None:
    """Return earlier images like this one, the nearest first; None where it is too plain to compare.

    Photos of the same task that were uploaded and never used to resolve it are left out: tries, not proofs.
    """
    grey = photo_hash.small_grey(jpeg)
    if photo_hash.is_plain(grey):
        return None
    probe_list = photo_hash.probes(grey)
    near = photo_hashes.nearest(conn, hash_queries(probe_list), most_bits=most_bits)
    about = proofs.images(conn, [one.media_id for one in near], task_id=task_id, before=media_id)
    return tuple(
        FoundTwin(
            media_id=one.media_id,
            twin=Twin(
                distance=one.distance,
                kind=about[one.media_id].kind,
                is_mirrored=probe_list[one.number].is_mirrored,
                is_cropped=probe_list[one.number].is_cropped,
                same_task=about[one.media_id].same_task,
            ),
        )
        for one in near
        if one.media_id in about
    )


def compared(
    conn: Connection, found: Sequence[FoundTwin], befores: Sequence[BeforePhoto], jpeg: bytes, *, media: MediaFolder
) -> tuple[FoundTwin, ...]:
    """Return the twins and the photos from before, each laid over the photo where that is possible; the others as they
    are. The nearest few are compared, each in some 100 ms.
    """
    known = {one.media_id for one in found}
    files = proofs.files_of(conn, [one.media_id for one in found[:_COMPARED]])
    listed = [_compared(one, _bytes(media, files.get(one.media_id)), jpeg) for one in found[:_COMPARED]]
    for before in befores:
        if before.media_id not in known:
            twin = Twin(distance=BITS, kind=before.kind)
            listed.append(_compared(FoundTwin(media_id=before.media_id, twin=twin), _bytes(media, before.sha256), jpeg))
    return (*listed, *found[_COMPARED:])


def _compared(one: FoundTwin, earlier: bytes | None, jpeg: bytes) -> FoundTwin:
    try:
        seen = difference(earlier, jpeg) if earlier is not None else None
    except NotAnImageError:
        seen = None
    if seen is None:
        return one
    twin = replace(
        one.twin,
        residual=seen.residual,
        changed_share=seen.changed_share,
        is_mirrored=one.twin.is_mirrored or seen.is_mirrored,
    )
    return replace(one, twin=twin)


def _bytes(media: MediaFolder, sha256: str | None) -> bytes | None:
    try:
        return media.read(sha256) if sha256 else None
    except FileNotFoundError:
        return None


def hash_queries(found: Sequence[Probe]) -> list[HashQuery]:
    """Return an image's probes as the index takes them."""
    return [
        HashQuery(hash=probe.hash, part=probe.part, near=probe.near, number=number)
        for number, probe in enumerate(found)
    ]


def remember(conn: Connection, media_id: UUID, jpeg: bytes, *, now: datetime) -> None:
    """Puts an image into the index, once."""
    try:
        grey = photo_hash.small_grey(jpeg)
    except NotAnImageError as error:
        photo_hashes.save_unhashed(conn, media_id, str(error), now=now)
        return
    if photo_hash.is_plain(grey):
        photo_hashes.save_unhashed(conn, media_id, "too plain", now=now)
        return
    held = photo_hash.prints(grey)
    photo_hashes.save(conn, media_id, whole=held.whole, middle=held.middle)


def remember_new(conn: Connection, media: MediaFolder, *, now: datetime) -> int:
    """Puts images that came in since into the index; how many."""
    waiting = photo_hashes.unhashed(conn, since=now - _CAUGHT_UP, limit=_AT_ONCE)
    for image in waiting:
        try:
            jpeg = media.read(image.sha256)
        except FileNotFoundError:
            photo_hashes.save_unhashed(conn, image.id, "the file is gone", now=now)
            continue
        remember(conn, image.id, jpeg, now=now)
    return len(waiting)
