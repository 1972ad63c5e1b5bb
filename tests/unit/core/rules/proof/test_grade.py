"""The grade of finished work, and who can be a witness of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.task import TaskState
from siaga_core.rules.verification.grade import CompletionFacts, Grade, Witness, grade_of, split_witness, witness_of

T = datetime(2026, 12, 1, tzinfo=UTC)
OTHERS = frozenset({"petugas.a", "operator.b"})


@pytest.mark.parametrize(
    ("actor", "role", "witness"),
    [
        ("system", None, None),
        ("camera:cam-1", None, "camera:cam-1"),
        ("gauge:katulampa", None, "gauge:katulampa"),
        ("camera:", None, None),
        ("reporter", None, "reporter"),
        ("operator.a", "operator", "operator"),
        ("admin.a", "admin", "operator"),
        ("operator.b", "operator", None),
        ("lurah.a", "area_head", "person:area_head"),
        ("kadis.a", "agency_head", "person:agency_head"),
        ("petugas.b", "officer", None),
        ("unknown", None, None),
    ],
)
def test_who_can_be_a_witness(actor: str, role: str | None, witness: str | None) -> None:
    assert witness_of(actor, role=role, worked_on_by=OTHERS) == witness


def test_a_stored_witness_names_its_kind_and_its_sensor_or_office() -> None:
    assert split_witness("camera:cam-1") == (Witness.CAMERA, "cam-1")
    assert split_witness("person:area_head") == (Witness.PERSON, "area_head")
    assert split_witness("operator") == (Witness.OPERATOR, None)


@pytest.mark.parametrize(
    ("known", "grade"),
    [
        (CompletionFacts(state=TaskState.OPEN), None),
        (CompletionFacts(state=TaskState.RESOLVED, finished_at=T), Grade.REPORTED_DONE),
        # An older program moves by "system", which writes no witness.
        (CompletionFacts(state=TaskState.VERIFIED, finished_at=T), Grade.REPORTED_DONE),
        (CompletionFacts(state=TaskState.VERIFIED, finished_at=T, verified_by="operator"), Grade.VERIFIED),
        (CompletionFacts(state=TaskState.RESOLVED, finished_at=T, verified_by="operator"), Grade.REPORTED_DONE),
        (
            CompletionFacts(state=TaskState.RESOLVED, finished_at=T, disputed_by="reporter", disputed_at=T),
            Grade.DISPUTED,
        ),
        (CompletionFacts(state=TaskState.OPEN, disputed_by="camera:c", disputed_at=T), Grade.DISPUTED),
        (CompletionFacts(state=TaskState.OPEN, disputed_by="camera:c"), None),
        (CompletionFacts(state=TaskState.DISMISSED, finished_at=T, disputed_by="operator", disputed_at=T), None),
        (
            CompletionFacts(
                state=TaskState.RESOLVED, finished_at=T, disputed_by="camera:c", disputed_at=T - timedelta(seconds=1)
            ),
            Grade.REPORTED_DONE,
        ),
    ],
)
def test_the_grade(known: CompletionFacts, grade: Grade | None) -> None:
    assert grade_of(known) is grade
