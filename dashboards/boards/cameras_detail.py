"""Cameras in detail: which see, since when others do not, what they decided and whether people agreed."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board
from dashboards.boards.cameras import timeline
from dashboards.boards.fields import Column, Sql
from dashboards.boards.filters import chosen, in_area
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import DARK, GREY, ORANGE, PALE, PURPLE, RED, Text

FRAME = Frame(
    slug="cameras-detail",
    title=Text("Kamera, rinci", "Cameras in detail"),
    folder=FOLDER_CITY,
    since="now-7d",
    refresh="5m",
    area=True,
)
CAMERAS = f"SELECT name AS __text, camera_id AS __value FROM dashboards.camera_now WHERE {in_area()} ORDER BY name"
CHOSEN = f"{in_area()} AND {chosen('site', 'camera_id')}"
CAMERA_ID = Column(name="camera_id", hidden=True)
NAME = Column(name="name", title=Text("Kamera", "Camera"), link="${siaga}/control?camera=${__data.fields.camera_id}")
LIST, SAMPLES = "${siaga}/control?list=cameras", "${siaga}/control/samples"
AREA = Column(name="area_name", title=Text("Wilayah", "Area"))


def cameras_detail(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of all cameras."""
    made = board(factory, FRAME).with_variable(factory.pick("site", Text("Kamera", "Camera"), CAMERAS))
    made.with_panel(_coverage(factory)).with_panel(_decisions_count(factory)).with_panel(_blind(factory))
    made.with_panel(_decisions(factory)).with_panel(timeline(factory, CHOSEN, size=(24, 12), rows=20))
    return made.with_panel(_verdicts(factory)).with_panel(_accuracy(factory))


def _coverage(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) FILTER (WHERE state = 'sees')::float8 / nullif(count(*), 0) AS seeing_share,
            count(*) FILTER (WHERE state = 'unknown') AS unknown, count(*) FILTER (WHERE state = 'never') AS never,
            max(unknown_seconds) AS longest_seconds
        FROM dashboards.camera_now WHERE {CHOSEN}"""
    columns = [
        Column(name="seeing_share", title=Text("Melihat", "Seeing"), unit="percentunit", decimals=1,
               steps=((None, RED), (0.8, ORANGE), (0.95, DARK)), link=LIST),
        Column(name="unknown", title=Text("Tidak diketahui", "Unknown"), steps=((None, DARK), (1, PURPLE)), link=LIST),
        Column(name="never", title=Text("Belum pernah", "Never seen"), steps=((None, DARK), (1, GREY)), link=LIST),
        Column(name="longest_seconds", title=Text("Terlama", "Longest"), spoken="duration", link=LIST),
    ]  # fmt: skip
    return factory.stat(
        Text("Cakupan sekarang", "Coverage now"),
        Sql(sql),
        columns,
        size=(24, 4),
        about=Text(
            "Kamera yang melihat kini, dari semua; tak diketahui bukan berarti aman. Periksa yang terlama.",
            "Cameras that see at present, of all; unknown does not mean calm. Check the longest.",
        ),
    )


def _decisions_count(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) AS n, count(*) FILTER (WHERE verdict = 'false_alarm') AS false_alarms,
            count(*) FILTER (WHERE verdict = 'confirmed')::float8
                / nullif(count(*) FILTER (WHERE verdict IS NOT NULL), 0) AS right_share
        FROM dashboards.camera_event WHERE $__timeFilter(began_at) AND {CHOSEN}"""
    columns = [
        Column(name="n", title=Text("Keputusan", "Decisions"), steps=((None, DARK),), link=SAMPLES),
        Column(name="false_alarms", title=Text("Alarm palsu", "False alarms"), steps=((None, DARK), (1, ORANGE)), link=SAMPLES),
        Column(name="right_share", title=Text("Benar dari yang dinilai", "Right of those judged"), unit="percentunit",
               decimals=0, steps=((None, RED), (0.7, ORANGE), (0.9, PALE)), link=SAMPLES),
    ]  # fmt: skip
    return factory.stat(
        Text("Keputusan kamera", "What cameras decided"),
        Sql(sql),
        columns,
        size=(24, 4),
        about=Text(
            "Apa yang kamera putuskan dalam rentang, dan berapa yang benar dari yang dinilai operator.",
            "What cameras decided in the span, and how many were right of those that operators judged.",
        ),
    )


