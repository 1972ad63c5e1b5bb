"""Serves the page /api, which lists every API and standard of this server with examples that the tests execute."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siaga_cloud.platform.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Represents one API. `examples` are paths to request below the server's address."""

    name: str
    path: str
    indonesian: str
    english: str
    examples: tuple[str, ...]


ENTRIES: Final[Sequence[Entry]] = (
    Entry(
        name="Siaga API (OpenAPI 3.1)",
        path="/api/v1/openapi.json",
        indonesian="Semua data kota: pos duga air, kejadian, tugas, peringatan, prakiraan. Galat memakai RFC 9457.",
        english="All of the city: gauges, incidents, tasks, alerts, forecasts. Errors are RFC 9457 problem documents.",
        examples=(
            "/api/v1/openapi.json", "/api/v1/gauges", "/api/v1/gauges/manggarai/readings?limit=10", "/api/v1/alerts",
        ),
    ),
    Entry(
        name="CSV, GeoJSON",
        path="/api/v1/open-data",
        indonesian="Data terbuka sebagai tabel dan peta: daftar himpunan data, kolomnya, dan alamatnya.",
        english="Open data as tables and maps: the datasets, their columns and addresses.",
        examples=(
            "/api/v1/open-data?lang=en", "/api/v1/open-data/gauges.csv",
            "/api/v1/open-data/incidents.geojson?limit=100",
            "/api/v1/flood-states.geojson", "/api/v1/figures/areas?level=city&format=csv",
        ),
    ),
    Entry(
        name="Open311 GeoReport v2",
        path="/open311/v2",
        indonesian="Mengirim dan membaca laporan warga (XML dan JSON). Mengirim memerlukan api_key.",
        english="Citizens' requests, sent and read, in XML and JSON. Sending needs an api_key.",
        examples=(
            "/open311/v2/discovery.xml", "/open311/v2/services.json?lang=en", "/open311/v2/requests.json?status=open",
        ),
    ),
    Entry(
        name="OGC SensorThings 1.1",
        path="/sta/v1.1",
        indonesian="Tinggi muka air sebagai Things, Datastreams, dan Observations; juga lewat MQTT bila dinyalakan.",
        english="Water levels as Things, Datastreams and Observations; by MQTT, too, where it is switched on.",
        examples=(
            "/sta/v1.1",
            "/sta/v1.1/Things?$top=3&$expand=Locations,Datastreams($select=name,unitOfMeasurement)",
            "/sta/v1.1/Datastreams('manggarai.level')/Observations?$orderby=phenomenonTime%20desc&$top=5",
            "/sta/v1.1/Things?$filter=substringof('Manggarai',name)&$count=true",
        ),
    ),
    Entry(
        name="CAP 1.2, Atom",
        path="/cap/v1/feed.xml",
        indonesian="Peringatan banjir untuk lembaga penyiar dan agregator, dalam bahasa Indonesia dan Inggris.",
        english="Flood alerts for broadcasters and aggregators, in Indonesian and English.",
        examples=("/cap/v1/feed.xml?lang=en",),
    ),
    Entry(
        name="NGSI-LD (FIWARE FloodMonitoring, Alert)",
        path="/ngsi-ld/v1",
        indonesian="Model data cerdas FIWARE, hanya dibaca. Tinggi muka air dalam meter.",
        english="FIWARE's Smart Data Models, to read. Levels are in metres.",
        examples=(
            "/ngsi-ld/v1/types", "/ngsi-ld/v1/entities?type=FloodMonitoring&options=keyValues&limit=2",
            "/ngsi-ld/v1/entities/urn:ngsi-ld:FloodMonitoring:siaga:manggarai", "/ngsi-ld/v1/entities?type=Alert",
        ),
    ),
    Entry(
        name="Waze CIFS, DATEX II, GTFS-Realtime",
        path="/roads/v1",
        indonesian="Jalan yang terlihat tergenang oleh kamera, untuk aplikasi navigasi dan angkutan umum.",
        english="Roads that a camera sees under water, for navigation and public transport.",
        examples=("/roads/v1/cifs.json", "/roads/v1/datex.xml"),
    ),
    Entry(
        name="Delft-FEWS PI-XML",
        path="/fews/v1",
        indonesian="Tinggi muka air untuk sistem peringatan dini hidrologi.",
        english="Water levels for hydrological forecasting systems.",
        examples=("/fews/v1/timeseries.xml?locationIds=manggarai&locationIds=karet",),
    ),
    Entry(
        name="Widget",
        path="/embed/map",
        indonesian="Peta, satu pos duga air, atau satu wilayah untuk ditanam di halaman lain dengan iframe.",
        english="A map, one gauge or one area for other pages, in an iframe.",
        examples=("/embed/map?lang=en", "/embed/gauge?id=manggarai", "/embed/area?id=31.74.01.manggarai&lang=en"),
    ),
    Entry(
        name="Webhooks",
        path="/api/v1/admin/webhooks",
        indonesian="Kejadian, tugas, dan status siaga dikirim bertanda tangan (HMAC) ke sistem yang didaftarkan admin.",
        english="Incidents, tasks and stages, sent with an HMAC signature to systems that administrators subscribe.",
        examples=(),
    ),
)  # fmt: skip
_TITLES: Final = {"id": "API dan standar terbuka", "en": "APIs and open standards"}
_ABOUT: Final = {
    "id": "Semua yang di sini terbuka tanpa mendaftar, kecuali disebut lain. Tidak ada data pribadi di dalamnya.",
    "en": "All of this is open without signing up, unless it says otherwise. There is no personal data in it.",
}
_OTHER: Final = {"id": ("en", "English"), "en": ("id", "Bahasa Indonesia")}
_EMBED: Final = {"id": "Menanam widget di halaman Anda", "en": "A widget in your page"}


def page(language: Language, public_url: str) -> str:
    """Render the complete page in a language."""
    other, other_name = _OTHER[language]
    entries = "\n".join(_entry(one, language, public_url) for one in ENTRIES)
    frame = f'<iframe src="{public_url}/embed/gauge?id=manggarai&lang={language}" width="360" height="300"></iframe>'
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_TITLES[language]} – Siaga</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/standards.css">
</head>
<body>
<header><a href="/">Siaga</a> <a href="/api?lang={other}" hreflang="{other}" lang="{other}">{other_name}</a></header>
<main>
<h1>{_TITLES[language]}</h1>
<p>{_ABOUT[language]}</p>
{entries}
<section><h2>{_EMBED[language]}</h2><pre><code>{html.escape(frame)}</code></pre></section>
</main>
</body>
</html>
"""


def commands(entry: Entry, address: str) -> list[str]:
    """Return the examples as commands."""
    return [f"curl -fsS '{address}{quoted(example)}'" for example in entry.examples]


def quoted(example: str) -> str:
    """Within the single quotes of a shell."""
    return example.replace("'", "%27").replace("(", "%28").replace(")", "%29")


def _entry(one: Entry, language: Language, public_url: str) -> str:
    about = one.indonesian if language == "id" else one.english
    lines = "".join(
        f'<li><a href="{html.escape(quoted(example))}">{html.escape(example)}</a>'
        f"<pre><code>{html.escape(command)}</code></pre></li>"
        for example, command in zip(one.examples, commands(one, public_url), strict=True)
    )
    return (
        f"<section><h2>{html.escape(one.name)}</h2><p>{html.escape(about)}</p><p><code>{html.escape(one.path)}</code></p>"
        f"<ul>{lines}</ul></section>"
    )
