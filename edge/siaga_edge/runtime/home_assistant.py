"""Makes what publishes to Home Assistant, where NODE.toml names a broker of one."""

from __future__ import annotations

from collections.abc import Callable

from siaga_edge.adapters.home_assistant import HomeAssistantTopics, NodeParts
from siaga_edge.adapters.home_assistant_link import HomeAssistantLink
from siaga_edge.adapters.mqtt_link import BrokerAddress, Tls
from siaga_edge.platform.loop import Loop
from siaga_edge.settings import NodeSettings
from siaga_edge.status.health import HealthFields


def home_assistant_link(settings: NodeSettings, health: Callable[[], HealthFields]) -> HomeAssistantLink | None:
    """Return the link of a node; None where none is configured. Raises OSError for a password file."""
    own = settings.home_assistant
    if own.host is None:
        return None
    address = BrokerAddress(
        host=own.host,
        port=own.port,
        username=own.username or "",
        password=own.password(),
        tls=Tls(ca_file=own.ca_file) if own.ca_file else None,
    )

    def parts() -> NodeParts:
        fields = health()
        return NodeParts(software=fields["software"], cameras=fields["cameras"], gauges=fields["gauges"])

    return HomeAssistantLink(HomeAssistantTopics(node=settings.node.name, prefix=own.prefix), address, parts=parts)


def home_assistant_loops(link: HomeAssistantLink | None) -> list[Loop]:
    """Return the loop that publishes; none without a link."""
    return [] if link is None else [Loop("home assistant", link.tick, end=link.close)]
