"""The page with the clips of events: apart from the status page, which renews itself and would stop a clip."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, Literal

from siaga_core.hazards import find_hazard
from siaga_edge.camera.clips.clip_folder import StoredClip
from siaga_edge.status.texts import WORDS

PATH: Final = "/clips"
Language = Literal["id", "en"]


def clips_link(clips: Sequence[StoredClip], language: Language) -> str:
    """The section of the status page that leads to the clips; nothing where there are none."""
    if not clips:
        return ""
    words = WORDS[language]
    text = f"{words['clips']} ({len(clips)}) · {clips[0].at:%Y-%m-%d %H:%M:%S} UTC"
    return f'<section><p><a href="{PATH}?lang={language}">{escape(text)}</a></p></section>'


def clips_page(node: str, clips: Sequence[StoredClip], language: Language) -> str:
    """Render the page of clips as HTML."""
    words = WORDS[language]
    other = "en" if language == "id" else "id"
    shown = "".join(_clip(clip, language) for clip in clips) or f"<p>{words['no_clips']}</p>"
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["clips"]} · {escape(node)} · Siaga</title><style>{_STYLE}</style></head>
<body><header><h1>{words["clips"]}</h1><p><a href="/?lang={language}">{escape(node)}</a> ·
<a href="{PATH}?lang={other}" hreflang="{other}" lang="{other}">{WORDS[other]["language"]}</a></p>
<p>{words["clips_redacted"]}</p></header><main>{shown}</main></body></html>
"""


def _clip(clip: StoredClip, language: Language) -> str:
    words, known = WORDS[language], find_hazard(clip.hazard)
    name = known.name.in_language(language) if known is not None else clip.hazard
    text = escape(f"{name} – {clip.camera_id} – {words[clip.moment]}, {clip.at:%Y-%m-%d %H:%M:%S} UTC")
    return (
        f'<figure><video src="{PATH}/{escape(clip.name)}" controls muted playsinline preload="metadata"'
        f' aria-label="{text}"></video><figcaption>{text}</figcaption></figure>'
    )


_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.5rem;margin:0}header p{margin:.2rem 0}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:1rem;margin-top:1rem}
figure{margin:0}video{width:100%;border-radius:.5rem}figcaption{font-size:.85rem}
"""
