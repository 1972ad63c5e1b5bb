"""The public forms of things: what the API shows of an incident or a task, and to whom.

The public sees what is wrong and what is done about it, but not who said it, where exactly a citizen stood, or who
was sent.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from siaga_cloud.incidents.store import read as read_incidents
from siaga_cloud.tasks.api.proof_models import PairForm, ProofForm
from siaga_cloud.tasks.store import read as read_tasks
from siaga_core.rules import sla
from siaga_core.rules.incident import Lead
from siaga_core.rules.task import TaskState, Verb, legal_verbs

# About 250 m: a place that only citizens named is shown to the public as the middle of such a square.
COARSE_DEGREES: Final = 0.0025
_SENSORS = frozenset({"camera", "gauge"})
_any = TypeAdapter[Any](Any)


def as_json(value: Any) -> Any:
    """A form as plain JSON values."""
    return _any.dump_python(value, mode="json")


class Form(BaseModel):
    """Frozen; what the OpenAPI document describes."""

    model_config = ConfigDict(frozen=True)


class Place(Form):
    """A spot, WGS 84 degrees. `coarse`: rounded to about 250 m, because only citizens named it."""

    lat: Annotated[float, Field(examples=[-6.2079])]
    lon: Annotated[float, Field(examples=[106.8484])]
    coarse: bool = False


class IncidentForm(Form):
    """One thing wrong in the city, joined from what cameras, gauges and citizens say."""

    id: UUID
    number: Annotated[int, Field(examples=[17])]
    category: Annotated[str, Field(examples=["flooding"])]
    state: Annotated[str, Field(examples=["open"], description="open, closed, rejected or merged")]
    severity: Annotated[str, Field(examples=["severe"], description="minor, moderate or severe")]
    confidence: Annotated[float, Field(ge=0, le=1, examples=[0.87], description="noisy-OR over independent sources")]
    place: Place
    area_id: str | None
    area_name: Annotated[str | None, Field(examples=["Manggarai"])]
    began_at: datetime
    last_signal_at: datetime
    over_at: Annotated[datetime | None, Field(description="when the last sensor said that it is over")]
    sources: Annotated[int, Field(description="how many independent sources speak for it")]
    source_kinds: Annotated[list[str], Field(examples=[["camera", "citizen"]])]
    mixed: Annotated[bool, Field(description="both a sensor and a citizen say so")]
    verdict: str | None
    task_id: UUID | None
    task_number: int | None
    task_state: str | None


class PictureForm(Form):
    """A picture of a member, at /api/v1/media/<id>."""

    url: Annotated[str, Field(examples=["/api/v1/media/0192f0c1-…"])]
    role: str
    taken_at: datetime | None


class MemberForm(Form):
    """A line of the ledger: who says so, and how much that counts. `counted` false: a stronger signal of the same
    source stands for it."""

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
    removed: bool
    severity: str
    facts: Annotated[dict[str, Any] | None, Field(description="what the sensor measured")]
    note: Annotated[str | None, Field(description="the citizen's words; for staff")]
    pictures: list[PictureForm]
    signal_id: Annotated[UUID | None, Field(description="names the member when an incident is split; for staff")] = None
    lead_over_others_seconds: Annotated[
        float | None,
        Field(description="how long before the first other source this source knew; negative: after it"),
    ] = None
    lead_over_task_seconds: Annotated[
        float | None, Field(description="how long before the first task this source knew")
    ] = None
    belief: Annotated[BeliefForm | None, Field(description="what makes up `reliability`")] = None


class BeliefForm(Form):
    """A Beta prior of the kind of source, moved by verdicts: (mean * strength + confirmed) / (strength + verdicts)."""

    prior_mean: Annotated[float, Field(examples=[0.75])]
    prior_strength: Annotated[float, Field(description="as many verdicts as the prior weighs", examples=[10])]
    confirmed: int
    refuted: int
    mean: float


class RemarkForm(Form):
    """What speaks against an incident without being a signal; it weighs nothing."""

    kind: Annotated[str, Field(examples=["camera_sees_dry_road"])]
    source: Annotated[str, Field(examples=["camera:cam-manggarai"])]
    began_at: datetime
    ended_at: datetime | None
    note: str


class IncidentDetail(Form):
    """An incident with the ledger that answers "why?"."""

    incident: IncidentForm
    members: list[MemberForm]
    remarks: list[RemarkForm] = []


class Clock(Form):
    """One deadline of a task."""

    due_at: datetime
    done_at: datetime | None
    state: Annotated[str, Field(examples=["running"], description="running, due_soon, overdue, met, missed or paused")]


class TaskForm(Form):
    """Work for an agency. Place, assignee and legal verbs are for staff of that agency or area."""

    id: UUID
    number: int
    incident_id: UUID
    category: str
    state: Annotated[str, Field(examples=["open"], description="`review`: an operator looks first")]
    priority: Annotated[int, Field(description="1 is most urgent")]
    severity: str
    agency_id: str | None
    agency_name: str | None
    area_id: str | None
    area_name: str | None
    created_at: datetime
    updated_at: datetime
    acknowledge: Clock
    first_action: Clock
    resolve: Clock
    escalation: int
    finished: bool
    place: Place | None = None
    assignee_id: str | None = None
    assignee_name: str | None = None
    verbs: Annotated[list[str], Field(description="what the table of moves allows now")] = []
    proof_url: str | None = None


class MoveForm(Form):
    """A line of a task's audit trail. Actor, note and photo are for staff."""

    verb: str
    from_state: str | None
    to_state: str
    at: datetime
    to_agency: str | None
    actor: str | None = None
    actor_name: Annotated[str | None, Field(description="of the account; null for a rule of the system")] = None
    note: str | None = None
    to_user: str | None = None
    photo_url: str | None = None


