"""Capacity on paper: what was measured, what is assumed, and what follows; writes the tables of docs/capacity.md.

    python -m benchmarks.capacity            # prints the tables
    python -m benchmarks.capacity --page     # puts them into docs/capacity.md

Every line is arithmetic on the two tables at the top; change an assumption and look again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "capacity.md"
DAY, MONTH_DAYS, YEAR_DAYS = 86_400, 30, 365
GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class Constant:
    """A number with its unit and where it comes from."""

    value: float
    unit: str
    whence: str


MEASURED: Final = {
    "ingest": Constant(0.093, "ms of a core a message", "`run.py ingest`, ingest's process"),
    "ingest_database": Constant(0.039, "ms of a core a message", "the same, the database's processes"),
    "broker": Constant(0.0092, "ms of a core a message", "the same, Mosquitto"),
    "ingest_rate": Constant(
        1545, "messages/s", "the same: one replica, with sender, broker and database on two busy cores"
    ),
    "rollup": Constant(0.008, "ms of a core a reading", "the same, worker and database"),
    "message": Constant(467, "bytes on disk a message of one reading", "the same, with indexes"),
    "signal": Constant(8.0, "ms of a core a signal", "`run.py fusion`: [incidents](incidents.md)"),
    "signals_rate": Constant(189, "signals/s, one category, four workers", "the same, a million incidents stored"),
    "api": Constant(2.06, "ms of a core a request", "`run.py http`, the API's process"),
    "api_database": Constant(0.33, "ms of a core a request", "the same, the database's processes"),
    "idle_cameras": Constant(20.6, "idle cameras a core at 5 fps", "`run.py pipeline`: [cameras](cameras.md)"),
    "node_memory": Constant(312, "MiB, eight cameras", "the same"),
}

ASSUMED: Final = {
    "cameras_a_node": Constant(8, "cameras", "a small node with four cores: half of what idle cameras need"),
    "gauge_calm": Constant(300, "s between messages of a gauge, calm", "adaptive reporting"),
    "gauge_storm": Constant(60, "s, in a storm", ""),
    "health": Constant(60, "s between health messages of a node", "the default"),
    "events_calm": Constant(20, "events a camera and day", "parking and trash on a busy street"),
    "events_storm": Constant(2, "events a camera and hour, in a storm", ""),
    "revisions": Constant(3, "messages an event", "began, updated, ended"),
    "evidence_images": Constant(2, "evidence images an event", ""),
    "image": Constant(100_000, "bytes an image", "960x540 JPEG"),
    "keep_messages": Constant(40, "days", "the default"),
    "keep_health": Constant(7, "days, health messages", "the worker's"),
    "keep_pictures": Constant(180, "days", "the city's to say"),
    "report_share": Constant(0.0005, "of the people report in the worst hour", "5,000 reports of ten million people"),
    "look_share": Constant(0.02, "of the people look within the worst ten minutes", ""),
    "requests": Constant(6, "requests a look", "the first page"),
    "subscribers": Constant(0.05, "of the people have subscribed", ""),
    "busy": Constant(0.4, "of a core may be busy in the worst hour", "the rest is for what was not thought of"),
    "core": Constant(25, "US$ a core and month, with 4 GB of memory", "list prices of large providers, rounded"),
    "ssd": Constant(0.10, "US$ a GB and month, SSD, each of two copies", "the same"),
    "objects": Constant(0.02, "US$ a GB and month, object storage", "the same"),
    "node": Constant(400, "US$ a node, five years", "a small computer with four cores and a case"),
    "sim": Constant(5, "US$ a node and month, mobile data", "the city's contract decides"),
}  # fmt: skip


def measured(name: str) -> float:
    """Return a measured figure by its name."""
    return MEASURED[name].value


def assumed(name: str) -> float:
    """Return an assumption by its name."""
    return ASSUMED[name].value


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is to be served. `installations`: how many of us share it, each with its own database and broker."""

    name: str
    cameras: int
    gauges: int
    people: int
    installations: int = 1

    @property
    def site_nodes(self) -> int:
        """Boxes with cameras; a gauge has a node of its own, which is the worst case."""
        return ceil(self.cameras / assumed("cameras_a_node"))

    @property
    def nodes(self) -> int:
        """All that connect to a broker."""
        return self.site_nodes + self.gauges

    def messages(self, *, storm: bool) -> float:
        """Return the number of messages in a second."""
        events = self.events(storm=storm)
        gauges = self.gauges / assumed("gauge_storm" if storm else "gauge_calm")
        return gauges + self.nodes / assumed("health") + events * (assumed("revisions") + assumed("evidence_images"))

    def events(self, *, storm: bool) -> float:
        """Return the number of events in a second."""
        return self.cameras * (assumed("events_storm") / 3600 if storm else assumed("events_calm") / DAY)

    @property
    def signals(self) -> float:
        """Signals a second in a storm: revisions of events, changes of gauges' stages, reports of people."""
        stages = self.gauges * 4 / 3600
        return self.events(storm=True) * assumed("revisions") + stages + self.people * assumed("report_share") / 3600

    @property
    def requests(self) -> float:
        """HTTP requests a second in the worst ten minutes, if nothing is cached on the way."""
        return self.people * assumed("look_share") / 600 * assumed("requests")

    def cores(self) -> dict[str, float]:
        """Cores in the worst hour, by who needs them, before `busy`."""
        storm = self.messages(storm=True)
        return {
            "broker": storm * measured("broker") / 1000,
            "ingest": storm * measured("ingest") / 1000,
            "worker": self.signals * measured("signal") / 1000 + storm * measured("rollup") / 1000,
            "API": self.requests * measured("api") / 1000,
            "database": storm * measured("ingest_database") / 1000 + self.requests * measured("api_database") / 1000,
        }

    @property
    def all_cores(self) -> int:
        """Cores to buy, at least one for each kind of program in each installation."""
        each = (max(1, ceil(one / assumed("busy") / self.installations)) for one in self.cores().values())
        return self.installations * sum(each)

    @property
    def database_gb(self) -> float:
        """Raw messages and readings for as long as they are retained."""
        health = self.nodes / assumed("health")
        rest = self.messages(storm=False) - health
        retained = rest * assumed("keep_messages") + health * assumed("keep_health")
        return retained * DAY * measured("message") / GB

    @property
    def images_gb(self) -> float:
        """Pictures for as long as they are retained."""
        a_day = self.events(storm=False) * DAY * assumed("evidence_images") * assumed("image")
        return a_day * assumed("keep_pictures") / GB

    def dollars(self) -> dict[str, float]:
        """A month, by what for."""
        return {
            "cores": self.all_cores * assumed("core"),
            "database": 2 * self.database_gb * assumed("ssd"),
            "images": self.images_gb * assumed("objects"),
            "nodes": self.site_nodes * assumed("node") / 60,
            "mobile data": self.site_nodes * assumed("sim"),
        }


