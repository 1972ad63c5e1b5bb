"""Writes a policy as sentences, in Indonesian and English, so that people can confirm what they decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from siaga_cloud.city.service.policy_file import DAYS, CalendarTable, DeadlineTable, PolicyFile, RuleTable
from siaga_cloud.platform.language import Language
from siaga_core.hazards import all_categories

_DAY_NAMES: Final[dict[Language, Sequence[str]]] = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SEVERITIES: Final[dict[Language, dict[str, str]]] = {
    "id": {"minor": "ringan", "moderate": "sedang", "severe": "berat"},
    "en": {"minor": "minor", "moderate": "moderate", "severe": "severe"},
}
_ACTIONS: Final[dict[Language, dict[str, str]]] = {
    "id": {"task": "menjadi tugas", "review": "diperiksa operator", "ignore": "tidak ditindaklanjuti"},
    "en": {"task": "becomes a task", "review": "goes to an operator for review", "ignore": "is not acted on"},
}
_OR: Final[dict[Language, str]] = {"id": " atau ", "en": " or "}


def policy_sentences(
    policy: PolicyFile, agencies: Iterable[tuple[str, Collection[str]]], language: Language
) -> list[str]:
    """Return the rules in their order, the deadlines, the office hours and who is responsible.

    `agencies` are their names with the categories that they are responsible for everywhere.
    """
    lines = [_rule(one, language) for one in policy.rule]
    lines += [_deadline(one, language) for one in policy.deadline]
    lines += [_calendar(policy.calendar, language)] if policy.calendar else []
    return lines + [_agency(name, categories, language) for name, categories in agencies if categories]


def _categories(ids: Iterable[str], language: Language) -> str:
    names = {one.id: one.name.in_language(language) for one in all_categories()}
    return ", ".join(_within_sentence(names.get(one, one)) for one in ids)


def _within_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]


def _subject(categories: Sequence[str], severities: Sequence[str], language: Language) -> str:
    anything = {"id": "apa pun", "en": "any kind"}[language]
    what = _categories(categories, language) or anything
    severity = _OR[language].join(_SEVERITIES[language][one] for one in severities)
    return f"{what} ({severity})" if severity else what


def _rule(rule: RuleTable, language: Language) -> str:
    subject = _subject(rule.categories, rule.severities, language)
    percent = f"{rule.confidence_from * 100:g} %"
    action = _ACTIONS[language][rule.action]
    priority = {"id": f" prioritas {rule.priority}", "en": f" of priority {rule.priority}"}[language]
    action += priority if rule.priority else ""
    when = _when(rule, language)
    return {
        "id": f"Kejadian {subject} dengan keyakinan mulai {percent}{when} {action}.",
        "en": f"An incident of {subject} with a confidence of {percent} or more{when} {action}.",
    }[language]


def _when(rule: RuleTable, language: Language) -> str:
    days = ", ".join(_DAY_NAMES[language][DAYS.index(day)] for day in rule.days)
    parts = [{"id": f"pada {days}", "en": f"on {days}"}[language]] if days else []
    if (rule.from_hour, rule.until_hour) != ("00:00", "24:00"):
        hours = {"id": f"pukul {rule.from_hour} sampai {rule.until_hour}",
                 "en": f"between {rule.from_hour} and {rule.until_hour}"}  # fmt: skip
        parts.append(hours[language])
    return "".join(f" {one}" for one in parts)


def _deadline(deadline: DeadlineTable, language: Language) -> str:
    subject = _subject(deadline.categories, deadline.severities, language)
    steps = (deadline.acknowledge_hours, deadline.first_action_hours, deadline.resolve_hours)
    first, second, third = (_hours(one, language, working=deadline.hours == "working") for one in steps)
    return {
        "id": f"Tugas {subject}: diterima dalam {first}, mulai dikerjakan dalam {second} dan selesai dalam {third}.",
        "en": f"A task of {subject} is acknowledged within {first}, begun within {second} and resolved within {third}.",
    }[language]


def _hours(hours: float, language: Language, *, working: bool) -> str:
    noun = {"id": "jam", "en": "hour" if hours == 1 else "hours"}[language]
    kinds = {"id": f"{noun} kerja", "en": f"working {noun}"}
    return f"{hours:g} {kinds[language] if working else noun}"


def _calendar(calendar: CalendarTable, language: Language) -> str:
    held = [(day, getattr(calendar, day)) for day in DAYS if getattr(calendar, day)]
    days = ", ".join(f"{_DAY_NAMES[language][DAYS.index(day)]} {hours[0]}-{hours[1]}" for day, hours in held)
    return {
        "id": f"Kantor buka {days} menurut zona waktu {calendar.zone}.",
        "en": f"The offices are open {days} in the time zone {calendar.zone}.",
    }[language]


def _agency(name: str, categories: Collection[str], language: Language) -> str:
    what = _categories(sorted(categories), language)
    return {
        "id": f"{name} bertanggung jawab atas {what}.",
        "en": f"{name} is responsible for {what}.",
    }[language]
