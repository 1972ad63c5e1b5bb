"""Models how far it is established that the work on a report, incident or task is done.

Three grades: `reported_done` (whoever did the work says so, with a photo; nobody else has checked it), `verified` (a
named witness confirms it: `camera`, `gauge`, `operator`, `reporter`, `person` or `record`) and `disputed` (a named
witness contradicts it). `text` states the same for people: pages show it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from siaga_cloud.notifications import grade_texts
from siaga_cloud.platform.http.models import ResponseModel
from siaga_core.rules.task import TaskState
from siaga_core.rules.verification.grade import CompletionFacts, Grade, Witness, grade_of, split_witness


class Completion(ResponseModel):
    """Describes how far it is established that work is done, and who says so."""

    grade: Annotated[Grade, Field(description="reported_done, verified or disputed")]
    by: Annotated[
        Witness | None,
        Field(description="who confirmed or disputed it; null: nobody has checked it. `record`: an imported record"),
    ]
    by_id: Annotated[str | None, Field(description="the camera or gauge, or the office of a person")]
    by_name: Annotated[str | None, Field(examples=["Manggarai 2"], description="of the camera or gauge")]
    text: Annotated[dict[str, str], Field(description="who saw it, or that nobody has checked it yet; by language")]


def completion(row: Mapping[str, Any] | None) -> Completion | None:
    """Return the completion of a row of `task_completion` as JSON; None while nobody reported the work as done."""
    if row is None:
        return None
    grade = grade_of(
        CompletionFacts(
            state=TaskState(row["state"]),
            finished_at=_at(row["finished_at"]),
            verified_by=row["verified_by"],
            disputed_by=row["disputed_by"],
            disputed_at=_at(row["disputed_at"]),
        )
    )
    return None if grade is None else _completion(grade, row)


def _completion(grade: Grade, row: Mapping[str, Any]) -> Completion:
    side = {Grade.VERIFIED: "verified_by", Grade.DISPUTED: "disputed_by"}.get(grade)
    witness, name = (row[side], row[f"{side}_name"]) if side else (None, None)
    kind, by_id = split_witness(witness) if witness else (None, None)
    known = {"witness": witness, "witness_name": name, "agency": row["agency_name"]}
    text = {
        "id": grade_texts.sentence(grade, "id", **known),
        "en": grade_texts.sentence(grade, "en", **known),
    }
    return Completion(grade=grade, by=kind, by_id=by_id, by_name=name, text=text)


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
