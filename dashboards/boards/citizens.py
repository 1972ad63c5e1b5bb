"""Citizens: what people report, from where and how, and whether they are answered and warned."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import bargauge, dashboard, stat, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.fields import LONG, Column, Sql
from dashboards.boards.filters import in_area, rows_that_fit
from dashboards.boards.parts import PanelFactory
from dashboards.boards.sentences.citizens import CITIZEN_COLOURS, citizen_sentence
from dashboards.boards.words import DARK, ORANGE, PALE, PURPLE, RED, YELLOW, Text

FRAME = Frame(
    slug="citizens", title=Text("Warga", "Citizens"), folder=FOLDER_CITY, since="now-7d", refresh="1m", area=True,
    is_screen=True,
)  # fmt: skip
CHANNEL = Column(name="channel", title=Text("Kanal", "Channel"), words=words.CHANNEL)
BARS: Final = 10
NO_MORE: Final = Text("", "")
_DAY: Final = f"dashboards.report WHERE received_at > now() - interval '24 hours' AND {in_area()}"


def citizens(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the wall of the citizens' reports."""
    made = board(factory, FRAME)
    made.with_variable(
        factory.count("channels", f"SELECT channel FROM {_DAY} UNION SELECT channel FROM dashboards.connector_now")
    )
    made.with_variable(factory.count("deliveries", f"SELECT DISTINCT channel, kind FROM {_SENT}"))
    made.with_panel(
        factory.strip(
            citizen_sentence(factory), CITIZEN_COLOURS, link="${siaga}/control/inbox",
            about=Text("Pesan yang menunggu lebih dari setengah jam; jika tidak ada, laporan 24 jam di samping rata-rata 28 hari sebelumnya.",
                       "Messages that wait for over half an hour; if there are none, reports of 24 hours beside the mean of the 28 days before."),
        )
    )  # fmt: skip
    for panel in (_tiles(factory), _by_category(factory), _where(factory), _by_channel(factory)):
        made.with_panel(panel)
    return made.with_panel(_over_time(factory)).with_panel(
        delivery(
            factory,
            size=(9, 12),
            rows=rows_that_fit(12),
            link=place_of("channels", factory),
            more=Text(" · ${deliveries} seluruhnya", " · ${deliveries} in all"),
        )
    )


def _tiles(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) FILTER (WHERE received_at > now() - interval '1 hour') AS hour, count(*) AS day,
            count(*) FILTER (WHERE category = 'flooding') AS floods,
            (SELECT count(*) FROM dashboards.inbox_waiting) AS waiting,
            (SELECT max(age_seconds) FROM dashboards.inbox_waiting) AS oldest_seconds,
            (SELECT count(*) FROM dashboards.alert_message WHERE state = 'failed' AND created_at > now() - interval '24 hours') AS failed,
            (SELECT count(*) FROM dashboards.storm WHERE ended_at IS NULL) AS storms
        FROM dashboards.report WHERE received_at > now() - interval '24 hours' AND {in_area()}"""
    inbox, channels = "${siaga}/control/inbox", place_of("channels", factory)
    analysis = place_of("analysis", factory)
    columns = [
        Column(name="hour", title=Text("Laporan, 1 jam", "Reports, 1 hour"), link=analysis),
        Column(name="day", title=Text("Laporan, 24 jam", "Reports, 24 hours"), link=analysis),
        Column(name="floods", title=Text("Tentang banjir", "About floods"), steps=((None, DARK), (1, RED)), link="${siaga}/map"),
        Column(name="waiting", title=Text("Pesan menunggu", "Messages waiting"), steps=((None, DARK), (1, ORANGE), (20, RED)), link=inbox),
        Column(name="oldest_seconds", title=Text("Terlama menunggu", "Longest wait"), spoken="duration", patterns=LONG, link=inbox),
        Column(name="failed", title=Text("Peringatan gagal", "Alerts failed"), steps=((None, DARK), (1, ORANGE), (50, RED)), link=channels),
        Column(name="storms", title=Text("Badai notifikasi", "Storms"), steps=((None, DARK), (1, PURPLE)), link=channels),
    ]  # fmt: skip
    return factory.stat(
        None, Sql(sql), columns, size=(24, 3), sizes=(18, 40),
        about=Text("Laporan warga, kotak masuk operator dan peringatan yang tidak sampai dalam 24 jam. Tekan angka untuk rinciannya.",
                   "Citizens' reports, the operators' inbox and alerts that did not arrive in 24 hours. Press a number for its details."),
    )  # fmt: skip


def _by_category(factory: PanelFactory) -> bargauge.Panel:
    named = " ".join(f"WHEN '{code}' THEN '{factory.translate(word.text)}'" for code, word in words.CATEGORY.items())
    sql = f"""
        SELECT CASE category {named} ELSE category END AS name, count(*) AS value FROM dashboards.report
        WHERE received_at > now() - interval '24 hours' AND {in_area()} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {BARS}"""
    return factory.bars(
        Text(f"Laporan 24 jam: {BARS} jenis teratas", f"Reports of 24 hours: the top {BARS} categories"), Sql(sql), _COUNT, size=(8, 11),
        about=Text("Apa yang warga laporkan dalam 24 jam terakhir.", "What citizens reported in the last 24 hours."),
    )  # fmt: skip


def _where(factory: PanelFactory) -> bargauge.Panel:
    sql = f"""
        SELECT area.name, count(*) AS value FROM dashboards.report AS got JOIN dashboards.area AS area USING (area_id)
        WHERE got.received_at > now() - interval '24 hours' AND {in_area("got.area_id")}
        GROUP BY area.area_id, area.name ORDER BY 2 DESC, 1 LIMIT {BARS}"""
    return factory.bars(
        Text(f"Laporan 24 jam: {BARS} kelurahan teratas", f"Reports of 24 hours: the top {BARS} kelurahan"), Sql(sql), _COUNT, size=(8, 11),
        about=Text("Kelurahan dengan laporan terbanyak dalam 24 jam terakhir.", "Kelurahan with the most reports of the last 24 hours."),
    )  # fmt: skip


_COUNT: Final = Column(
    name="value",
    decimals=0,
    range=(0, None),
    steps=((None, PALE), (20, YELLOW), (50, ORANGE), (100, RED)),
    link="${siaga}/map",
)


def _by_channel(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT coalesce(got.channel, link.channel) AS channel, coalesce(got.n, 0) AS n, coalesce(box.n, 0) AS waiting, link.silence_seconds
        FROM (SELECT channel, count(*) AS n FROM {_DAY} GROUP BY 1) AS got
        FULL JOIN dashboards.connector_now AS link ON link.channel = got.channel
        LEFT JOIN (SELECT channel, count(*) AS n FROM dashboards.inbox_waiting GROUP BY 1) AS box
            ON box.channel = coalesce(got.channel, link.channel)
        ORDER BY 2 DESC, 1 LIMIT {rows_that_fit(11)}"""
    columns = [
        CHANNEL,
        Column(name="n", title=Text("24 jam", "24 hours"), width=95, link=place_of("channels", factory)),
        Column(name="waiting", title=Text("Menunggu", "Waiting"), cell="text", steps=((None, PALE), (1, ORANGE)), width=100),
        Column(name="silence_seconds", title=Text("Diam selama", "Silent for"), spoken="duration", patterns=LONG, cell="text", width=115),
    ]  # fmt: skip
    return factory.table(
        Text("Kanal · ${channels} seluruhnya", "Channels · ${channels} in all"), Sql(sql), columns, size=(8, 11),
        about=Text("Laporan 24 jam tiap kanal, pesan yang menunggu operator, dan sudah berapa lama kanal diam.",
                   "Reports of 24 hours by channel, messages that wait for an operator, and for how long a channel is silent."),
    )  # fmt: skip