PLACES: Final = (
    Place(name="one city", cameras=5_000, gauges=2_000, people=10_000_000),
    Place(name="one country", cameras=150_000, gauges=40_000, people=280_000_000, installations=38),
    Place(name="the internet", cameras=10_000_000, gauges=2_000_000, people=4_000_000_000, installations=2_000),
)


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 1 else f"{value:.2g}"


def _known(title: str, known: dict[str, Constant]) -> Iterator[str]:
    yield from (f"| {title} | | |", "|---|---|---|")
    for one in known.values():
        yield f"| {one.value:,g} | {one.unit} | {one.whence} |"


def _rows() -> Iterator[tuple[str, list[float]]]:
    yield "cameras", [place.cameras for place in PLACES]
    yield "gauges", [place.gauges for place in PLACES]
    yield "people", [place.people for place in PLACES]
    yield "installations (a database and a broker each)", [place.installations for place in PLACES]
    yield "nodes that connect", [place.nodes for place in PLACES]
    yield "messages/s, calm", [place.messages(storm=False) for place in PLACES]
    yield "messages/s, storm everywhere at once", [place.messages(storm=True) for place in PLACES]
    yield "signals/s in it", [place.signals for place in PLACES]
    yield "HTTP requests/s in it, nothing cached", [place.requests for place in PLACES]
    for name in PLACES[0].cores():
        yield f"cores: {name}", [place.cores()[name] for place in PLACES]
    yield "cores to buy", [place.all_cores for place in PLACES]
    yield "database, GB", [place.database_gb for place in PLACES]
    yield "images, GB", [place.images_gb for place in PLACES]
    for name in PLACES[0].dollars():
        yield f"US$ a month: {name}", [place.dollars()[name] for place in PLACES]
    yield "US$ a month, all", [sum(place.dollars().values()) for place in PLACES]
    yield "of these a camera and month", [sum(place.dollars().values()) / place.cameras for place in PLACES]
    yield (
        "messages/s of one installation, storm",
        [place.messages(storm=True) / place.installations for place in PLACES],
    )
    yield (
        "subscribers of one installation",
        [place.people * assumed("subscribers") / place.installations for place in PLACES],
    )


def tables() -> str:
    """What stands between the marks of the page."""
    head = ["| | " + " | ".join(place.name for place in PLACES) + " |", "|---" * (len(PLACES) + 1) + "|"]
    reported = [f"| {name} | " + " | ".join(map(_number, values)) + " |" for name, values in _rows()]
    return "\n".join([*_known("measured", MEASURED), "", *_known("assumed", ASSUMED), "", *head, *reported])


_BETWEEN: Final = re.compile(r"(<!-- tables -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with the tables as they are now; a page without exactly one pair of marks is refused."""
    filled, places = _BETWEEN.subn(lambda found: f"{found[1]}\n{tables()}\n\n{found[2]}", page)
    if places != 1:
        raise ValueError(f"got {places} pairs of the marks <!-- tables --> and <!-- end -->, expected 1")
    return filled


def main() -> None:
    """Prints, or writes with --page."""
    if "--page" in sys.argv[1:]:
        PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(tables() + "\n")


if __name__ == "__main__":
    main()
