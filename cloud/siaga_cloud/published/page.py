"""Renders the front page for browsers without scripts: plain HTML that needs nothing but itself and one style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from html import escape
from typing import Final

from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.incidents.api.models import Incident
from siaga_cloud.platform.language import Language
from siaga_cloud.published import names, reading
from siaga_cloud.published.models import CityState, FloodStateEvidence, PublishedAlert
from siaga_cloud.published.stamp import VALID_FOR
from siaga_cloud.published.texts import MONTHS, TEXTS
from siaga_core import hazards

_RELOAD_SECONDS: Final = 60
_OTHER: Final[Mapping[Language, Language]] = {"id": "en", "en": "id"}
_UNSURE: Final = ("unverified", "possible")


def render(state: CityState, language: Language) -> str:
    """Return the page in one language; every text from people or files is escaped."""
    return _Page(state, language).whole()


class _Page:
    """Renders one page in one language."""

    def __init__(self, state: CityState, language: Language) -> None:
        self._state, self._language, self._texts = state, language, TEXTS[language]

    def whole(self) -> str:
        """Return the document."""
        title, other = self._text("title"), _OTHER[self._language]
        at = _moment(self._state.at, self._state.zone, self._language, with_seconds=True)
        body = "".join((self._alerts(), self._gauges(), self._floods(), self._incidents()))
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta http-equiv="refresh" content="{_RELOAD_SECONDS}"><title>{title}</title>'
            '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
            '<link rel="stylesheet" href="/static/published.css"></head><body>'
            f'<header><strong>Siaga</strong><nav><a href="/state/{names.PAGES[other]}" lang="{other}">'
            f'{self._text("other")}</a> <a href="/">{self._text("whole")}</a></nav></header>'
            f"<main><h1>{title}</h1><p><strong>{self._text('as_of', time=at)}</strong></p>"
            f"<p>{self._text('old', minutes=int(VALID_FOR.total_seconds() // 60))}</p>{body}</main></body></html>\n"
        )

    def _alerts(self) -> str:
        alerts = self._state.alerts
        now = reading.now_of(self._state)
        counted = self._text("alert_count", n=now.alert_count, unconfirmed=now.unconfirmed_alert_count)
        items = [self._alert(one) for one in now.alerts]
        return self._section("alerts", f"<p>{counted}</p>{''.join(items)}" if alerts else self._none("no_alerts"))

    def _alert(self, one: PublishedAlert) -> str:
        is_english = self._language == "en"
        headline, text = (one.headline_en, one.text_en) if is_english else (one.headline, one.text)
        rest = text[len(headline) :].lstrip(" .\n") if text.startswith(headline) else text
        lines = "<br>".join(escape(line) for line in rest.splitlines() if line.strip())
        return f'<article class="{escape(one.level)}"><h3>{escape(headline)}</h3><p>{lines}</p></article>'

    def _gauges(self) -> str:
        gauges = sorted(self._state.gauges, key=lambda one: (one.stage or 5, one.name))
        if not gauges:
            return self._section("gauges", self._none("no_gauges"))
        unknown = sum(one.stage is None for one in gauges)
        counted = f"<p>{self._text('unknown_count', n=unknown, all=len(gauges))}</p>" if unknown else ""
        heads = "".join(f"<th>{self._text(name)}</th>" for name in ("gauge", "stage", "level", "measured"))
        rows = "".join(map(self._gauge, gauges))
        return self._section("gauges", f"{counted}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")

    def _gauge(self, one: Gauge) -> str:
        name = one.name_en if self._language == "en" and one.name_en else one.name
        level = "–" if one.level_cm is None else f"{one.level_cm:.0f} cm"
        if one.level_cm is None and one.last_level_cm is not None and one.last_known_at is not None:
            level = self._text("was", cm=f"{one.last_level_cm:.0f}", time=self._time(one.last_known_at))
        stage = self._text(f"stage_{one.stage}" if one.stage else "unknown")
        measured = "–" if one.stage is None or one.measured_at is None else self._time(one.measured_at)
        return (
            f'<tr class="stage-{one.stage or 0}" data-gauge="{escape(one.id)}"><th scope="row">{escape(name)}</th>'
            f"<td>{stage}</td><td>{level}</td><td>{measured}</td></tr>"
        )

    def _floods(self) -> str:
        flooded = [one for one in self._state.flood_states if one.state != "none"]
        return self._section("floods", self._list(map(self._flood, flooded)) if flooded else self._none("no_floods"))

    def _flood(self, one: FloodStateEvidence) -> str:
        return f"{escape(one.area_name)}: {self._text(one.state)}{self._doubt(one.certainty)}"

    def _incidents(self) -> str:
        now = reading.now_of(self._state)
        counted = f"<p>{self._text('incident_count', n=now.incident_count)}</p>"
        items = self._list(map(self._incident, now.incidents))
        return self._section("incidents", counted + items if now.incidents else self._none("no_incidents"))

    def _incident(self, one: Incident) -> str:
        found = hazards.find_hazard(one.category)
        name = found.name.in_language(self._language) if found else one.category
        place = f", {escape(one.area_name)}" if one.area_name else ""
        return (
            f"{escape(name)}{place}, {self._text('began', time=self._time(one.began_at))}{self._doubt(one.certainty)}"
        )

    def _doubt(self, certainty: str) -> str:
        return f" ({self._text(certainty)})" if certainty in _UNSURE else ""

    def _section(self, name: str, inside: str) -> str:
        return f'<section id="{name}"><h2>{self._text(name)}</h2>{inside}</section>'

    def _none(self, name: str) -> str:
        return f"<p>{self._text(name)}</p>"

    def _list(self, items: Iterable[str]) -> str:
        return f"<ul>{''.join(f'<li>{one}</li>' for one in items)}</ul>"

    def _text(self, name: str, **values: object) -> str:
        return self._texts[name].format(**values)

    def _time(self, at: datetime) -> str:
        return _moment(at, self._state.zone, self._language)


def _moment(at: datetime, zone: tzinfo, language: Language, *, with_seconds: bool = False) -> str:
    here = at.astimezone(zone)
    clock = here.strftime("%H:%M:%S" if with_seconds else "%H:%M")
    return f"{here.day} {MONTHS[language][here.month - 1]} {here.year} {clock} {here.tzname() or ''}".rstrip()
