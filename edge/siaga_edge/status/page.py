"""The status page: plain HTML that renews itself, in Indonesian or English, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Literal

from siaga_core.hazards import hazard
from siaga_core.wire.messages import CameraHealth, GaugeHealth
from siaga_edge.status.events_page import events_link
from siaga_edge.status.figures import Snapshot
from siaga_edge.status.live_page import live_links
from siaga_edge.status.texts import WORDS, Texts

Language = Literal["id", "en"]
RENEW_SECONDS = 5
_BAD = ' class="bad"'


def language_of(requested: str, accepted: str) -> Language:
    """What was asked for in the address, else what the browser likes better, else Indonesian."""
    if requested in WORDS:
        return "en" if requested == "en" else "id"
    first = accepted.strip().lower()[:2]
    return "en" if first not in {"", "id", "ms", "jv", "su"} else "id"


def page(now: Snapshot, language: Language) -> str:
    """Render the whole page as HTML."""
    words = WORDS[language]
    other = "en" if language == "id" else "id"
    parts = [_problems(now, words), _tiles(now, words), _cameras(now, words), _gauges(now, words)]
    parts += [_refusals(now, words), _event(now, words, language)]
    parts += [events_link(now.events, now.clips, language), live_links(now.shown_cameras, language), _fleet(now, words)]
    parts += [_restart(now, words)]
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{RENEW_SECONDS}">
<title>{escape(now.node)} · Siaga</title><style>{_STYLE}</style></head>
<body><header><h1>{escape(now.node)}</h1><p>{now.at:%Y-%m-%d %H:%M:%S} UTC · {escape(now.health["software"])} ·
<a href="/?lang={other}" hreflang="{other}" lang="{other}">{WORDS[other]["language"]}</a> ·
<a href="/metrics">/metrics</a></p></header>
<main>{"".join(parts)}</main></body></html>
"""


def _problems(now: Snapshot, words: Texts) -> str:
    found = [] if now.is_linked else [words["no_broker"]]
    found += [f"{each.id}: {_unknown(each, now.at, words)}" for each in now.health["cameras"] if _is_lost(each)]
    found += [f"{each.id}: {_behind(each, words)}" for each in now.health["cameras"] if each.is_behind]
    found += [f"{each.id}: {_unknown(each, now.at, words)}" for each in now.health["gauges"] if each.unknown_since]
    evicted = now.health["outbox"].evicted
    found += [f"{evicted} {words['evicted']}"] if evicted else []
    broken = now.health["outbox"].broken
    found += [f"{broken} {words['broken']}"] if broken else []
    refused = now.refused.messages
    found += [f"{refused} {words['refused']}"] if refused else []
    if not found:
        return f'<p class="good">✓ {words["all_well"]}</p>'
    return f'<ul class="bad">{"".join(f"<li>⚠ {escape(text)}</li>" for text in found)}</ul>'


