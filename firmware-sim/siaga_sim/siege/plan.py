"""Everything that happens in a siege, drawn from its seed before it begins."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.photos import Forgery
from siaga_sim.siege.ground import Camera, Ground

CALM_SHARE, LEAST_CALM_SECONDS = 0.35, 20.0
SHORTEST_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
STOLEN_NODE = "posko-utara"
FLOODED_CAMERAS = ("cam-kampung-melayu", "cam-kemang")
OFFICERS = {"drainage": "dinas-sda", "pothole": "dinas-bina-marga"}
RISE_CM_PER_SECOND = 0.25  # 15 cm a minute: fast for a river, and possible
AWAY_M = 2_500.0  # lies are told far from where water really stands
SHORT_SECONDS = 90.0
AGENTS = ("Mozilla/5.0 (Android 14)", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)", "Dalvik/2.1.0", "okhttp/4.12")


class CaseKind(StrEnum):
    """What kind of work a case ends in. A sloppy officer photographs the trouble as it still is."""

    HONEST = "honest"
    SLOPPY = "sloppy"
    FORGED = "forged"


class LieKind(StrEnum):
    """How a false flood is reported."""

    NAMES = "names"  # one address, a new name in each post
    FORWARDED = "forwarded"  # one address that claims to forward for others
    NETWORK = "network"  # the addresses of one network
    BOTNET = "botnet"  # an address in a network of its own for each bot, with photos
    ME_TOO = "me_too"  # the botnet confirms its own first posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody with an address, a name and a browser."""

    name: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An officer of an agency."""

    user: str
    category: str
    is_corrupt: bool

    @property
    def agency(self) -> str:
        """The agency that the category belongs to."""
        return OFFICERS[self.category]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One complaint with its work. `is_friend`: whoever filed it confirms whatever the officer claims."""

    number: int
    kind: CaseKind
    at_seconds: float
    spot: LatLon
    officer: Officer
    reporter: Citizen
    is_friend: bool
    forgery: Forgery | None
    is_calm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiePost:
    """One hostile post. `forwarded_for`: what it claims in X-Forwarded-For."""

    after_seconds: float
    bot: Citizen
    has_photo: bool
    is_me_too: bool
    forwarded_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLie:
    """A flood that is not there, and who claims it."""

    kind: LieKind
    at_seconds: float
    spot: LatLon
    posts: tuple[LiePost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A river that crosses a limit of its gauge at a moment of the run."""

    gauge: str
    stage: int
    limit_cm: float
    crosses_at: float

    def level_cm(self, seconds: float) -> float:
        """The level at a moment: just below the limit, then slowly over it."""
        over = RISE_CM_PER_SECOND * (seconds - self.crosses_at)
        return self.limit_cm + max(-6.0, min(8.0, over))


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What really happens in one phase: rivers that rise, a flooded street and the people who stand in it."""

    rises: tuple[Rise, ...]
    camera: Camera
    flooded_at: float
    witnesses: tuple[tuple[float, Citizen, LatLon], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole siege. The calm phase has the first storm, the attack has the second one."""

    seed: int
    seconds: float
    calm_seconds: float
    storms: tuple[Storm, Storm]
    officers: tuple[Officer, ...]
    cases: tuple[Case, ...]
    lies: tuple[FloodLie, ...]
    forged_messages: tuple[tuple[float, LatLon], ...]

    @property
    def blocked_at(self) -> float:
        """Return the moment when the stolen node is noticed and blocked."""
        return self.calm_seconds + 0.6 * (self.seconds - self.calm_seconds)

    @property
    def corrupt(self) -> tuple[Officer, ...]:
        """Return the officers who forge their proofs."""
        return tuple(one for one in self.officers if one.is_corrupt)

    @property
    def bots(self) -> frozenset[str]:
        """The addresses of all who lie."""
        liars = {post.bot.address for lie in self.lies for post in lie.posts}
        return frozenset(liars | {one.reporter.address for one in self.cases if one.is_friend})


def drawn(seed: int, seconds: float, ground: Ground) -> Plan:
    """The siege of a seed: the same seed and seconds always draw the same."""
    chance = random.Random(seed)
    calm = max(CALM_SHARE * seconds, min(LEAST_CALM_SECONDS, seconds / 2))
    storms = _storms(chance, ground, calm, seconds)
    wet = [*(one.camera.place for one in storms), *(ground.gauges[r.gauge].place for s in storms for r in s.rises)]
    spots = ground.spots(chance, away_from=[one.camera.place for one in storms], metres=AWAY_M)
    officers = _officers(seconds)
    cases = tuple(_cases(chance, officers, spots, calm, seconds))
    dry = ground.spots(chance, away_from=[*wet, *(case.spot for case in cases)], metres=AWAY_M / 5)
    lies = tuple(_lies(chance, dry, calm, seconds))
    messages = tuple((at, next(dry)) for at in _moments(chance, (seconds - calm) / 4, calm, seconds - 5))
    return Plan(
        seed=seed,
        seconds=seconds,
        calm_seconds=calm,
        storms=storms,
        officers=officers,
        cases=cases,
        lies=lies,
        forged_messages=messages,
    )


def _storms(chance: random.Random, ground: Ground, calm: float, seconds: float) -> tuple[Storm, Storm]:
    # The stolen node's gauges stay out of it: nobody can know what a thief's own river does.
    honest = [gauge for node in ground.nodes if node.name != STOLEN_NODE for gauge in node.gauges]
    chance.shuffle(honest)
    cameras = [ground.cameras[name] for name in FLOODED_CAMERAS]
    chance.shuffle(cameras)
    half = len(honest) // 2
    return (
        _storm(chance, ground, honest[:half], cameras[0], 0.0, calm, 0),
        _storm(chance, ground, honest[half : 2 * half], cameras[1], calm, seconds, 1),
    )


def _storm(
    chance: random.Random,
    ground: Ground,
    gauges: Sequence[str],
    camera: Camera,
    begins: float,
    ends: float,
    number: int,
) -> Storm:
    length = ends - begins
    rises = []
    for name in gauges:
        limits = ground.gauges[name].limits
        known = [(stage, limits.lower_bound_cm(stage)) for stage in (3, 2, 1)]
        stage, limit = chance.choice([(stage, limit) for stage, limit in known if limit is not None])
        crosses_at = begins + chance.uniform(0.15, 0.6) * length
        rises.append(Rise(gauge=name, stage=stage, limit_cm=limit, crosses_at=crosses_at))
    flooded_at = begins + chance.uniform(0.15, 0.6) * length
    witnesses = tuple(
        (
            flooded_at + chance.uniform(0, 0.2) * length,
            _citizen(chance, f"warga-banjir-{number}-{one}", 20 + number, one),
            LatLon(
                lat=camera.place.lat + chance.uniform(-0.0004, 0.0004),
                lon=camera.place.lon + chance.uniform(-0.0004, 0.0004),
            ),
        )
        for one in range(4)
    )
    return Storm(rises=tuple(rises), camera=camera, flooded_at=flooded_at, witnesses=witnesses)


def _officers(seconds: float) -> tuple[Officer, ...]:
    honest, corrupt = (2, 2) if seconds < SHORT_SECONDS else (4, 4)
    categories = cycle(OFFICERS)
    return tuple(
        Officer(user=f"petugas.{word}.{number}", category=next(categories), is_corrupt=is_corrupt)
        for word, count, is_corrupt in (("jujur", honest, False), ("curang", corrupt, True))
        for number in range(count)
    )


def _cases(
    chance: random.Random, officers: Sequence[Officer], spots: Iterator[LatLon], calm: float, seconds: float
) -> Iterator[Case]:
    """The past that gives every officer a rank, then the honest and the forged work of the attack."""
    number = 0
    for officer in officers:
        past = (CaseKind.SLOPPY, CaseKind.HONEST) if officer.is_corrupt else (CaseKind.HONEST, CaseKind.HONEST)
        for kind in past:
            at = chance.uniform(0.0, 0.2) * calm
            yield _case(chance, number, kind, at, next(spots), officer, is_calm=True)
            number += 1
    attack = seconds - calm
    counts = {False: max(6, round(0.25 * attack)), True: max(8, round(0.52 * attack))}
    for is_corrupt, count in counts.items():
        workers = cycle([one for one in officers if one.is_corrupt == is_corrupt])
        kind = CaseKind.FORGED if is_corrupt else CaseKind.HONEST
        for at in _moments(chance, count, calm, seconds - min(12.0, 0.2 * attack)):
            yield _case(chance, number, kind, at, next(spots), next(workers), is_calm=False)
            number += 1


def _case(
    chance: random.Random, number: int, kind: CaseKind, at: float, spot: LatLon, officer: Officer, *, is_calm: bool
) -> Case:
    is_friend = kind is CaseKind.FORGED and chance.random() < 0.6
    reporter = _citizen(chance, f"warga-{number}", 40, number)
    if is_friend and chance.random() < 0.5:  # a friend at the officer's own desk
        reporter = _citizen(chance, f"teman-{number}", 30, officer_number(officer))
    return Case(
        number=number,
        kind=kind,
        at_seconds=at,
        spot=spot,
        officer=officer,
        reporter=reporter,
        is_friend=is_friend,
        forgery=chance.choice(list(Forgery)) if kind is CaseKind.FORGED else None,
        is_calm=is_calm,
    )


def officer_number(officer: Officer) -> int:
    """The network of an officer's own connection."""
    return int(officer.user.rpartition(".")[2]) + (100 if officer.is_corrupt else 0)


def _lies(chance: random.Random, spots: Iterator[LatLon], calm: float, seconds: float) -> Iterator[FloodLie]:
    kinds = cycle(chance.sample(list(LieKind), len(LieKind)))
    for number, at in enumerate(_moments(chance, max(3, (seconds - calm) / 12), calm, seconds - 8)):
        kind = next(kinds)
        count = chance.randint(12, 30)
        pace = min(0.5, max(0.05, (seconds - at - 4) / count))
        posts = tuple(_lie_post(chance, kind, number, one, one * pace) for one in range(count))
        yield FloodLie(kind=kind, at_seconds=at, spot=next(spots), posts=posts)


def _lie_post(chance: random.Random, kind: LieKind, lie: int, one: int, after_seconds: float) -> LiePost:
    name = f"bot-{lie}-{one}"
    match kind:
        case LieKind.NAMES | LieKind.FORWARDED:
            bot = _citizen(chance, name, 60, lie)
        case LieKind.NETWORK:
            bot = _citizen(chance, name, 61, lie, host=1 + one)
        case LieKind.BOTNET | LieKind.ME_TOO:
            bot = _citizen(chance, name, 62 + lie % 60, one)
    forwarded = f"36.{chance.randrange(1, 250)}.{chance.randrange(250)}.{chance.randrange(1, 250)}"
    return LiePost(
        after_seconds=after_seconds,
        bot=bot,
        has_photo=chance.random() < 0.35,
        is_me_too=kind is LieKind.ME_TOO and one >= 3,
        forwarded_for=forwarded if kind is LieKind.FORWARDED else None,
    )


def _citizen(chance: random.Random, name: str, second: int, third: int, *, host: int | None = None) -> Citizen:
    """Loopback addresses stand for the internet's: 127.SECOND.THIRD.0/24 is a network."""
    address = f"127.{second + third // 250}.{third % 250}.{host or chance.randrange(2, 250)}"
    return Citizen(name=name, address=address, agent=chance.choice(AGENTS))


def _moments(chance: random.Random, count: float, begins: float, ends: float) -> list[float]:
    return sorted(chance.uniform(begins, ends) for _ in range(max(1, round(count))))
