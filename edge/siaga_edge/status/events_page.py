"""The page with events and their clips: apart from the status page, which renews itself and would stop a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final, Literal
from uuid import UUID

from siaga_core.hazards import find_hazard
from siaga_edge.camera.clips.clip_folder import StoredClip
from siaga_edge.status.recent_events import EventLine
from siaga_edge.status.texts import WORDS

PATH: Final = "/events"
CLIPS: Final = "/clips"
Language = Literal["id", "en"]


def events_link(events: Sequence[EventLine], clips: Sequence[StoredClip], language: Language) -> str:
    """The section of the status page that leads to events and clips; nothing where there are none."""
    if not events and not clips:
        return ""
    words = WORDS[language]
    text = f"{words['events']} ({len(events)}) · {words['clips']} ({len(clips)})"
    return f'<section><p><a href="{PATH}?lang={language}">{escape(text)}</a></p></section>'


def events_page(node: str, events: Sequence[EventLine], clips: Sequence[StoredClip], language: Language) -> str:
    """Render the page as HTML: the events since the start, then clips of events before it."""
    words = WORDS[language]
    other = "en" if language == "id" else "id"
    by_event: dict[UUID, list[StoredClip]] = {}
    for clip in clips:
        by_event.setdefault(clip.event_id, []).append(clip)
    listed = "".join(_event(event, by_event.pop(event.event_id, []), language) for event in events)
    earlier = "".join(_earlier(found, language) for found in by_event.values())
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["events"]} · {escape(node)} · Siaga</title><style>{_STYLE}</style></head>
<body><header><h1>{words["events"]}</h1><p><a href="/?lang={language}">{escape(node)}</a> ·
<a href="{PATH}?lang={other}" hreflang="{other}" lang="{other}">{WORDS[other]["language"]}</a></p>
<p>{words["clips_redacted"]}</p></header><main>{listed}{earlier or ("" if listed else f"<p>{words['no_event']}</p>")}
</main></body></html>
"""


def _event(event: EventLine, clips: Sequence[StoredClip], language: Language) -> str:
    words = WORDS[language]
    where = f"{event.source_id}{' / ' + event.zone if event.zone else ''}"
    end = f"{words['ended']} {_time(event.ended_at)}" if event.ended_at else words["goes_on"]
    text = f"{_name(event.hazard, language)} – {where} – {words['began']} {_time(event.began_at)} – {end}"
    return _section(text, clips, words)


def _earlier(clips: Sequence[StoredClip], language: Language) -> str:
    text = f"{_name(clips[0].hazard, language)} – {clips[0].camera_id} – {_time(clips[0].at)}"
    return _section(text, clips, WORDS[language])


def _section(text: str, clips: Sequence[StoredClip], words: Mapping[str, str]) -> str:
    shown = "".join(_clip(clip, words) for clip in sorted(clips, key=lambda clip: clip.moment))
    return f"<section><h2>{escape(text)}</h2>{shown}</section>"


def _clip(clip: StoredClip, words: Mapping[str, str]) -> str:
    text = escape(f"{words[clip.moment]}, {_time(clip.at)}")
    return (
        f'<figure><video src="{CLIPS}/{escape(clip.name)}" controls muted playsinline preload="metadata"'
        f' aria-label="{text}"></video><figcaption>{text}</figcaption></figure>'
    )


def _name(hazard_id: str, language: Language) -> str:
    known = find_hazard(hazard_id)
    return known.name.in_language(language) if known is not None else str(hazard_id)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1rem;margin:1rem 0 .3rem}header p{margin:.2rem 0}
section{border-top:1px solid #8884}figure{display:inline-block;margin:0 .6rem .6rem 0;width:min(100%,20rem)}
video{width:100%;border-radius:.5rem}figcaption{font-size:.85rem}
"""
