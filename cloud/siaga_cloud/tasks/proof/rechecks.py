"""Sends the command for a camera recheck and applies its answer to the task."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siaga_cloud.fleet.service.commands import make_command
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.tasks.proof import service as proof
from siaga_cloud.tasks.proof import verification
from siaga_cloud.tasks.store import proofs, rechecks
from siaga_cloud.tasks.store.rechecks import RecheckRow
from siaga_core.rules.verification.method import VerificationMethod
from siaga_core.wire.codec import encode
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import Box, Hazard
from siaga_core.wire.topics import DownStream, down

BY: Final = "proof"


def build_command(
    conn: Connection, look_id: UUID, key: Ed25519PrivateKey, *, now: datetime
) -> tuple[str, bytes] | None:
    """Topic and signed command of a look that is still of use, noted as sent; None for any other.

    The caller hands it to the broker before it commits: what did not get out is not noted.
    """
    look = rechecks.get(conn, look_id)
    if look is None or look.sent_at is not None or look.done_at is not None or look.deadline <= now:
        return None
    body = RecheckCamera(
        look_id=look.id,
        camera=look.camera_id,
        zone=look.zone_id,
        hazard=Hazard(look.hazard),
        box=Box.model_validate(look.box) if look.box else None,
        deadline=look.deadline,
    )
    message = make_command(conn, key, look.node_id, body, now=now, by=BY, expires_at=look.deadline)
    rechecks.note_sent(conn, look_id, number=message.number, now=now)
    return down(look.node_id, DownStream.COMMAND), encode(message)


def process_answer(conn: Connection, look_id: UUID, *, now: datetime) -> None:
    """Acts on an answer, once: a clear spot verifies the task, one that is not clear reopens it."""
    look = rechecks.get(conn, look_id)
    if look is None or look.done_at is not None or look.answered_at is None:
        return
    rechecks.set_done(conn, look_id, now=now)
    held = proofs.get(conn, look.proof_id)
    case = verification.case_of(conn, held) if held is not None else None
    if held is None or case is None or held.outcome is not None:
        return  # too late: somebody has decided
    by = f"camera:{look.camera_id}"
    if held.method != VerificationMethod.CAMERA:  # another method was chosen meanwhile
        if look.state == "still_there":
            verification.dispute(conn, case, by=by, note=_recheck_note(look), now=now)
        return
    if look.state == "cleared":
        verification.verify(conn, case, by=by, note=_recheck_note(look), now=now)
    elif look.state == "still_there":
        verification.reopen(conn, case, by=by, note=_recheck_note(look), now=now)
    else:
        proof.fall_back(conn, held, why=f"camera {look.camera_id} cannot see: {look.reason}", now=now)


def _recheck_note(look: RecheckRow) -> str:
    """Return what the camera saw, for the audit trail."""
    answer_text = "clear now" if look.state == "cleared" else "still there"
    if look.water_share is not None:
        seen = f"{look.water_share:.0%} of the road under water"
    else:
        seen = f"seen in {look.seen_share or 0:.0%} of {look.frames or 0} frames"
    return f"the camera looked again: {look.hazard} {answer_text}, {seen}"
