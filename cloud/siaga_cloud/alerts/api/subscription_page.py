"""Serves the page behind the link of a message, which shows a subscription and has a button to confirm or end it. The
page uses no scripts.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Final

from siaga_cloud.alerts.store.subscriptions import SubscriptionRow

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "title": "Peringatan banjir",
        "pending": "Tekan tombol ini supaya kami mulai mengirim kabar banjir.",
        "active": "Peringatan banjir aktif.",
        "confirm": "Ya, kirim kabar banjir",
        "end": "Berhenti dan hapus alamat saya",
        "ended": "Sudah berhenti. Alamat Anda sudah kami hapus.",
        "places": "Wilayah dan alat ukur",
        "gone": "Langganan ini tidak ada (lagi).",
    },
    "en": {
        "title": "Flood alerts",
        "pending": "Press this button, and we begin to send flood alerts.",
        "active": "Flood alerts are on.",
        "confirm": "Yes, send flood alerts",
        "end": "Stop and forget my address",
        "ended": "Stopped. We have forgotten your address.",
        "places": "Areas and gauges",
        "gone": "There is no such subscription (any more).",
    },
}


def page_of(held: SubscriptionRow, secret: str, names: Sequence[str]) -> str:
    """Return a subscription with its buttons. `names`: of its areas and gauges."""
    words = _WORDS[held.language]
    places = "; ".join(names)
    action = f"/api/v1/subscriptions/{html.escape(secret, quote=True)}"
    is_open = held.confirmed_at is None and held.channel == "email"
    lines = [f"<p>{words['active' if held.confirmed_at else 'pending']}</p>"]
    if is_open:
        lines.append(_button(f"{action}/confirm", words["confirm"], "main"))
    lines.append(f"<p>{words['places']}: {html.escape(places)}</p>")
    lines.append(_button(f"{action}/unsubscribe", words["end"]))
    return _page(held.language, words["title"], "\n".join(lines))


def ended_page(language: str) -> str:
    """Render the page that confirms the end of a subscription."""
    words = _WORDS[language]
    return _page(language, words["title"], f"<p>{words['ended']}</p>")


def gone_page(language: str) -> str:
    """Render the page for a subscription that does not exist."""
    words = _WORDS[language]
    return _page(language, words["title"], f"<p>{words['gone']}</p>")


def _button(action: str, label: str, kind: str = "") -> str:
    button = f'<button type="submit" class="{kind}">{html.escape(label)}</button>'
    return f'<form method="post" action="{action}">{button}</form>'


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{title}</title><link rel="stylesheet" href="/static/subscription.css"></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
