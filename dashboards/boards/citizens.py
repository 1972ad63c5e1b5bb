"""Citizens and channels: what people report and how, and whether they are answered and warned."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board
from dashboards.boards.parts import Column, PanelFactory, Sql, in_area
from dashboards.boards.words import GREEN, ORANGE, RED, YELLOW, Text

FRAME = Frame(
    slug="citizens", title=Text("Warga dan kanal", "Citizens and channels"), folder=FOLDER_CITY, since="now-30d",
    refresh="5m", area=True,
)  # fmt: skip
CHANNEL = Column(name="channel", title=Text("Kanal", "Channel"))


def citizens(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the citizens' reports."""
    made = board(factory, FRAME)
    for panel in (
        _today(factory),
        _waiting(factory),
        _storm(factory),
        _by_channel(factory),
        _by_category(factory),
        _where(factory),
    ):
        made.with_panel(panel)
    for panel in (_connectors(factory), _inbox(factory), _sent(factory), _delivery(factory), _subscribers(factory)):
        made.with_panel(panel)
    return made


def _today(factory: PanelFactory) -> stat.Panel:
    sql = f"""
        SELECT count(*) FILTER (WHERE received_at > now() - interval '1 hour') AS hour,
            count(*) FILTER (WHERE received_at > now() - interval '24 hours') AS day, count(*) AS week
        FROM dashboards.report WHERE received_at > now() - interval '7 days' AND {in_area()}"""
    columns = [
        Column(name="hour", title=Text("1 jam", "1 hour"), steps=((None, "#3d4148"),)),
        Column(name="day", title=Text("24 jam", "24 hours"), steps=((None, "#3d4148"),)),
        Column(name="week", title=Text("7 hari", "7 days"), steps=((None, "#3d4148"),)),
    ]
    return factory.stat(Text("Laporan warga", "Citizens' reports"), Sql(sql), columns, size=(10, 4))


def _waiting(factory: PanelFactory) -> stat.Panel:
    sql = """
        SELECT count(*) AS waiting, coalesce(max(age_seconds), 0) AS oldest_seconds FROM dashboards.inbox_waiting"""
    columns = [
        Column(name="waiting", title=Text("Menunggu dibaca", "Waiting to be read"), steps=((None, GREEN), (1, YELLOW), (20, RED))),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), unit="dtdurations",
               steps=((None, GREEN), (1800, YELLOW), (7200, RED))),
    ]  # fmt: skip
    return factory.stat(Text("Kotak masuk operator", "Operators' inbox"), Sql(sql), columns, size=(8, 4))


def _storm(factory: PanelFactory) -> stat.Panel:
    sql = "SELECT count(*) FILTER (WHERE ended_at IS NULL) AS now, count(*) AS month FROM dashboards.storm WHERE began_at > now() - interval '30 days'"
    columns = [
        Column(name="now", title=Text("Sekarang", "Now"), steps=((None, GREEN), (1, ORANGE))),
        Column(name="month", title=Text("30 hari", "30 days"), steps=((None, "#3d4148"),)),
    ]
    return factory.stat(
        Text("Badai pemberitahuan", "Notification storm"), Sql(sql), columns, size=(6, 4),
        about=Text("Selama badai, pemberitahuan dikelompokkan.", "During a storm, notifications are grouped."),
    )  # fmt: skip


def _by_channel(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(received_at, $__interval) AS time, channel AS metric, count(*) AS value FROM dashboards.report
        WHERE $__timeFilter(received_at) AND {in_area()} GROUP BY 1, 2 ORDER BY 1, 2"""
    title = Text("Laporan menurut kanal", "Reports by channel")
    return factory.series(title, [Sql(sql, format="time_series")], unit="short", size=(12, 9), bars=True, interval="6h")


def _by_category(factory: PanelFactory) -> timeseries.Panel:
    sql = f"""
        SELECT $__timeGroup(received_at, $__interval) AS time, category AS metric, count(*) AS value FROM dashboards.report
        WHERE $__timeFilter(received_at) AND {in_area()} GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text) for code, word in words.CATEGORY.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Laporan menurut jenis", "Reports by category")
    return factory.series(title, query, unit="short", size=(12, 9), columns=columns, bars=True, interval="6h")