def _over_time(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(received_at, $__interval) AS time, CASE WHEN category = 'flooding' THEN 'flooding' ELSE 'rest' END AS metric,
            count(*) AS value FROM dashboards.report WHERE $__timeFilter(received_at) AND {in_area()} GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [
        Column(name="flooding", title=words.CATEGORY["flooding"].text, colour=RED),
        Column(name="rest", title=Text("Yang lain", "Others"), colour="#5794f2"),
    ]
    return factory.series(
        Text("Laporan, 7 hari", "Reports, 7 days"), [Sql(sql, format="time_series")], unit="short", size=(15, 12),
        columns=columns, bars=True, interval="3h",
        about=Text("Laporan tiap tiga jam. Puncak tentang banjir tanpa pos Siaga: periksa tempat tanpa pos pantau.",
                   "Reports of every three hours. A peak about floods without a gauge in alert: check places without a gauge."),
    )  # fmt: skip


_SENT: Final = """(SELECT channel, kind, state, seconds FROM dashboards.alert_message WHERE $__timeFilter(created_at)
    UNION ALL SELECT channel, 'notification', state, seconds FROM dashboards.notification_delivery WHERE $__timeFilter(created_at)) AS sent"""
_KINDS: Final = {
    "alert": words.Word(Text("Peringatan", "Alert")),
    "confirm": words.Word(Text("Konfirmasi", "Confirmation")),
    "notification": words.Word(Text("Pemberitahuan", "Notification")),
}


def delivery(
    factory: PanelFactory, *, size: tuple[int, int], rows: int, link: str, more: Text = NO_MORE
) -> table.Panel:
    """What was sent to people, and how much of it failed or waits."""
    sql = f"""
        SELECT channel, kind, count(*) AS n, count(*) FILTER (WHERE state = 'failed') AS failed,
            count(*) FILTER (WHERE state = 'queued') AS waiting, percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
        FROM {_SENT}
        GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC, 1 LIMIT {rows}"""
    columns = [
        CHANNEL,
        Column(name="kind", title=Text("Apa", "Kind"), words=_KINDS, width=125),
        Column(name="n", title=Text("Jumlah", "Number"), width=85, link=link),
        Column(name="failed", title=Text("Gagal", "Failed"), cell="text", steps=((None, PALE), (1, ORANGE), (50, RED)), width=70),
        Column(name="waiting", title=Text("Antre", "Queued"), cell="text", steps=((None, PALE), (100, YELLOW)), width=80),
        Column(name="p95_seconds", title=Text("95 % dalam", "95 % within"), spoken="duration", width=110),
    ]  # fmt: skip
    return factory.table(
        Text(f"Pengiriman, yang gagal dulu{more.id}", f"Delivery, failures first{more.en}"), Sql(sql), columns, size=size,
        about=Text("Peringatan dan pemberitahuan dalam rentang menurut kanal. Yang gagal: lihat sebabnya di ruang kendali.",
                   "Alerts and notifications of the span by channel. For failures see the reason in the control room."),
    )  # fmt: skip
