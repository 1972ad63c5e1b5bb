"""What reporters say when they are asked whether it is really fixed."""

from __future__ import annotations

from datetime import datetime

from siaga_cloud.db import jobs, proofs, reports
from siaga_cloud.db.connection import Connection
from siaga_cloud.db.reports import Media
from siaga_cloud.services.errors import ConflictError, NotFoundError
from siaga_cloud.services.reports import secret_hash


def take(conn: Connection, secret: str, *, fixed: bool, photo: Media | None, now: datetime) -> bool:
    """Keeps an answer; False where this report was answered for before.

    Raises NotFoundError for an unknown secret, ConflictError where nothing waits for an answer.
    """
    report_id = proofs.report_of_secret(conn, secret_hash(secret))
    if report_id is None:
        raise NotFoundError("there is no such report; the address may have been cut off")
    proof_id = proofs.open_proof_of_report(conn, report_id)
    if proof_id is None:
        raise ConflictError("nothing waits for an answer: the work is not said to be done, or it was decided already")
    if photo is not None:
        reports.save_media(conn, photo, now=now)
    media_id = photo.id if photo is not None else None
    is_first = proofs.save_answer(conn, report_id=report_id, proof_id=proof_id, fixed=fixed, media_id=media_id, now=now)
    if is_first:
        jobs.defer_report_answer(conn, proof_id)
    return is_first