class TaskDetail(Form):
    """A task with its audit trail."""

    task: TaskForm
    moves: list[MoveForm]
    photos: Annotated[list[str], Field(description="photos uploaded for it; for staff")] = []
    proofs: Annotated[list[ProofForm], Field(description="each resolving, newest first; for staff")] = []
    pair: PairForm = PairForm()


def media_url(media_id: UUID | None) -> str | None:
    """Where a picture is served."""
    return None if media_id is None else f"/api/v1/media/{media_id}"


def incident(one: read_incidents.Incident, *, whole: bool) -> IncidentForm:
    """An incident for staff (`whole`) or for the public."""
    coarse = not whole and not _SENSORS & set(one.source_kinds)
    held = {name: getattr(one, name) for name in IncidentForm.model_fields if name != "place"}
    return IncidentForm(place=_place(one.lat, one.lon, coarse=coarse), **held)


def member(one: read_incidents.Member, *, newest_at: datetime, whole: bool, lead: Lead | None = None) -> MemberForm:
    """A ledger line for staff (`whole`) or for the public."""
    kind, _, source_id = one.source_key.partition(":")
    is_citizen = kind == "citizen"
    return MemberForm(
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
        removed=one.removed_at is not None,
        severity=one.severity,
        facts=one.details,
        note=one.note if whole and is_citizen else None,
        pictures=[_picture(shot) for shot in one.pictures if whole or shot.redacted],
        signal_id=one.signal_id if whole else None,
        lead_over_others_seconds=lead.over_others_seconds if lead else None,
        lead_over_task_seconds=lead.over_task_seconds if lead else None,
        belief=_belief(one),
    )


def remark(one: read_incidents.Remark) -> RemarkForm:
    """What speaks against an incident."""
    return RemarkForm(kind=one.kind, source=one.source_key, began_at=one.began_at, ended_at=one.ended_at, note=one.note)


def _belief(one: read_incidents.Member) -> BeliefForm | None:
    if one.prior_mean is None or one.prior_strength is None:
        return None
    return BeliefForm(
        prior_mean=one.prior_mean,
        prior_strength=one.prior_strength,
        confirmed=one.confirmed or 0,
        refuted=one.refuted or 0,
        mean=one.reliability,
    )


def _picture(one: read_incidents.Picture) -> PictureForm:
    return PictureForm(url=f"/api/v1/media/{one.media_id}", role=one.role, taken_at=one.taken_at)


def task(one: read_tasks.Task, *, whole: bool, now: datetime | None = None) -> TaskForm:
    """A task for staff in whose scope it is (`whole`) or for the public."""
    moment = now or datetime.now(UTC)
    public = TaskForm(
        **{name: getattr(one, name) for name in _SAME_IN_TASK},
        acknowledge=_clock(one, one.acknowledge_by, one.acknowledged_at, moment),
        first_action=_clock(one, one.first_action_by, one.first_action_at, moment),
        resolve=_clock(one, one.resolve_by, None, moment),
        finished=one.finished_at is not None,
    )
    if not whole:
        return public
    staff = {
        "place": _place(one.lat, one.lon, coarse=False),
        "assignee_id": one.assignee_id,
        "assignee_name": one.assignee_name,
        "verbs": [str(verb) for verb in _verbs(one.state)],
        "proof_url": media_url(one.proof_media_id),
    }
    return public.model_copy(update=staff)


def move(one: read_tasks.Move, *, whole: bool) -> MoveForm:
    """An audit line for staff (`whole`) or for the public."""
    public = MoveForm(
        verb=one.verb, from_state=one.from_state, to_state=one.to_state, at=one.at, to_agency=one.to_agency
    )
    if not whole:
        return public
    staff = {
        "actor": one.actor,
        "actor_name": one.actor_name,
        "note": one.note,
        "to_user": one.to_user,
        "photo_url": media_url(one.media_id),
    }
    return public.model_copy(update=staff)


_SAME_IN_TASK = (
    "id", "number", "incident_id", "category", "state", "priority", "severity", "agency_id", "agency_name",
    "area_id", "area_name", "created_at", "updated_at", "escalation",
)  # fmt: skip


def _clock(one: read_tasks.Task, due_at: datetime, step_at: datetime | None, now: datetime) -> Clock:
    done_at = step_at or one.finished_at
    if done_at is None and one.state == TaskState.PAUSED:
        return Clock(due_at=due_at, done_at=None, state="paused")
    state = sla.clock(
        started_at=(one.started_at or one.created_at) + timedelta(seconds=one.paused_seconds),
        due_at=due_at,
        done_at=done_at,
        now=now,
        remind_at_share=one.remind_at_share,
    )
    return Clock(due_at=due_at, done_at=done_at, state=state)


def _verbs(state: str) -> tuple[Verb, ...]:
    try:
        return legal_verbs(TaskState(state))
    except ValueError:
        return ()


def _place(lat: float, lon: float, *, coarse: bool) -> Place:
    if not coarse:
        return Place(lat=lat, lon=lon)
    return Place(lat=_middle(lat), lon=_middle(lon), coarse=True)


def _middle(degrees: float) -> float:
    return round((degrees // COARSE_DEGREES + 0.5) * COARSE_DEGREES, 6)
