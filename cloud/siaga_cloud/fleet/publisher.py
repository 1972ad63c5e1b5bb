"""Publishes commands to the broker and returns when the broker has accepted them."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable
from contextlib import suppress
from threading import Event
from typing import Any

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from siaga_cloud.settings import BrokerSettings

CONNECT_SECONDS = 10.0
PUBLISH_SECONDS = 60.0


class PublishError(Exception):
    """The broker did not accept a command; the message states why."""


def publish(broker: BrokerSettings, messages: Iterable[tuple[str, bytes, bool]]) -> int:
    """Sends (topic, payload, retain) at QoS 1, in order; returns how many. Raises `PublishError`."""
    up, refused = Event(), []
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"siaga-admin-{secrets.token_hex(4)}", protocol=MQTTv311)

    def connected(_client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            refused.append(str(code))
        up.set()

    client.on_connect = connected
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file:
        client.tls_set(str(broker.ca_file), cert_reqs=ssl.CERT_REQUIRED)
    try:
        client.connect(broker.host, broker.port, keepalive=30)
    except (OSError, ValueError) as error:
        raise PublishError(f"broker {broker.host}:{broker.port} cannot be reached: {error}") from None
    client.loop_start()
    try:
        if not up.wait(CONNECT_SECONDS) or refused:
            raise PublishError(
                f"broker {broker.host}:{broker.port} rejected the login: {refused[0] if refused else 'no response'}"
            )
        return _send(client, messages)
    finally:
        with suppress(ValueError):
            client.disconnect()
        client.loop_stop()


def _send(client: Client, messages: Iterable[tuple[str, bytes, bool]]) -> int:
    sent = 0
    for topic, payload, retain in messages:
        # One at a time: pieces of a model must not pile up in this process's memory.
        publication = client.publish(topic, payload, qos=1, retain=retain)
        try:
            publication.wait_for_publish(PUBLISH_SECONDS)
        except (RuntimeError, ValueError) as error:
            raise PublishError(f"the broker did not accept a message on {topic}: {error}") from None
        if not publication.is_published():
            raise PublishError(f"the broker did not confirm {topic} within {PUBLISH_SECONDS:g} s")
        sent += 1
    return sent
