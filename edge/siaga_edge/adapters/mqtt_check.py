"""Checks that the broker accepts the node's login, without ending the session of a running agent."""

from __future__ import annotations

import ssl
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from siaga_edge.adapters.mqtt_link import CONNECT_SECONDS, BrokerAddress

_ANSWER_SECONDS: Final = 6.0


class BrokerRefusedError(OSError):
    """The broker responds but rejects the login, for the reason in the message."""


def greet(node: str, address: BrokerAddress) -> str:
    """Connects once, with the node's credentials under another client id; raises OSError or ValueError."""
    codes: list[ReasonCode] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"{node}-doctor", clean_session=True, protocol=MQTTv311)
    client.username_pw_set(address.username, address.password.get_secret_value() if address.password else None)
    if address.tls:
        ca, cert, key = (
            None if file is None else str(file)
            for file in (address.tls.ca_file, address.tls.cert_file, address.tls.key_file)
        )
        client.tls_set(ca, cert, key, cert_reqs=ssl.CERT_REQUIRED)
    client.connect_timeout = CONNECT_SECONDS
    client.on_connect = lambda _client, _data, _flags, code, _properties: codes.append(code)
    try:
        client.connect(address.host, address.port)
        return _answered(client, codes, encrypted=address.tls is not None)
    finally:
        client.disconnect()


def _answered(client: Any, codes: list[ReasonCode], *, encrypted: bool) -> str:
    until = monotonic() + _ANSWER_SECONDS
    while not codes and monotonic() < until:
        if client.loop(0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS and not codes:
            raise BrokerRefusedError(
                "the broker closed the connection during the login (does it require a certificate?)"
            )
    if not codes:
        raise BrokerRefusedError(f"no response within {_ANSWER_SECONDS:g} s")
    if codes[0].is_failure:
        raise BrokerRefusedError(f"login rejected: {codes[0]}")
    return "login accepted, encrypted" if encrypted else "login accepted, not encrypted"
