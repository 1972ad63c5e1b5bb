"""What a task weighs in rankings: only what is independent of whoever is ranked.

A task counts where something besides anonymous new names speaks for its incident, so that nobody gains by inventing
work, and nobody loses by the inventions of others. It earns only by independent verification. Most tasks are verified
by random sample; those that nobody looked at count neither for nor against anybody, so that the share of verified
tasks among the examined ones is that of all (the ratio estimator, Cochran, Sampling Techniques, 1977, chapter 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_core.rules.verification.grade import Witness, split_witness
from siaga_core.rules.verification.reporter import ReporterRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RankEvidence:
    """What is known of a task. `has_sensor`: a camera, gauge or feed belongs to its incident; `has_verdict`: a person
    has confirmed the incident; `is_unexamined`: it is reported as done in time, and no witness has
    looked at it yet.
    """

    witness: str | None = None
    is_imported: bool = False
    has_sensor: bool = False
    has_verdict: bool = False
    is_unexamined: bool = False
    reporters: Sequence[ReporterRecord] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RankWeight:
    """Whether a task is ranked, how much its verification earns, and why it is not ranked."""

    is_ranked: bool
    credit: float
    reason: str = ""


def weigh(evidence: RankEvidence) -> RankWeight:
    """The weight of a task in the rankings of officers, agencies and areas."""
    paired = [one for one in evidence.reporters if one.is_paired]
    backed = evidence.is_imported or evidence.has_sensor or evidence.has_verdict
    if not backed and not any(_is_known(one) for one in evidence.reporters):
        return RankWeight(is_ranked=False, credit=0.0, reason="paired" if paired else "anonymous")
    if evidence.is_unexamined:  # a draw, or waiting for somebody's answer, says nothing about the work
        return RankWeight(is_ranked=False, credit=0.0, reason="unexamined")
    return RankWeight(is_ranked=True, credit=_credit(evidence))


def _is_known(one: ReporterRecord) -> bool:
    return not one.is_paired and (one.has_account or one.confirmed_elsewhere > 0)


def _credit(evidence: RankEvidence) -> float:
    if evidence.witness is None:
        return 0.0
    kind, _ = split_witness(evidence.witness)
    # Heads verify the work of their own area or agency, which is ranked by it.
    return 0.0 if kind is Witness.PERSON else 1.0
