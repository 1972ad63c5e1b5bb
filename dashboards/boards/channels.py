"""Channels in detail: text channels, the inbox, alerts to subscribers and what failed of them."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, table, timeseries

from dashboards.boards import words
from dashboards.boards.boards import FOLDER_CITY, Frame, board, place_of
from dashboards.boards.citizens import CHANNEL, delivery
from dashboards.boards.fields import LONG, Column, Sql
from dashboards.boards.parts import PanelFactory
from dashboards.boards.words import ORANGE, PALE, Text

FRAME = Frame(
    slug="channels", title=Text("Kanal, rinci", "Channels in detail"), folder=FOLDER_CITY, since="now-30d", refresh="5m"
)
CONNECTORS = "${siaga}/control/connectors"


def channels(factory: PanelFactory) -> dashboard.Dashboard:
    """Build the dashboard of the channels."""
    made = board(factory, FRAME)
    made.with_panel(_connectors(factory)).with_panel(_inbox(factory)).with_panel(_sent(factory))
    return made.with_panel(_subscribers(factory)).with_panel(delivery(factory, size=(24, 10), rows=60, link=CONNECTORS))


def _connectors(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT channel, received, repeated, refused, silence_seconds, lag_seconds, last_error_at FROM dashboards.connector_now
        ORDER BY channel"""
    columns = [
        CHANNEL,
        Column(name="received", title=Text("Diterima", "Received"), link=CONNECTORS),
        Column(name="repeated", title=Text("Ulangan", "Repeated")),
        Column(name="refused", title=Text("Ditolak", "Refused"), cell="text", steps=((None, PALE), (1, ORANGE))),
        Column(name="silence_seconds", title=Text("Diam selama", "Silent for"), spoken="duration", patterns=LONG, cell="text"),
        Column(name="lag_seconds", title=Text("Keterlambatan", "Lag"), spoken="duration"),
        Column(name="last_error_at", title=Text("Galat terakhir", "Last error"), spoken="date"),
    ]  # fmt: skip
    return factory.table(
        Text("Kanal pesan teks", "Text channels"), Sql(sql), columns, size=(16, 8),
        about=Text("Apa yang datang dari tiap penghubung. Diam lama: periksa penghubung di ruang kendali.",
                   "What came from each connector. Silent for long: check the connector in the control room."),
    )  # fmt: skip


def _inbox(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT channel, count(*) AS n, max(age_seconds) AS oldest_seconds FROM dashboards.inbox_waiting
        GROUP BY channel ORDER BY 3 DESC"""
    columns = [
        CHANNEL,
        Column(name="n", title=Text("Menunggu", "Waiting"), link="${siaga}/control/inbox"),
        Column(name="oldest_seconds", title=Text("Tertua", "Oldest"), spoken="duration", patterns=LONG, cell="text"),
    ]
    return factory.table(
        Text("Yang menunggu operator", "What waits for an operator"), Sql(sql), columns, size=(8, 8),
        about=Text("Pesan yang belum dibaca operator. Tekan untuk membuka kotak masuk.",
                   "Messages that no operator has read. Press to open the inbox."),
    )  # fmt: skip


def _sent(factory: PanelFactory) -> timeseries.Panel:
    sql = """
        SELECT $__timeGroup(created_at, $__interval) AS time, state AS metric, count(*) AS value FROM dashboards.alert_message
        WHERE $__timeFilter(created_at) GROUP BY 1, 2 ORDER BY 1, 2"""
    columns = [Column(name=code, title=word.text, colour=word.colour) for code, word in words.DELIVERY.items()]
    return factory.series(
        Text("Peringatan ke pelanggan", "Alerts to subscribers"), [Sql(sql, format="time_series")], unit="short", size=(16, 9),
        columns=columns, bars=True, interval="6h",
        about=Text("Pesan peringatan menurut apa yang terjadi dengannya.", "Alert messages by what became of them."),
    )  # fmt: skip


def _subscribers(factory: PanelFactory) -> table.Panel:
    sql = """
        SELECT channel, language, is_confirmed, n FROM dashboards.subscription_count ORDER BY channel, language, is_confirmed DESC"""
    columns = [
        CHANNEL,
        Column(name="language", title=Text("Bahasa", "Language"), words=words.LANGUAGE),
        Column(name="is_confirmed", title=Text("Dikonfirmasi", "Confirmed"), words=words.CONFIRMED),
        Column(name="n", title=Text("Pelanggan", "Subscribers"), link=place_of("citizens", factory)),
    ]
    return factory.table(
        Text("Pelanggan peringatan", "Subscribers"), Sql(sql), columns, size=(8, 9),
        about=Text("Siapa yang menerima peringatan, menurut kanal dan bahasa; tanpa nama dan alamat.",
                   "Who receives alerts, by channel and language; without names and addresses."),
    )  # fmt: skip
