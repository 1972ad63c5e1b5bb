"""Models the public forms of proofs: checks and figures for staff, and images for whoever may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Form
from pydantic import AwareDatetime, BaseModel, Field

from siaga_cloud.tasks.proof import captures
from siaga_cloud.tasks.store.read_proofs import Count, ProofPairImage, ProofView
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.verification.capture import CaptureGrade
from siaga_core.rules.verification.checks import AppStatement


def _photo_statement(
    taken_at: Annotated[AwareDatetime | None, Form(description="when the app took it")] = None,
    lat: Annotated[float | None, Form(ge=-90, le=90, description="where the app was, with lon")] = None,
    lon: Annotated[float | None, Form(ge=-180, le=180)] = None,
    accuracy_m: Annotated[float | None, Form(ge=0, le=100_000, description="radius of that position's error")] = None,
) -> AppStatement:
    place = LatLon(lat, lon) if lat is not None and lon is not None else None
    return AppStatement(taken_at=taken_at, place=place, accuracy_m=accuracy_m if place is not None else None)


PhotoStatement = Annotated[AppStatement, Depends(_photo_statement)]


class ProofCheck(BaseModel):
    """Describes a proof check: what was examined, the result and the reason. It is never a verdict."""

    check: Annotated[str, Field(examples=["duplicate"])]
    result: Annotated[str, Field(examples=["doubtful"], description="fine, doubtful, failed or unknown")]
    explanation: Annotated[dict[str, str], Field(description="by language: id, en")]
    figures: dict[str, Any]
    twin_url: Annotated[str | None, Field(description="the earlier image that looks the same")] = None


class ProofCapture(BaseModel):
    """States how the photo was made: `challenged` (in place, as the server prompted) or `gallery`, and why not."""

    grade: CaptureGrade
    explanations: Annotated[list[dict[str, str]], Field(description="by language: id, en")]


class CameraRecheck(BaseModel):
    """Describes a camera recheck that was requested."""

    camera: str
    zone: str | None
    hazard: str
    deadline: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    state: Annotated[str | None, Field(description="cleared, still_there or cannot_see; null: no answer yet")]
    reason: str
    frames: int | None
    seen_share: float | None
    water_share: float | None
    image_url: str | None


class ProofDetail(BaseModel):
    """Describes one time that a task was reported as done."""

    proof_id: UUID
    task_id: UUID
    task_number: int
    category: str
    photo_url: str
    resolved_at: datetime
    resolved_by: str
    worst: Annotated[str, Field(description="the gravest finding")]
    held: Annotated[bool, Field(description="an operator sees it before the task is verified")]
    method: Annotated[str, Field(description="who has the last word: camera, reporter, operator, checks")]
    why: str
    answer_by: datetime | None
    outcome: Annotated[str | None, Field(description="verified or reopened; null: not decided yet")]
    decided_by: str | None
    decided_at: datetime | None
    checks: list[ProofCheck]
    recheck: CameraRecheck | None
    capture: ProofCapture


Author = Literal["camera", "citizen", "officer"]
_BY_PEOPLE: Final[Mapping[str, Author]] = {"report": "citizen", "proof": "officer"}


class ProofImage(BaseModel):
    """Describes an image from before or after the work."""

    url: str
    kind: Annotated[str, Field(description="evidence (a camera's), report or proof")]
    by: Annotated[Author, Field(description="whose image it is")]
    taken_at: Annotated[datetime, Field(description="as the camera or the photo states it")]
    received_at: Annotated[datetime, Field(description="when it was stored here")]
    public_url: Annotated[
        str | None,
        Field(description="the copy that everybody sees; null: the public sees nothing"),
    ] = None
    redaction: Annotated[str, Field(description="redacted, waiting, failed, or none for what is not redacted")]
    redaction_reason: Annotated[
        str | None,
        Field(
            description="why it waits or failed, for staff: file_missing, unreadable, detector_unavailable,"
            " detector_failed, storage_failed"
        ),
    ] = None


class ProofPair(BaseModel):
    """Holds images from before and after, the best first. The public gets only redacted ones: those that wait for their
    redaction are counted, and so are those that nobody else will see because it failed."""

    before: list[ProofImage] = []
    after: list[ProofImage] = []
    waiting: Annotated[int, Field(description="photos that appear as soon as they are redacted")] = 0
    hidden: Annotated[int, Field(description="photos that are not shown because their redaction failed")] = 0


class ProofsSummary(BaseModel):
    """Summarises how proofs ended. `verified_share`: of the work reported as done, what somebody verified."""

    since: datetime
    resolved: Annotated[int, Field(description="times that work was reported as done")]
    verified: Annotated[int, Field(description="of these, how many a camera, a gauge, a reporter or a person verified")]
    verified_share: float | None
    reopened: int
    unverified: Annotated[int, Field(description="neither verified nor reopened: nobody has checked it, or not yet")]
    by: Annotated[list[dict[str, Any]], Field(description="method, outcome, decided_by, proofs")]


def proof(one: ProofView) -> ProofDetail:
    """Return a proof for staff."""
    return ProofDetail(
        proof_id=one.id,
        task_id=one.task_id,
        task_number=one.number,
        category=one.category,
        photo_url=_url(one.media_id),
        resolved_at=one.resolved_at,
        resolved_by=one.resolved_by,
        worst=one.worst,
        held=one.held,
        method=one.method,
        why=one.why,
        answer_by=one.answer_by,
        outcome=one.outcome,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        checks=[
            ProofCheck(
                check=check["name"],
                result=check["result"],
                explanation={"id": check["explanation_id"], "en": check["explanation_en"]},
                figures=check["figures"],
                twin_url=_url(check["twin_media_id"]) if check["twin_media_id"] else None,
            )
            for check in one.checks
        ],
        recheck=_recheck(one),
        capture=_capture(one),
    )


def _capture(one: ProofView) -> ProofCapture:
    evidence = captures.evidence_of(one.capture_grade, one.capture_reasons)
    return ProofCapture(grade=evidence.grade, explanations=evidence.texts())


def _recheck(one: ProofView) -> CameraRecheck | None:
    if one.recheck is None:
        return None
    held = dict(one.recheck)
    media_id = held.pop("media_id")
    return CameraRecheck(**held, image_url=_url(media_id) if media_id else None)


def pair(images: Sequence[ProofPairImage], *, whole: bool) -> ProofPair:
    """Before and after, for staff (`whole`) or for the public."""
    shown: dict[str, list[ProofImage]] = {"before": [], "after": []}
    for one in images:
        media_id = one.media_id if whole else one.public_media_id
        if media_id is not None:
            shown[one.side].append(_image(one, media_id, whole=whole))
    states = Counter(one.redaction for one in images if one.kind in _BY_PEOPLE)
    return ProofPair(
        before=shown["before"][:3], after=shown["after"][:3], waiting=states["waiting"], hidden=states["failed"]
    )


def _image(one: ProofPairImage, media_id: UUID, *, whole: bool) -> ProofImage:
    return ProofImage(
        url=_url(media_id),
        kind=one.kind,
        by=_BY_PEOPLE.get(one.kind, "camera"),
        taken_at=one.taken_at,
        received_at=one.received_at,
        public_url=None if one.public_media_id is None else _url(one.public_media_id),
        redaction=one.redaction,
        redaction_reason=(one.reason or None) if whole else None,
    )


def summary(counts: Sequence[Count], *, since: datetime) -> ProofsSummary:
    """What somebody verified, against what was only reported as done."""
    total = sum(one.proofs for one in counts)
    # Proofs that an earlier version closed by their checks alone were looked at by nobody.
    verified = sum(one.proofs for one in counts if one.outcome == "verified" and one.decided_by != "checks")
    reopened = sum(one.proofs for one in counts if one.outcome == "reopened")
    return ProofsSummary(
        since=since,
        resolved=total,
        verified=verified,
        verified_share=verified / total if total else None,
        reopened=reopened,
        unverified=total - verified - reopened,
        by=[
            {"method": one.method, "outcome": one.outcome, "decided_by": one.decided_by, "proofs": one.proofs}
            for one in counts
        ],
    )


def _url(media_id: UUID | str) -> str:
    return f"/api/v1/media/{media_id}"
