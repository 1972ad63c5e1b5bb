"""Reads the expiry of the broker's certificate over a separate connection, because the MQTT clients do not expose
it."""

from __future__ import annotations

import logging
import socket
import ssl

from siaga_cloud.settings import BrokerSettings

SECONDS = 5.0

log = logging.getLogger(__name__)


def broker_certificate_expires(broker: BrokerSettings) -> float:
    """Return the expiry as a Unix time; 0 where the broker shows no certificate or does not answer."""
    if broker.ca_file is None:
        return 0.0
    try:
        context = ssl.create_default_context(cafile=str(broker.ca_file))
        with (
            socket.create_connection((broker.host, broker.port), timeout=SECONDS) as line,
            context.wrap_socket(line, server_hostname=broker.host) as shown,
        ):
            until = (shown.getpeercert() or {}).get("notAfter")
    except OSError as error:
        log.warning("expiry of the broker's certificate could not be read: %s", error)
        return 0.0
    return float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else 0.0
