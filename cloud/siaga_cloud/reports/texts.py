"""Describes the progress of a report to its reporter in one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from siaga_cloud.incidents.api.completion import completion
from siaga_cloud.platform.language import Language
from siaga_cloud.reports.store.status import FollowedReport
from siaga_core.rules.verification.grade import Grade

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "received": (
        "Laporan Anda diterima dan menunggu diperiksa.",
        "Your report was received and waits to be looked at.",
    ),
    "noticed": (
        "Laporan Anda tercatat bersama laporan atau sensor lain di tempat itu; bukti sedang dikumpulkan.",
        "Your report was joined with what else is known of that place; evidence is being gathered.",
    ),
    "review": ("Operator sedang memeriksa laporan Anda.", "An operator is looking at your report."),
    "waiting": ("Tugas sudah dibuat untuk {agency}.", "A task was made for {agency}."),
    "under_way": ("Petugas {agency} sedang menangani.", "{agency} is dealing with it."),
    "resolved": (
        "{agency} menyatakan selesai, dengan foto.",
        "{agency} says that it is done, with a photo.",
    ),
    "closed": ("Laporan ini sudah ditutup.", "This report is closed."),
}

_STAGE_OF_TASK: Final[Mapping[str, str]] = {
    "review": "review",
    "open": "waiting",
    "assigned": "waiting",
    "accepted": "under_way",
    "on_site": "under_way",
    "paused": "under_way",
    "resolved": "resolved",
    "verified": "resolved",
    "dismissed": "closed",
    "following": "under_way",  # shown only where the task that it follows is not known
}


def status_sentence(
    incident_state: str | None, task_state: str | None, agency: str | None, language: Language
) -> tuple[str, str]:
    """Return the stage as a word for programs, and a sentence for people."""
    stage = _stage(incident_state, task_state)
    indonesian, english = _SENTENCES[stage]
    nobody = "dinas terkait" if language == "id" else "the agency in charge"
    sentence = (indonesian if language == "id" else english).format(agency=agency or nobody)
    return stage, sentence


def progress(found: FollowedReport, language: Language) -> tuple[str, str]:
    """Return the stage of a report and what its reporter may know of it; with who checked the work, or that nobody has
    checked it yet.
    """
    stage, sentence = status_sentence(found.incident_state, found.task_state, found.agency_name, language)
    graded = completion(found.completion)
    if graded is None:
        return stage, sentence
    if graded.grade is Grade.DISPUTED and stage != "resolved":
        return stage, f"{graded.text[language]} {sentence}"
    return "resolved", graded.text[language]


def _stage(incident_state: str | None, task_state: str | None) -> str:
    if task_state is not None:
        return _STAGE_OF_TASK.get(task_state, "under_way")
    match incident_state:
        case None:
            return "received"
        case "open":
            return "noticed"
        case _:
            return "closed"
