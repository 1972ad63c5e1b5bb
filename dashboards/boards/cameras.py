"""Cameras: a wall of pictures. Nine cameras with their last snapshot, those that do not see first, and since when."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, statetimeline, text

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.fields import Sql
from dashboards.boards.filters import in_area
from dashboards.boards.maps import MAP_FILES
from dashboards.boards.parts import PanelFactory
from dashboards.boards.sentences.cameras import CAMERA_COLOURS, camera_sentence
from dashboards.boards.words import DARK, PURPLE, Text

FRAME = Frame(
    slug="cameras", title=Text("Kamera", "Cameras"), folder=FOLDER_CITY, since="now-24h", refresh="1m", area=True,
    is_screen=True,
)  # fmt: skip
SNAPSHOTS: Final = 9
ROWS: Final = 6
_BLIND: Final = Text("TIDAK MELIHAT", "BLIND")
_NO_SNAPSHOT: Final = Text("belum ada gambar", "no snapshot yet")


def cameras(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the wall of snapshots."""
    made = board(factory, FRAME)
    for place in range(1, SNAPSHOTS + 1):
        # Each follows from the chosen camera, so that a name never stands above the snapshot of another.
        made.with_variable(factory.hidden(f"camera{place}", _camera(factory, place - 1)))
        made.with_variable(factory.hidden(f"caption{place}", _caption(factory, place)))
        made.with_variable(factory.hidden(f"colour{place}", _colour(place)))
        made.with_variable(factory.hidden(f"snapshot{place}", _address(factory, place)))
    made.with_panel(
        factory.strip(
            camera_sentence(factory), CAMERA_COLOURS, link=place_of("cameras-detail", factory),
            about=Text("Berapa kamera tidak melihat, dari semua kamera. Ungu: di sana tidak ada kabar. Tekan untuk rinciannya.",
                       "How many cameras do not see, of all. Purple: nothing is known there. Press for the details."),
        )
    )  # fmt: skip
    for place in range(1, SNAPSHOTS + 1):
        made.with_panel(_snapshot(factory, place))
    return made.with_panel(timeline(factory, in_area(), size=(24, 5), rows=ROWS))


def _camera(factory: PanelFactory, offset: int) -> str:
    # Those that do not see, the longest first; the others alternate every five minutes, so that each has its turn.
    return f"""
        SELECT name AS __text, camera_id AS __value FROM dashboards.camera_now WHERE {in_area()}
        ORDER BY state = 'sees', state, unknown_seconds DESC NULLS LAST, md5(camera_id || floor(extract(epoch FROM now()) / 300)), camera_id
        LIMIT 1 OFFSET {offset}"""


def _caption(factory: PanelFactory, place: int) -> str:
    blind, none = factory.translate(_BLIND), factory.translate(_NO_SNAPSHOT)
    return f"""
        SELECT text AS __text, text AS __value FROM (SELECT name
            || CASE WHEN state = 'sees' THEN '' ELSE ' · {blind}' || coalesce(' ' || {factory.duration("unknown_seconds")}, '') END
            || ' · ' || coalesce(to_char(taken_at AT TIME ZONE '{words.CITY_ZONE}', 'DD/MM HH24:MI'), '{none}') AS text
            FROM dashboards.camera_snapshot_now WHERE camera_id = ${{camera{place}:sqlstring}}
            UNION ALL SELECT '–' WHERE NOT EXISTS (SELECT FROM dashboards.camera_now WHERE camera_id = ${{camera{place}:sqlstring}})) AS one"""


def _colour(place: int) -> str:
    return f"""
        SELECT text AS __text, text AS __value FROM (SELECT CASE WHEN EXISTS (SELECT FROM dashboards.camera_now
            WHERE camera_id = ${{camera{place}:sqlstring}} AND state <> 'sees') THEN '{PURPLE}' ELSE '{DARK}' END AS text) AS one"""


def _address(factory: PanelFactory, place: int) -> str:
    # Each image has an address of its own, so a browser fetches the next one; Grafana drops what does not begin with http or /.
    return f"""
        SELECT text AS __text, text AS __value FROM (SELECT coalesce((SELECT '${{siaga}}/api/v1/media/' || media_id
            FROM dashboards.camera_snapshot_now WHERE camera_id = ${{camera{place}:sqlstring}} AND media_id IS NOT NULL),
            '/{MAP_FILES}/no-snapshot-{factory.language}.svg') AS text) AS one"""


def _snapshot(factory: PanelFactory, place: int) -> text.Panel:
    content = (
        f'<a href="${{siaga}}/control?camera=${{camera{place}}}"><div style="background-color:${{colour{place}}};color:#ffffff;'
        f'font-size:15px;height:26px;width:100%">${{caption{place}}}</div>'
        f'<img src="${{snapshot{place}}}" style="width:100%;height:100%"></a>'
    )
    return factory.note(
        content, size=(8, 7),
        about=Text("Gambar terakhir yang boleh diperlihatkan (wajah dan pelat disamarkan) dengan waktunya. Ungu: kamera ini kini tidak melihat. Tekan untuk siaran langsung.",
                   "The last snapshot that may be shown (faces and plates made unrecognisable) with its time. Purple: this camera does not see at present. Press for the live view."),
    )  # fmt: skip


def timeline(factory: PanelFactory, condition: str, *, size: tuple[int, int], rows: int) -> statetimeline.Panel:
    """When the cameras that were blind for longest did not see, up to now."""
    sql = f"""
        WITH span AS (SELECT one.camera_id, one.name, one.began_at, one.ended_at, one.is_open FROM dashboards.camera_unknown AS one
            WHERE began_at < least(now(), $__timeTo()::timestamptz) AND ended_at > $__timeFrom() AND {condition}),
        shown AS (SELECT camera_id, name, row_number() OVER (ORDER BY sum(ended_at - began_at) DESC, name) AS row FROM span
            GROUP BY 1, 2 ORDER BY row LIMIT {rows})
        SELECT time, metric, value FROM (
            SELECT $__timeFrom()::timestamptz AS time, name AS metric, 1 AS value, 0 AS place, row FROM shown
            UNION ALL SELECT greatest(began_at, $__timeFrom()::timestamptz), span.name, 0, 1, row FROM span JOIN shown USING (camera_id)
            UNION ALL SELECT ended_at, span.name, 1, 2, row FROM span JOIN shown USING (camera_id)
            WHERE NOT is_open AND ended_at < least(now(), $__timeTo()::timestamptz)
            UNION ALL SELECT greatest(now_of.unknown_since, $__timeFrom()::timestamptz), shown.name, 0, 3, row
            FROM shown JOIN dashboards.camera_now AS now_of USING (camera_id) WHERE now_of.unknown_since IS NOT NULL
            UNION ALL SELECT least(now(), $__timeTo()::timestamptz), shown.name, (now_of.state = 'sees')::integer, 4, row
            FROM shown JOIN dashboards.camera_now AS now_of USING (camera_id)
        ) AS state ORDER BY time, place, row"""
    return factory.timeline(
        Text(f"Kapan kamera tidak melihat ({rows} terlama)", f"When cameras did not see (the {rows} longest)"),
        Sql(sql, format="time_series"), words.SEES, size=size,
        about=Text("Ungu: kamera tidak melihat; hijau: melihat. Tiap baris sampai sekarang.",
                   "Purple: the camera did not see; green: it did. Each row reaches now."),
    )  # fmt: skip
