"""Holds the texts of notifications in Indonesian and English by kind; {fields} are filled from the body of the
notification.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.notifications import grade_texts
from siaga_cloud.platform.language import Language
from siaga_core.rules.verification.grade import Grade

# A kind without a line here carries its texts in body["id"] and body["en"].
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "task_new": ("Tugas baru {number}: {category} di {area}.", "New task {number}: {category} at {area}."),
    "task_review": (
        "Perlu diperiksa, tugas {number}: {category} di {area}.",
        "To review, task {number}: {category} at {area}.",
    ),
    "task_assigned": (
        "Tugas {number} untuk Anda: {category} di {area}.",
        "Task {number} is yours: {category} at {area}.",
    ),
    "task_koordinasi": (
        "Diminta ikut serta (koordinasi) pada tugas {number}: {category} di {area}. {note}",
        "You are asked to join task {number}: {category} at {area}. {note}",
    ),
    "task_disposisi": (
        "Disposisi tugas {number}: {category} di {area}. {note}",
        "Task {number} is passed to you: {category} at {area}. {note}",
    ),
    "task_not_mine": (
        "Tugas {number} dialihkan kepada Anda: {category} di {area}. {note}",
        "Task {number} was passed on as yours: {category} at {area}. {note}",
    ),
    "task_refer": (
        "Tugas {number} dioper berkali-kali antardinas: {category} di {area}. Tentukan pemiliknya.",
        "Task {number} is passed round by agencies: {category} at {area}. Decide whose it is.",
    ),
    "task_remind": (
        "Pengingat tugas {number} ({category}, {area}): batas {step} {due}.",
        "Reminder of task {number} ({category}, {area}): {step} is due {due}.",
    ),
    "task_overdue": (
        "Tugas {number} ({category}, {area}) terlambat: {step} {due}.",
        "Task {number} ({category}, {area}) is overdue: {step} was due {due}.",
    ),
    "task_escalated": (
        "Tugas {number} ({category}, {area}) naik ke tingkat {level}: belum selesai sejak {due}.",
        "Task {number} ({category}, {area}) escalated to level {level}: it was due {due}.",
    ),
    "task_reopened": (
        "Tugas {number} dibuka lagi: {category} di {area}. {note}",
        "Task {number} is open again: {category} at {area}. {note}",
    ),
    "report_task": (
        "Laporan Anda menjadi tugas {number} untuk {agency}.",
        "Your report became task {number} of {agency}.",
    ),
    "report_merged": (
        "Laporan Anda digabung dengan kejadian {incident}; Anda dikabari bila selesai.",
        "Your report was joined with incident {incident}; you will hear when it is done.",
    ),
    "report_unmerged": (
        "Laporan Anda ditangani sendiri lagi, terpisah dari kejadian {incident}.",
        "Your report is dealt with on its own again, apart from incident {incident}.",
    ),
    "report_resolved": (
        "{agency} menyatakan laporan Anda selesai, dengan foto. Belum ada pihak lain yang memeriksa.",
        "{agency} says that what you reported is done, with a photo. Nobody else has checked it yet.",
    ),
    "report_verified": ("Tentang laporan Anda: {seen}", "About your report: {seen}"),
    "report_dismissed": (
        "Laporan Anda ditutup tanpa tindakan.",
        "Your report was closed without action.",
    ),
    "report_reopened": ("Laporan Anda dibuka lagi. {seen}", "Your report is open again. {seen}"),
}

_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "acknowledge": ("diterima petugas", "acknowledging"),
    "first_action": ("tindakan pertama", "the first action"),
    "resolve": ("selesai", "resolving"),
}
_AND_MORE: Final = ("{first} Dan {more} pemberitahuan lain: {list}.", "{first} And {more} more: {list}.")
_NOWHERE: Final = ("tempat tanpa wilayah", "a place outside all areas")
_SHOWN_KINDS: Final = 6
_GRADES: Final[Mapping[str, Grade]] = {"report_verified": Grade.VERIFIED, "report_reopened": Grade.DISPUTED}
# Of notifications that an earlier version stored: who had checked it was not stated.
_UNNAMED: Final[Mapping[str, tuple[str, str]]] = {
    "report_verified": (
        "dinyatakan selesai; siapa yang memeriksa tidak tercatat.",
        "it is reported as done; who checked it is not on record.",
    ),
    "report_reopened": ("", ""),
}


def text(kind: str, body: Mapping[str, Any], language: Language) -> str:
    """Return the text of a notification; a missing field shows as …, so that a wrong text never stops a
    notification."""
    column = 0 if language == "id" else 1
    template = TEXTS.get(kind)
    if template is None:
        return str(body.get(language) or body.get("id") or kind)
    words = {"seen": _seen(kind, body, language), **_in_words(body, language)}
    return template[column].format_map(_Fields(words)).strip()


def grouped(first: str, others: Mapping[str, int], language: Language) -> str:
    """Return a message of several notifications: the first, and how many more of what. `others`: labels to counts."""
    column = 0 if language == "id" else 1
    ranked = sorted(others.items(), key=lambda one: (-one[1], one[0]))
    shown = [f"{label} {count}×" for label, count in ranked[:_SHOWN_KINDS]]
    if len(ranked) > _SHOWN_KINDS:
        shown.append("…")
    return _AND_MORE[column].format(first=first, more=sum(others.values()), list=", ".join(shown))


def label(body: Mapping[str, Any], language: Language) -> str:
    """Return what a notification is about, in a word or two."""
    words = _in_words(body, language)
    return f"{words.get('category', '…')} ({words.get('area', '…')})"


def _seen(kind: str, body: Mapping[str, Any], language: Language) -> str:
    """Return who confirmed or disputed the work."""
    witness, grade = body.get("witness"), _GRADES.get(kind)
    if grade is None or not isinstance(witness, str):
        return _UNNAMED.get(kind, ("", ""))[0 if language == "id" else 1]
    return grade_texts.sentence(grade, language, witness=witness, witness_name=body.get("witness_name"))


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _in_words(body: Mapping[str, Any], language: Language) -> dict[str, Any]:
    column = 0 if language == "id" else 1
    words = dict(body)
    category = CATEGORIES.get(str(body.get("category")))
    if category is not None:
        words["category"] = category.name(language)
    if "step" in body:
        words["step"] = _STEPS.get(str(body["step"]), (body["step"],) * 2)[column]
    if "due" in body:
        words["due"] = _moment(str(body["due"]), str(body.get("zone", "")), language)
    if "area" in body:
        words["area"] = body["area"] or _NOWHERE[column]
    if "agency" in body:
        words["agency"] = body["agency"] or ("dinas terkait", "the agency in charge")[column]
    return words


def _moment(written: str, zone: str, language: Language) -> str:
    """Return a time as people of the city read it, with its day; as it was written where it is no time."""
    try:
        local = datetime.fromisoformat(written).astimezone(ZoneInfo(zone) if zone else UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return written
    name = local.strftime("%Z")
    return {
        "id": f"{local.day}/{local.month} pukul {local:%H.%M} {name}",
        "en": f"{local.day} {local:%b} {local:%H:%M} {name}",
    }[language]
