"""The real programs of a siege with its nodes, people and settings, from nothing until the context ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import tomli_w

from siaga_sim.actors.requests import answer, client
from siaga_sim.actors.wire_node import BrokerAccess, WireNode
from siaga_sim.demo.cloud import DATABASE, Cloud, write_private
from siaga_sim.demo.layout import Layout
from siaga_sim.siege.ground import Ground
from siaga_sim.siege.plan import Plan
from siaga_sim.siege.verdict import Database
from siaga_sim.stack.child import wait_until

OPERATOR, LEADER = "operator.balaikota", "gubernur"
NODES_SECONDS = 30.0
# The rivers of a siege rise as real ones do, so that the limits of real ones hold.
_RIVERS = {"SIAGA_JUMP_CM": "30", "SIAGA_RATE_CM_PER_MINUTE": "25"}
_SECRETS = ("SIAGA_X_CONSUMER_SECRET", "SIAGA_SMSSYNC_SECRET", "SIAGA_TELEGRAM_SECRET")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiegeCity:
    """Everything that is attacked, and who may sign in."""

    cloud: Cloud
    nodes: Mapping[str, WireNode]
    tokens: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.cloud.url

    @property
    def database(self) -> Database:
        """The tables as their owner reads them."""
        return Database(url=self.cloud.postgres.url(DATABASE))

    def access(self, node: str) -> BrokerAccess:
        """The broker with the password of a node."""
        return _access(self.cloud, node)

    def ranking(self) -> list[dict[str, Any]]:
        """The officers' ranking as their leader reads it."""
        with client(self.url, token=self.tokens[LEADER]) as http:
            found: list[dict[str, Any]] = answer(http.get("/api/v1/rankings/officers"))
        return found


@contextmanager
def built(layout: Layout, plan: Plan, ground: Ground, log_line: Callable[[str], None]) -> Iterator[SiegeCity]:
    """Starts everything, and stops it when the block ends."""
    with ExitStack() as after:
        cloud = _cloud(layout, plan, ground)
        after.callback(cloud.stop)
        log_line(f"seed {plan.seed}: starting database, broker and cloud")
        _bring_up(cloud, layout, plan)
        nodes = {node.name: WireNode(node, _access(cloud, node.name)) for node in ground.nodes}
        for node in nodes.values():
            after.callback(node.stop)
            node.start()
        wait_until(lambda: all(node.is_up for node in nodes.values()), seconds=NODES_SECONDS, what="nodes")
        users = [OPERATOR, LEADER, *(one.user for one in plan.officers)]
        yield SiegeCity(cloud=cloud, nodes=nodes, tokens=cloud.tokens(users))


def _cloud(layout: Layout, plan: Plan, ground: Ground) -> Cloud:
    fleet = layout.root / "fleet"
    fleet.mkdir(mode=0o700)
    more = {**_RIVERS, "SIAGA_FLEET_DIR": str(fleet), **{name: secrets.token_urlsafe(24) for name in _SECRETS}}
    return Cloud(layout=layout, nodes=[node.name for node in ground.nodes], more=more)


def _bring_up(cloud: Cloud, layout: Layout, plan: Plan) -> None:
    cloud.start_services()
    cloud.prepare()
    cloud.load_city()
    users = write_private(layout.root / "users.toml", tomli_w.dumps({"user": _users(plan)}))
    cloud.admin("admin", "import", "users", str(users))
    cloud.start_programs()


def _users(plan: Plan) -> list[dict[str, str]]:
    return [
        {"id": one.user, "name": one.user.replace(".", " ").title(), "role": "officer", "agency": one.agency}
        for one in plan.officers
    ]


def _access(cloud: Cloud, node: str) -> BrokerAccess:
    return BrokerAccess(host="127.0.0.1", port=cloud.broker.port, password=cloud.node_passwords[node])