def _blind(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT one.camera_id, one.name, one.area_name, one.state, one.unknown_seconds, coalesce(gone.seconds, 0) AS span_seconds, gone.times
        FROM dashboards.camera_now AS one LEFT JOIN (
            SELECT camera_id, count(*) AS times, sum(extract(epoch FROM least(ended_at, $__timeTo()::timestamptz)
                - greatest(began_at, $__timeFrom()::timestamptz)))::float8 AS seconds
            FROM dashboards.camera_unknown WHERE began_at < $__timeTo() AND ended_at > $__timeFrom() GROUP BY camera_id
        ) AS gone USING (camera_id)
        WHERE {in_area("one.area_id")} AND {chosen("site", "one.camera_id")}
        ORDER BY one.state = 'sees', span_seconds DESC, one.name LIMIT 100"""
    columns = [
        CAMERA_ID, NAME, AREA,
        Column(name="state", title=Text("Kini", "Now"), words=words.CAMERA, cell="background", width=120),
        Column(name="unknown_seconds", title=Text("Sudah", "For"), spoken="duration", width=120),
        Column(name="span_seconds", title=Text("Dalam rentang", "In the span"), spoken="duration", width=170),
        Column(name="times", title=Text("Kali", "Times"), width=85),
    ]  # fmt: skip
    return factory.table(
        Text("Waktu tidak diketahui", "Unknown time"),
        Sql(sql),
        columns,
        size=(15, 12),
        about=Text(
            "Kamera yang kini tidak melihat dulu, lalu yang paling lama tidak melihat dalam rentang.",
            "Cameras that do not see at present first, then those that did not see for longest in the span.",
        ),
    )


def _decisions(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(began_at, $__interval) AS time, hazard AS metric, count(*) AS value FROM dashboards.camera_event
        WHERE $__timeFilter(began_at) AND {CHOSEN} GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text) for code, word in words.CATEGORY.items()]
    title = Text("Keputusan menurut jenis", "Decisions by hazard")
    query = [Sql(sql, format="time_series")]
    return factory.series(
        title,
        query,
        unit="short",
        size=(9, 12),
        columns=columns,
        bars=True,
        interval="1h",
        about=Text(
            "Keputusan kamera menurut jenis bahaya. Lonjakan tanpa laporan warga layak diperiksa.",
            "Decisions of cameras by hazard. A peak without reports of citizens deserves a check.",
        ),
    )


def _verdicts(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT camera_id, name, hazard, count(*) AS n, count(*) FILTER (WHERE verdict = 'confirmed') AS confirmed,
            count(*) FILTER (WHERE verdict = 'false_alarm') AS false_alarms,
            count(*) FILTER (WHERE verdict = 'confirmed')::float8
                / nullif(count(*) FILTER (WHERE verdict IS NOT NULL), 0) AS right_share,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY report_seconds) AS report_seconds
        FROM dashboards.camera_event WHERE $__timeFilter(began_at) AND {CHOSEN}
        GROUP BY camera_id, name, hazard ORDER BY false_alarms DESC, n DESC LIMIT 100"""
    columns = [
        CAMERA_ID,
        NAME,
        Column(name="hazard", title=Text("Jenis", "Hazard"), words=words.CATEGORY),
        Column(name="n", title=Text("Keputusan", "Decisions"), width=90),
        Column(name="confirmed", title=Text("Benar", "Confirmed"), width=95),
        Column(name="false_alarms", title=Text("Palsu", "False"), cell="text", steps=((None, DARK), (1, ORANGE), (5, RED)),
               width=70),
        Column(name="right_share", title=Text("Tepat", "Right"), unit="percentunit", decimals=0, cell="text",
               steps=((None, RED), (0.7, ORANGE), (0.9, PALE)), width=70),
        Column(name="report_seconds", title=Text("Kabar tiba, 95 %", "Reported, 95 %"), spoken="duration", width=150),
    ]  # fmt: skip
    title = Text("Keputusan dan penilaian per kamera", "Decisions and verdicts by camera")
    return factory.table(
        title,
        Sql(sql),
        columns,
        size=(24, 10),
        about=Text(
            "Keputusan tiap kamera dan putusan operator. Kamera dengan banyak yang palsu perlu diatur ulang.",
            "Decisions of each camera and the verdicts of operators. One with many false alarms needs another setup.",
        ),
    )


def _accuracy(factory: PanelFactory) -> table.Panel:
    """Precision and recall, each beside the counts that it rests on."""
    sql = f"""
        SELECT camera_id, name, hazard, state, right_count, judged_count, precision_share, precision_low, precision_high,
            noticed_count, present_count, recall_share, recall_low, recall_high, suspended_since
        FROM dashboards.camera_accuracy WHERE {CHOSEN}
        ORDER BY suspended_since NULLS LAST, precision_high, name, hazard LIMIT 200"""

    def share(name: str, title: Text) -> Column:
        return Column(name=name, title=title, unit="percentunit", decimals=0, width=90)

    columns = [
        CAMERA_ID,
        NAME,
        Column(name="hazard", title=Text("Jenis", "Hazard"), words=words.CATEGORY),
        Column(name="state", title=Text("Keadaan", "State"), words=words.ACCURACY, cell="background", width=150),
        Column(name="right_count", title=Text("Benar", "Right"), width=70),
        Column(name="judged_count", title=Text("Dinilai", "Judged"), width=80),
        share("precision_share", Text("Presisi", "Precision")),
        share("precision_low", Text("Terendah", "Lowest")),
        share("precision_high", Text("Tertinggi", "Highest")),
        Column(name="noticed_count", title=Text("Terlihat", "Noticed"), width=80),
        Column(name="present_count", title=Text("Ada", "There"), width=70),
        share("recall_share", Text("Jangkauan", "Recall")),
        share("recall_low", Text("Terendah", "Lowest")),
        share("recall_high", Text("Tertinggi", "Highest")),
        Column(name="suspended_since", title=Text("Tanpa tugas sejak", "No tasks since"), spoken="date", width=160),
    ]
    return factory.table(
        Text("Ketepatan per kamera", "Accuracy by camera"),
        Sql(sql),
        columns,
        size=(24, 10),
        about=Text(
            "Presisi dan jangkauan dengan hitungan dan selang 95 %; kosong bila belum cukup dinilai.",
            "Precision and recall with counts and 95 % intervals; empty while too little was judged.",
        ),
    )