def _where(factory: PanelFactory) -> table.Panel:
    sql = f"""
        SELECT area.name, area.parent_name, count(*) AS n, count(*) FILTER (WHERE got.category = 'flooding') AS floods
        FROM dashboards.report AS got JOIN dashboards.area AS area USING (area_id)
        WHERE $__timeFilter(got.received_at) AND {in_area("got.area_id")}
        GROUP BY area.area_id, area.name, area.parent_name ORDER BY n DESC LIMIT 30"""
    columns = [
        Column(name="name", title=Text("Kelurahan", "Kelurahan")),
        Column(name="parent_name", title=Text("Kecamatan", "Kecamatan")),
        Column(name="n", title=Text("Laporan", "Reports"), cell="gauge"),
        Column(name="floods", title=Text("Banjir", "Flooding"), width=80),
    ]
    return factory.table(Text("Dari mana laporan datang", "Where reports come from"), Sql(sql), columns, size=(10, 10))


def _connectors(factory: PanelFactory) -> table.Panel:
    sql = "SELECT channel, received, repeated, refused, silence_seconds, lag_seconds, last_error_at FROM dashboards.connector_now ORDER BY channel"
    columns = [
        CHANNEL,
        Column(name="received", title=Text("Diterima", "Received")),
        Column(name="repeated", title=Text("Ulangan", "Repeated")),
        Column(name="refused", title=Text("Ditolak", "Refused"), cell="text", steps=((None, GREEN), (1, YELLOW))),
        Column(name="silence_seconds", title=Text("Diam selama", "Silent for"), unit="dtdurations"),
        Column(name="lag_seconds", title=Text("Keterlambatan", "Lag"), unit="s"),
        Column(name="last_error_at", title=Text("Galat terakhir", "Last error"), unit="dateTimeFromNow"),
    ]
    return factory.table(Text("Kanal pesan teks", "Text channels"), Sql(sql), columns, size=(14, 5))


def _inbox(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT channel, count(*) AS n, max(age_seconds) AS oldest_seconds FROM dashboards.inbox_waiting
        GROUP BY channel ORDER BY oldest_seconds DESC"""
    columns = [
        CHANNEL,
        Column(name="n", title=Text("Menunggu", "Waiting")),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), unit="dtdurations"),
    ]
    return factory.table(Text("Yang menunggu operator", "What waits for an operator"), Sql(sql), columns, size=(14, 5))


def _sent(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(created_at, $__interval) AS time, state AS metric, count(*) AS value FROM dashboards.alert_message
        WHERE $__timeFilter(created_at) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text, colour=word.colour) for code, word in words.DELIVERY.items()]
    query = [Sql(sql, format="time_series")]
    title = Text("Peringatan ke pelanggan", "Alerts to subscribers")
    return factory.series(title, query, unit="short", size=(12, 9), columns=columns, bars=True, interval="6h")


def _delivery(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT channel, kind, count(*) AS n, count(*) FILTER (WHERE state = 'failed') AS failed,
            count(*) FILTER (WHERE state = 'queued') AS waiting,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
        FROM (SELECT channel, kind, state, seconds FROM dashboards.alert_message WHERE $__timeFilter(created_at)
            UNION ALL SELECT channel, 'notification', state, seconds FROM dashboards.notification_delivery WHERE $__timeFilter(created_at)) AS sent
        GROUP BY 1, 2 ORDER BY 1, 2"""
    kinds = {
        "alert": words.Word(Text("Peringatan", "Alert")),
        "confirm": words.Word(Text("Konfirmasi", "Confirmation")),
        "notification": words.Word(Text("Pemberitahuan tugas", "Notification")),
    }
    columns = [
        CHANNEL,
        Column(name="kind", title=Text("Jenis", "Kind"), words=kinds),
        Column(name="n", title=Text("Jumlah", "Number")),
        Column(
            name="failed", title=Text("Gagal", "Failed"), cell="text", steps=((None, GREEN), (1, ORANGE), (50, RED))
        ),
        Column(name="waiting", title=Text("Menunggu", "Waiting"), cell="text", steps=((None, GREEN), (100, YELLOW))),
        Column(name="p95_seconds", title=Text("Terkirim dalam, 95 %", "Sent within, 95 %"), unit="dtdurations"),
    ]
    return factory.table(Text("Pengiriman menurut kanal", "Delivery by channel"), Sql(sql), columns, size=(7, 9))


def _subscribers(factory: PanelFactory) -> table.Panel:
    sql = "SELECT channel, language, is_confirmed, n FROM dashboards.subscription_count ORDER BY channel, language, is_confirmed DESC"
    columns = [
        CHANNEL,
        Column(name="language", title=Text("Bahasa", "Language")),
        Column(name="is_confirmed", title=Text("Dikonfirmasi", "Confirmed")),
        Column(name="n", title=Text("Pelanggan", "Subscribers")),
    ]
    return factory.table(Text("Pelanggan peringatan", "Subscribers"), Sql(sql), columns, size=(5, 9))
