"""Subscribes to the uplinks of every configured LoRaWAN network server, each from one process at a time."""

from __future__ import annotations

from siaga_cloud.feeds.lorawan.options import LorawanTable
from siaga_cloud.feeds.lorawan.service import UplinkImporter
from siaga_cloud.feeds.service.listener_watch import ListenerWatch
from siaga_cloud.feeds.service.mqtt_listener import BrokerLogin, MqttListener
from siaga_cloud.feeds.service.polling import FeedContext


class LorawanWatch(ListenerWatch):
    """Maintains a listener for each configured network server that no other process listens to."""

    def __init__(self, context: FeedContext, database_url: str) -> None:
        super().__init__("lorawan", database_url, lambda options: _listener(context, options))


def _listener(context: FeedContext, options: LorawanTable) -> MqttListener:
    importer = UplinkImporter(context, options)
    login = BrokerLogin(
        host=options.host,
        port=options.port,
        username=options.username,
        password=context.secret_of(options.secret) if options.secret else None,
        is_tls=options.tls,
    )
    return MqttListener(
        options.id, login, [options.mqtt_topic], process=lambda _topic, payload: importer.process_uplink(payload)
    )
