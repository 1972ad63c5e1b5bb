"""Models the responses about incidents.

The public sees what is wrong, but neither who reported it nor the exact position of a citizen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from siaga_cloud.cameras.api.clips import EventClip, event_clip
from siaga_cloud.cameras.service.clips import ClipRow
from siaga_cloud.incidents.api.completion import Completion, completion
from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.platform.http.models import Location, ResponseModel, place
from siaga_core.rules.incident import Lead
from siaga_core.rules.trust.certainty import certainty_of
from siaga_core.rules.trust.independence import SourcePolicy

_SENSORS = frozenset({"camera", "gauge"})


class Incident(ResponseModel):
    """Describes a hazard in the city, joined from the signals of cameras, gauges, citizens and feeds."""

    id: UUID
    number: Annotated[int, Field(examples=[17])]
    category: Annotated[str, Field(examples=["flooding"])]
    state: Annotated[str, Field(examples=["open"], description="open, closed, rejected or merged")]
    severity: Annotated[str, Field(examples=["severe"], description="minor, moderate or severe")]
    confidence: Annotated[float, Field(ge=0, le=1, examples=[0.87], description="noisy-OR over independent sources")]
    place: Location
    area_id: str | None
    area_name: Annotated[str | None, Field(examples=["Manggarai"])]
    began_at: datetime
    last_signal_at: datetime
    over_at: Annotated[datetime | None, Field(description="when the last sensor said that it is over")]
    sources: Annotated[
        int, Field(description="how many independent sources support it; anybody without proof counts by network")
    ]
    certainty: Annotated[
        Literal["unverified", "possible", "likely", "observed"],
        Field(description="observed: a sensor or an officer there; likely: an operator; possible: several people"),
    ]
    source_kinds: Annotated[list[str], Field(examples=[["camera", "citizen"]])]
    mixed: Annotated[bool, Field(description="both a sensor and a citizen say so")]
    verdict: str | None
    task_id: UUID | None
    task_number: int | None
    task_state: str | None
    completion: Annotated[
        Completion | None, Field(description="of its task; null: nobody has reported the work as done")
    ] = None


class EvidenceImage(ResponseModel):
    """Describes an evidence image of a member, served at /api/v1/media/<id>."""

    url: Annotated[str, Field(examples=["/api/v1/media/0192f0c1-…"])]
    role: str
    taken_at: datetime | None


class IncidentMember(ResponseModel):
    """Describes a line of the evidence ledger: its source and its weight. `counted` is false where a stronger signal of
    the same source counts instead.
    """

    source_kind: Annotated[str, Field(examples=["camera"])]
    source_id: Annotated[str | None, Field(description="the camera or gauge; null for citizens")]
    source_name: str | None
    observed_at: datetime
    received_at: datetime
    lead_seconds: Annotated[float, Field(description="how long before the newest member this one knew")]
    confidence: Annotated[float, Field(description="how sure the source was")]
    reliability: Annotated[float, Field(description="how far this source is believed")]
    weight: Annotated[float, Field(description="its share in the noisy-OR")]
    counted: bool
    grade: Annotated[
        Literal["sensor", "partner", "verified", "unverified"] | None, Field(description="what proves the source")
    ]
    removed: bool
    severity: str
    facts: Annotated[dict[str, Any] | None, Field(description="what the sensor measured")]
    note: Annotated[str | None, Field(description="the citizen's words; for staff")]
    evidence_images: list[EvidenceImage]
    clips: Annotated[list[EventClip], Field(description="of the camera's event; for staff", default_factory=list)]
    signal_id: Annotated[UUID | None, Field(description="names the member when an incident is split; for staff")] = None
    lead_over_others_seconds: Annotated[
        float | None,
        Field(description="how long before the first other source this source knew; negative: after it"),
    ] = None
    lead_over_task_seconds: Annotated[
        float | None, Field(description="how long before the first task this source knew")
    ] = None
    belief: Annotated[SourceReliability | None, Field(description="what makes up `reliability`")] = None


class SourceReliability(ResponseModel):
    """Describes the reliability of a source: a Beta prior of its kind, changed by verdicts, (mean * strength +
    confirmed) / (strength + verdicts).
    """

    prior_mean: Annotated[float, Field(examples=[0.75])]
    prior_strength: Annotated[float, Field(description="as many verdicts as the prior weighs", examples=[10])]
    confirmed: int
    refuted: int
    mean: float


class IncidentRemark(ResponseModel):
    """Describes what contradicts an incident without being a signal; it has no weight."""

    kind: Annotated[str, Field(examples=["camera_sees_dry_road"])]
    source: Annotated[str, Field(examples=["camera:cam-manggarai"])]
    began_at: datetime
    ended_at: datetime | None
    note: str


class IncidentDetail(ResponseModel):
    """Describes an incident with its evidence ledger."""

    incident: Incident
    members: list[IncidentMember]
    remarks: Annotated[list[IncidentRemark], Field(default_factory=list)]


def incident(one: read_incidents.IncidentRow, *, whole: bool, policy: SourcePolicy) -> Incident:
    """Return an incident for staff (`whole`) or for the public."""
    coarse = not whole and not _SENSORS & set(one.source_kinds)
    computed = ("place", "certainty", "completion")
    held = {name: getattr(one, name) for name in Incident.model_fields if name not in computed}
    return Incident(
        place=place(one.lat, one.lon, coarse=coarse),
        certainty=certainty_of(read_incidents.support_of(one), policy).label,
        completion=completion(one.completion),
        **held,
    )


def member(
    one: read_incidents.IncidentMemberRow,
    *,
    newest_at: datetime,
    whole: bool,
    lead: Lead | None = None,
    clips: Sequence[ClipRow] = (),
) -> IncidentMember:
    """Return a ledger line for staff (`whole`) or for the public."""
    kind, _, source_id = one.source_key.partition(":")
    is_citizen = kind == "citizen"
    return IncidentMember(
        source_kind=kind,
        source_id=None if is_citizen else source_id,
        source_name=one.source_name,
        observed_at=one.observed_at,
        received_at=one.received_at,
        lead_seconds=(newest_at - one.observed_at).total_seconds(),
        confidence=one.confidence,
        reliability=one.reliability,
        weight=one.weight,
        counted=one.counted,
        grade=one.grade,
        removed=one.removed_at is not None,
        severity=one.severity,
        facts=one.details,
        note=one.note if whole and is_citizen else None,
        evidence_images=[_evidence_image(image) for image in one.evidence_images if whole or image.redacted],
        clips=[event_clip(clip) for clip in clips if whole and clip.event_id == one.signal_id],
        signal_id=one.signal_id if whole else None,
        lead_over_others_seconds=lead.over_others_seconds if lead else None,
        lead_over_task_seconds=lead.over_task_seconds if lead else None,
        belief=_belief(one),
    )


def remark(one: read_incidents.IncidentRemarkRow) -> IncidentRemark:
    """Return what speaks against an incident."""
    return IncidentRemark(
        kind=one.kind, source=one.source_key, began_at=one.began_at, ended_at=one.ended_at, note=one.note
    )


def _belief(one: read_incidents.IncidentMemberRow) -> SourceReliability | None:
    if one.prior_mean is None or one.prior_strength is None:
        return None
    return SourceReliability(
        prior_mean=one.prior_mean,
        prior_strength=one.prior_strength,
        confirmed=one.confirmed or 0,
        refuted=one.refuted or 0,
        mean=one.reliability,
    )


def _evidence_image(one: read_incidents.EvidenceImageRow) -> EvidenceImage:
    return EvidenceImage(url=f"/api/v1/media/{one.media_id}", role=one.role, taken_at=one.taken_at)
