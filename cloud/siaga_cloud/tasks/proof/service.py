"""Processes the proof of a resolved task: the photo is checked, the results are stored and the verification starts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.platform.media.photo_hash import NotAnImageError
from siaga_cloud.platform.media.same_scene import matched
from siaga_cloud.platform.media.screen_pattern import screen_peaks
from siaga_cloud.tasks.proof import duplicates as twins
from siaga_cloud.tasks.proof import sampling, verification
from siaga_cloud.tasks.proof.duplicates import FoundTwin
from siaga_cloud.tasks.proof.policy import policy_for
from siaga_cloud.tasks.proof.sampling import SampleDraw
from siaga_cloud.tasks.proof.verification import ProofCase
from siaga_cloud.tasks.store import proofs as db
from siaga_cloud.tasks.store.proofs import BeforePhoto, NewProof, Proof, ProofCheckRow, ResolvedTask
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification import checks as rules
from siaga_core.rules.verification import method as verification_rules
from siaga_core.rules.verification.capture import CaptureGrade
from siaga_core.rules.verification.checks import (
    AppStatement,
    Check,
    CheckResult,
    PhotoFacts,
    ProofLimits,
    Result,
    SceneMatch,
    TaskFacts,
)
from siaga_core.rules.verification.method import ProofPolicy, VerificationMethod
from siaga_core.wire.ids import uuid7

log = logging.getLogger(__name__)

CAUGHT_UP: Final = timedelta(hours=6)  # proofs of before an upgrade are not judged afterwards
UNDECIDED: Final = timedelta(days=90)  # what nobody decided for so long stays reported as done
_FACTS, _STATED = TypeAdapter(PhotoFacts), TypeAdapter(AppStatement)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoInspection:
    """Holds the result of the inspection of a photo."""

    check_results: tuple[CheckResult, ...]
    before: BeforePhoto | None
    twin_media_id: UUID | None
    capture: CaptureGrade


def store_photo_facts(
    conn: Connection, media_id: UUID, facts: PhotoFacts, stated: AppStatement, *, now: datetime
) -> None:
    """Store what a photo and the app state, until the task is resolved with it."""
    db.save_facts(
        conn,
        media_id,
        facts=_FACTS.dump_python(facts, mode="json"),
        stated=_STATED.dump_python(stated, mode="json"),
        now=now,
    )


def look_into(conn: Connection, task_id: UUID, *, media: MediaFolder, can_look: bool, now: datetime) -> UUID | None:
    """Check a resolved task's photo, once for each time that it was resolved; return the proof's id.

    `can_look` means that a camera recheck can be requested from here.
    """
    resolved = db.resolved(conn, task_id)
    if resolved is None:
        return None
    policy = policy_for(conn, resolved.category)
    looked = _looked(conn, resolved, policy.limits, media=media)
    viewer = verification.viewer_of(conn, resolved.incident_id, _place(resolved)) if can_look else None
    reports = db.reports_of(conn, resolved.incident_id)
    drawn = sampling.draw(
        conn, task_id=str(task_id), photo_sha256=resolved.sha256, resolved_at=resolved.resolved_at, now=now
    )
    share = verification_rules.sampled_share(
        looked.check_results, policy, capture=looked.capture, is_severe=resolved.severity == "severe"
    )
    method = verification_rules.method_of(
        looked.check_results,
        policy,
        draw=drawn.value,
        share=share,
        has_camera=viewer is not None,
        has_reporter=bool(reports),
    )
    proof = _new_proof(resolved, looked, policy, method, drawn, share, now=now)
    if not db.save(conn, proof, _check_rows(looked)):
        return None
    log.info("task %d: proof checks resulted in %s; verification by %s", resolved.number, proof.worst, method)
    verification.start_verification(conn, _case(resolved, proof), method, viewer=viewer, policy=policy, now=now)
    return proof.id


def fall_back(conn: Connection, proof: Proof, *, why: str, now: datetime) -> None:
    """Choose another verification when nobody answered or the camera could not see: where the camera could not, the
    draw decides; where a reporter did not answer, an operator looks, because the task was drawn to be verified.
    """
    case = verification.case_of(conn, proof)
    if case is None or proof.outcome is not None:
        return
    policy = policy_for(conn, case.category)
    method = VerificationMethod.OPERATOR
    if proof.method == VerificationMethod.CAMERA and not proof.held:
        method = _drawn_method(conn, proof, case, policy)
    db.set_method(conn, proof.id, method=method, why=why, answer_by=verification.answer_by(method, policy, now))
    verification.start_verification(conn, case, method, viewer=None, policy=policy, now=now)


def _drawn_method(conn: Connection, proof: Proof, case: ProofCase, policy: ProofPolicy) -> VerificationMethod:
    """Who verifies by the stored draw. A proof of an earlier version has none, and a person looks at it."""
    return verification_rules.method_of(
        (),
        policy,
        draw=0.0 if proof.draw is None else proof.draw,
        share=1.0 if proof.sampled_share is None else proof.sampled_share,
        has_camera=False,
        has_reporter=bool(db.reports_of(conn, case.incident_id)),
    )


def tend(conn: Connection, *, now: datetime, limit: int = 50) -> int:
    """Record what people decided by hand, and choose another verification where an answer is missing; return how
    many."""
    changed = db.settle_by_hand(conn, since=now - UNDECIDED, now=now)
    for proof_id, gauge in db.measured_normal(conn, since=now - UNDECIDED, limit=limit):
        _verify_by_gauge(conn, proof_id, gauge, now=now)
        changed += 1
    for proof in db.overdue(conn, now=now, limit=limit):
        fall_back(conn, proof, why=f"no answer of the {proof.method} in time", now=now)
        changed += 1
    return changed


def _verify_by_gauge(conn: Connection, proof_id: UUID, gauge: str, *, now: datetime) -> None:
    proof = db.get(conn, proof_id)
    case = verification.case_of(conn, proof) if proof is not None else None
    if case is not None and proof is not None and proof.outcome is None:
        verification.verify(conn, case, by=gauge, note="the gauge measures that it is over", now=now)


def _looked(conn: Connection, resolved: ResolvedTask, limits: ProofLimits, *, media: MediaFolder) -> PhotoInspection:
    facts, stated = _photo_statement(conn, resolved.media_id)
    jpeg = _bytes(media, resolved.sha256)
    facts = replace(facts, screen_peaks=_screen_peaks(jpeg))
    befores = db.befores(conn, resolved.incident_id)
    near = _twins(conn, resolved, jpeg, befores, limits, media=media)
    found = rules.check_results(
        facts,
        stated,
        TaskFacts(place=_place(resolved), caused_at=resolved.caused_at, resolved_at=resolved.resolved_at),
        twins=None if near is None else [one.twin for one in near],
        scene=_scene(befores, jpeg, media),
        limits=limits,
    )
    twin = _shown_twin(near, limits)
    return PhotoInspection(
        check_results=found, before=befores[0] if befores else None, twin_media_id=twin, capture=facts.capture
    )


def _photo_statement(conn: Connection, media_id: UUID) -> tuple[PhotoFacts, AppStatement]:
    facts, stated = db.facts_of(conn, media_id)
    try:
        return _FACTS.validate_python(facts), _STATED.validate_python(stated)
    except ValidationError as error:
        # Written by an older or newer release: what is not understood is ignored.
        log.warning("metadata of photo %s cannot be read: %s", media_id, error.errors()[0]["msg"])
        return PhotoFacts(), AppStatement()


def _screen_peaks(jpeg: bytes | None) -> float | None:
    try:
        return screen_peaks(jpeg) if jpeg is not None else None
    except NotAnImageError:
        return None


def _bytes(media: MediaFolder, sha256: str) -> bytes | None:
    try:
        return media.read(sha256)
    except FileNotFoundError:
        return None


def _twins(
    conn: Connection,
    resolved: ResolvedTask,
    jpeg: bytes | None,
    befores: Sequence[BeforePhoto],
    limits: ProofLimits,
    *,
    media: MediaFolder,
) -> tuple[FoundTwin, ...] | None:
    if jpeg is None:
        return None
    try:
        found = twins.twins_of(
            conn, media_id=resolved.media_id, task_id=resolved.task_id, jpeg=jpeg, most_bits=limits.alike_bits
        )
    except NotAnImageError:
        return None
    return None if found is None else twins.compared(conn, found, befores, jpeg, media=media)


def _shown_twin(near: Sequence[FoundTwin] | None, limits: ProofLimits) -> UUID | None:
    """The earlier image that the duplicate check is about."""
    found = [one for one in near or () if rules.duplicate([one.twin], limits).result is not Result.FINE]
    return found[0].media_id if found else None


def _scene(befores: Sequence[BeforePhoto], jpeg: bytes | None, media: MediaFolder) -> SceneMatch | None:
    """Return the best match among the images of before."""
    best: SceneMatch | None = None
    for before in befores:
        held = _bytes(media, before.sha256)
        if jpeg is None or held is None:
            continue
        try:
            match = matched(held, jpeg)
        except NotAnImageError:
            continue
        if best is None or match.inliers > best.inliers:
            best = SceneMatch(
                inliers=match.inliers,
                points_before=match.points_before,
                points_after=match.points_after,
                before_kind=before.kind,
            )
    return best


def _new_proof(
    resolved: ResolvedTask,
    looked: PhotoInspection,
    policy: ProofPolicy,
    method: VerificationMethod,
    drawn: SampleDraw,
    share: float,
    *,
    now: datetime,
) -> NewProof:
    held = verification_rules.held_back(looked.check_results, policy)
    return NewProof(
        id=uuid7(now),
        task_id=resolved.task_id,
        media_id=resolved.media_id,
        resolved_at=resolved.resolved_at,
        resolved_by=resolved.resolved_by,
        before_media_id=looked.before.media_id if looked.before else None,
        worst=rules.worst(looked.check_results),
        held=bool(held),
        method=method,
        why="; ".join(one.explanation_en for one in held),
        answer_by=verification.answer_by(method, policy, now),
        made_at=now,
        draw_day=drawn.day,
        draw_message=drawn.message,
        draw=drawn.value,
        sampled_share=share,
    )


def _check_rows(looked: PhotoInspection) -> list[ProofCheckRow]:
    return [
        ProofCheckRow(
            name=one.check,
            result=one.result,
            explanation_id=one.explanation_id,
            explanation_en=one.explanation_en,
            figures=one.figures,
            twin_media_id=looked.twin_media_id if one.check is Check.DUPLICATE else None,
        )
        for one in looked.check_results
    ]


def _place(resolved: ResolvedTask) -> LatLon:
    return LatLon(resolved.lat, resolved.lon)


def _case(resolved: ResolvedTask, proof: NewProof) -> ProofCase:
    return ProofCase(
        proof_id=proof.id,
        task_id=resolved.task_id,
        incident_id=resolved.incident_id,
        number=resolved.number,
        category=resolved.category,
        area_id=resolved.area_id,
        resolved_at=resolved.resolved_at,
        held=proof.held,
    )