def _tiles(now: Snapshot, words: Texts) -> str:
    health, outbox = now.health, now.health["outbox"]
    oldest = _ago(outbox.oldest_at, now.at) if outbox.oldest_at else "–"
    tiles = [
        (words["broker"], words["connected"] if now.is_linked else words["away"], ""),
        (words["waiting"], str(outbox.waiting), f"{words['oldest']} {oldest} · {_bytes(outbox.bytes)}"),
        (words["disk_free"], _bytes(outbox.free_bytes), ""),
        (words["memory"], _bytes(health["rss_bytes"]), ""),
        (words["cpu"], _percent(health["cpu_share"]), ""),
        (words["temperature"], _number(health["temperature_c"], " °C"), ""),
        (words["uptime"], _span(health["uptime_seconds"]), ""),
    ]
    cells = (
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for name, value, more in tiles
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def _cameras(now: Snapshot, words: Texts) -> str:
    heads = (
        words["camera"],
        words["state"],
        "fps",
        words["looks"],
        words["wanted"],
        words["latency"],
        words["dropped"],
        words["again"],
    )
    rows = [
        (
            each.id,
            _state(each, now.at, words, works="sees"),
            _number(now.fps.get(each.id)),
            _number(now.inferred_per_second.get(each.id), "/s"),
            _wanted(each),
            _milliseconds(now.latency_seconds.get(each.id)),
            f"{each.dropped} / {each.dropped_looks}",
            str(each.reconnects),
        )
        for each in now.health["cameras"]
    ]
    bad = [bool(each.unknown_since) or each.is_behind for each in now.health["cameras"]]
    return _table(words["cameras"], heads, rows, bad=bad)


def _gauges(now: Snapshot, words: Texts) -> str:
    heads = (words["gauge"], words["state"], words["readings"], words["errors"], words["last"])
    rows = [
        (
            each.id,
            _state(each, now.at, words, works="reads"),
            str(each.readings),
            str(each.errors),
            _ago(each.last_reading_at, now.at) if each.last_reading_at else "–",
        )
        for each in now.health["gauges"]
    ]
    return _table(words["gauges"], heads, rows, bad=[bool(each.unknown_since) for each in now.health["gauges"]])


def _refusals(now: Snapshot, words: Texts) -> str:
    heads = (words["reason"], words["messages"], words["last"])
    rows = [(one.reason, str(one.messages), _ago(one.last_at, now.at)) for one in now.refused.lines]
    return _table(words["refused_messages"], heads, rows, bad=[True] * len(rows))


def _event(now: Snapshot, words: Texts, language: Language) -> str:
    draft, evidence = now.last.draft, now.last.evidence
    if draft is None:
        return f"<section><h2>{words['last_event']}</h2><p>{words['no_event']}</p></section>"
    where = f"{draft.source.id}{' / ' + draft.zone if draft.zone else ''}"
    name, state = hazard(draft.hazard).name.in_language(language), words.get(draft.state, str(draft.state))
    text = f"{name} – {where} – {state}, {_ago(draft.at, now.at)} {words['ago']}"
    image = ""
    if evidence is not None:
        alt = escape(words["redacted"])
        image = (
            f'<figure><img src="/last.jpg?{evidence.taken_at.timestamp():.0f}" alt="{alt}"'
            f' width="{evidence.width}" height="{evidence.height}">'
            f"<figcaption>{alt}, {evidence.taken_at:%Y-%m-%d %H:%M:%S} UTC</figcaption></figure>"
        )
    return f"<section><h2>{words['last_event']}</h2><p>{escape(text)}</p>{image}</section>"


def _fleet(now: Snapshot, words: Texts) -> str:
    running, trial = now.fleet.running, now.fleet.trial
    version = words["own_file"] if running.version == 0 else f"{running.version} ({(running.sha256 or '')[:12]})"
    lines = [f"{words['config']}: {version}{' – ' + words['on_trial'] if trial else ''}"]
    for model in now.health["models"]:
        lines.append(f"{model.role}: {model.name} ({model.sha256[:12]})")
        if model.shadow:
            shadow = model.shadow
            lines.append(
                f"{model.role} {words['shadow']} ({shadow.sha256[:12]}): {shadow.looks} {words['looks']}, "
                f"{shadow.agreed} = / {shadow.only_running} − / {shadow.only_shadow} + / {shadow.relabelled} ≠"
            )
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<section><h2>{words['configuration']}</h2><ul>{items}</ul></section>"


def _restart(now: Snapshot, words: Texts) -> str:
    if now.restart_token is None:
        return ""
    return (
        f'<section><form method="post" action="/restart"><input type="hidden" name="token" value="{now.restart_token}">'
        f"<button>{words['restart']}</button></form></section>"
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, bad: Sequence[bool]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f"<tr{_BAD if is_bad else ''}>"
        + "".join(f'<td data-head="{escape(name)}">{escape(text)}</td>' for name, text in zip(heads, row, strict=True))
        + "</tr>"
        for row, is_bad in zip(rows, bad, strict=True)
    )
    return f"<section><h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"


def _state(health: CameraHealth | GaugeHealth, at: datetime, words: Texts, *, works: str) -> str:
    if isinstance(health, CameraHealth) and health.is_behind:
        return words["behind"]
    if health.unknown_since:
        return _unknown(health, at, words)
    last_at = health.last_frame_at if isinstance(health, CameraHealth) else health.last_reading_at
    return words[works if last_at else "waits"]


def _unknown(health: CameraHealth | GaugeHealth, at: datetime, words: Texts) -> str:
    since = health.unknown_since
    return f"{words['unknown']} {_ago(since, at)}" if since else ""


def _is_lost(health: CameraHealth) -> bool:
    return bool(health.unknown_since) and not health.is_behind


def _behind(health: CameraHealth, words: Texts) -> str:
    return f"{words['behind_problem']} ({words['wanted']}: {_wanted(health)})"


def _wanted(health: CameraHealth) -> str:
    """Looks a second: how many there were of how many that were wanted."""
    if health.looks_per_second is None or health.looks_wanted_per_second is None:
        return "–"
    return f"{health.looks_per_second:.1f} / {health.looks_wanted_per_second:.1f}/s"


def _ago(since: datetime | None, at: datetime) -> str:
    return "–" if since is None else _span((at - since).total_seconds())


def _span(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    return f"{whole // 3600} h" if whole < 172_800 else f"{whole // 86_400} d"


def _bytes(count: int | None) -> str:
    if count is None:
        return "–"
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _number(value: float | None, unit: str = "") -> str:
    return "–" if value is None else f"{value:.1f}{unit}"


def _milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


_STYLE = """
:root{color-scheme:light dark;--line:#8884;--bad:#b3261e;--good:#1b6e3c}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7ddc9f}}
body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.4rem 0 .4rem}header p{margin:.2rem 0 1rem}
.good{color:var(--good);font-weight:600}ul.bad{color:var(--bad);font-weight:600;list-style:none;padding:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.6rem;margin:0}
.tiles div{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .7rem}
dt{font-size:.85rem}
dd{margin:0;font-size:1.25rem;font-weight:600}dd small{display:block;font-size:.8rem;font-weight:400}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
tr.bad td{color:var(--bad)}img{max-width:100%;height:auto;border-radius:.5rem}figure{margin:.5rem 0}
figcaption{font-size:.85rem}
@media(max-width:40rem){thead{display:none}tr{display:block;border-bottom:2px solid var(--line);padding:.4rem 0}
td{display:flex;justify-content:space-between;border:0;padding:.15rem 0}td::before{content:attr(data-head);opacity:.75}
td:first-child{font-weight:600}}
"""
