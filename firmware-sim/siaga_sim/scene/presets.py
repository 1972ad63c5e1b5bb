"""The camera sites that can be drawn: where the lens hangs, how the street is cut, what stands beside it."""

from dataclasses import dataclass

from siaga_sim.scene.camera import Camera

Rect = tuple[float, float, float, float]  # x from, x to, y from, y to; metres on the ground


@dataclass(frozen=True)
class Strip:
    """A band of ground along the street; a sloped one runs from `z_m` at its left to `z_right_m`."""

    left_m: float
    right_m: float
    z_m: float
    material: str
    z_right_m: float | None = None


@dataclass(frozen=True)
class Lane:
    """Traffic in a line: `direction` +1 drives away from the camera, -1 towards it."""

    x_m: float
    direction: int
    speed_mps: float
    every_seconds: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """What stands along one side: its kind, the line of its fronts, from where to where, and how tall (storeys)."""

    kind: str
    x_m: float
    from_m: float
    to_m: float
    storeys: tuple[int, int] = (1, 2)


@dataclass(frozen=True)
class Spot:
    """A place on the ground that a script can name."""

    x_m: float
    y_m: float
    heading_deg: float = 0.0


@dataclass(frozen=True)
class Layout:
    """One camera site."""

    title: str
    lens: tuple[float, float, float, float, float]  # x, height, yaw, pitch, horizontal field of view
    road: tuple[float, float]
    strips: tuple[Strip, ...]
    lanes: tuple[Lane, ...]
    walks: tuple[float, ...]
    rows: tuple[Row, ...]
    marks: tuple[tuple[float, str], ...]
    spots: dict[str, Spot]
    no_stopping: Rect
    watch: Rect
    road_area: Rect
    bridge_m: float | None = None
    hue: float = 0.0

    def camera(self, width: int, height: int) -> Camera:
        """The lens for an image of this size; the field of view applies to the width."""
        x, z, yaw, pitch, fov = self.lens
        return Camera(width=width, height=height, x_m=x, z_m=z, yaw_deg=yaw, pitch_deg=pitch, fov_deg=fov)


KERB_M = 0.15
CITY = ("mpv", "hatchback", "scooter", "mpv", "sedan", "scooter", "suv", "scooter", "pickup")
LOCAL = ("scooter", "mpv", "scooter", "hatchback", "scooter", "sedan")
HEAVY = ("mpv", "truck", "suv", "tarp_truck", "sedan", "bus", "hatchback", "scooter")


def _street(
    left: float,
    right: float,
    *,
    road: str = "asphalt",
    walk: float = 3.0,
    walk_material: str = "paving",
    plot: str = "lot",
) -> tuple[Strip, ...]:
    return (
        Strip(-90, left - walk, KERB_M, plot),
        Strip(left - walk, left, KERB_M, walk_material),
        Strip(left, right, 0.0, road),
        Strip(right, right + walk, KERB_M, walk_material),
        Strip(right + walk, 90, KERB_M, plot),
    )


CANAL = Layout(
    title="KALI SENTIONG",
    lens=(6.2, 6.2, -15.0, 18.0, 62.0),
    road=(-4.6, 4.6),
    strips=(
        Strip(-90, -16.0, 0.35, "grass"),
        Strip(-16.0, -13.8, 0.35, "canal_wall", -0.9),
        Strip(-13.8, -6.6, -0.9, "canal"),
        Strip(-6.6, -4.6, KERB_M, "paving"),
        Strip(-4.6, 4.6, 0.0, "asphalt"),
        Strip(4.6, 7.4, KERB_M, "paving"),
        Strip(7.4, 90, KERB_M, "lot"),
    ),
    lanes=(
        Lane(-1.3, 1, 8.0, 5.0, CITY),
        Lane(1.1, -1, 7.5, 5.5, CITY),
        Lane(3.2, -1, 8.0, 9.0, ("scooter", "bicycle", "scooter")),
    ),
    walks=(6.0, -5.5),
    rows=(
        Row("houses", -19.0, 6, 90, (1, 2)),
        Row("shops", 8.2, 12, 95, (2, 3)),
        Row("trees", -17.0, 10, 80),
        Row("rail", -6.5, 3, 90),
        Row("poles", 7.0, 22, 90),
    ),
    marks=((-0.25, "dash"), (0.0, "zebra"), (-4.4, "edge"), (4.4, "edge")),
    spots={
        "opposite": Spot(3.5, 17.0, 180),
        "no_stopping": Spot(-3.6, 16.0, 0),
        "watch": Spot(5.6, 13.2),
        "far_watch": Spot(-5.5, 17.0),
    },
    no_stopping=(-4.6, -2.5, 10.0, 25.0),
    watch=(4.6, 7.3, 8.8, 19.0),
    road_area=(-4.6, 4.6, 8.0, 45.0),
    hue=0.05,
)
MARKET = Layout(
    title="PASAR MINGGU",
    lens=(-6.0, 5.8, 12.0, 19.0, 64.0),
    road=(-4.2, 4.2),
    strips=_street(-4.2, 4.2, walk=3.2, walk_material="worn"),
    lanes=(
        Lane(-1.1, 1, 5.5, 6.0, LOCAL),
        Lane(0.9, -1, 5.0, 6.5, LOCAL),
        Lane(-3.0, 1, 4.5, 14.0, ("bicycle", "scooter")),
    ),
    walks=(5.4, -6.2, 6.4, -5.0),
    rows=(
        Row("stalls", 7.2, 17, 60),
        Row("shops", 9.4, 10, 90, (2, 3)),
        Row("shops", -8.0, 14, 90, (2, 3)),
        Row("poles", -7.1, 26, 90),
    ),
    marks=((0.2, "dash"), (0.0, "zebra"), (-4.0, "edge"), (4.0, "edge")),
    spots={
        "opposite": Spot(-3.1, 14.0, 0),
        "no_stopping": Spot(3.1, 18.0, 180),
        "watch": Spot(-5.5, 13.0),
        "far_watch": Spot(5.4, 17.5),
    },
    no_stopping=(2.1, 4.2, 11.5, 27.0),
    watch=(-7.2, -4.2, 9.0, 19.0),
    road_area=(-4.2, 4.2, 8.0, 45.0),
    hue=0.55,
)
ARTERIAL = Layout(
    title="JL RASUNA SAID",
    lens=(9.5, 7.4, -12.0, 17.5, 64.0),
    road=(-9.2, 8.2),
    strips=(
        Strip(-90, -12.8, KERB_M, "lot"),
        Strip(-12.8, -9.2, KERB_M, "paving"),
        Strip(-9.2, -1.0, 0.0, "asphalt"),
        Strip(-1.0, 0.0, KERB_M, "grass"),
        Strip(0.0, 8.2, 0.0, "asphalt"),
        Strip(8.2, 11.6, KERB_M, "paving"),
        Strip(11.6, 90, KERB_M, "lot"),
    ),
    lanes=(
        Lane(-2.6, 1, 9.0, 17.0, ("bus", "bus2")),
        Lane(-5.4, 1, 10.0, 4.0, (*CITY, "truck", "tarp_truck")),
        Lane(1.7, -1, 10.0, 4.5, CITY),
        Lane(4.6, -1, 9.0, 5.5, HEAVY),
    ),
    walks=(10.3, -10.9),
    rows=(
        Row("offices", -17.0, 14, 130, (5, 12)),
        Row("offices", 16.5, 26, 130, (5, 14)),
        Row("trees", -13.8, 16, 90),
        Row("trees", 12.6, 22, 90),
        Row("poles", -0.5, 18, 110),
    ),
    marks=(
        (-4.0, "bus"),
        (-6.7, "dash"),
        (-9.0, "edge"),
        (-1.25, "edge"),
        (0.25, "edge"),
        (3.1, "dash"),
        (6.0, "dash"),
        (8.0, "edge"),
    ),
    spots={
        "opposite": Spot(7.0, 19.5, 180),
        "no_stopping": Spot(-8.0, 19.5, 0),
        "watch": Spot(9.4, 15.5),
        "far_watch": Spot(-10.2, 21.0),
    },
    no_stopping=(-9.2, -6.4, 13.0, 30.0),
    watch=(8.2, 11.5, 10.5, 22.0),
    road_area=(-9.2, 8.2, 10.0, 55.0),
    hue=0.6,
)
UNDERPASS = Layout(
    title="UNDERPASS DUKUH ATAS",
    lens=(-5.6, 6.2, 7.0, 17.0, 60.0),
    road=(-6.2, 6.2),
    strips=_street(-6.2, 6.2, road="concrete_road", walk=1.3),
    lanes=(Lane(-1.7, 1, 9.0, 5.0, CITY), Lane(1.6, -1, 9.0, 5.0, HEAVY)),
    walks=(),
    rows=(
        Row("wall", -7.5, 3, 70, (1, 1)),
        Row("wall", 7.5, 3, 70, (1, 1)),
        Row("offices", -24.0, 40, 130, (5, 9)),
        Row("offices", 22.0, 34, 130, (4, 10)),
    ),
    marks=((0.0, "double"), (-3.3, "dash"), (3.3, "dash"), (-6.0, "edge"), (6.0, "edge")),
    spots={
        "opposite": Spot(-4.9, 15.5, 0),
        "no_stopping": Spot(5.0, 20.0, 180),
        "watch": Spot(-5.4, 13.0),
        "far_watch": Spot(5.5, 18.0),
    },
    no_stopping=(3.6, 6.2, 12.0, 29.0),
    watch=(-7.4, -3.6, 9.0, 18.5),
    road_area=(-6.2, 6.2, 8.5, 32.0),
    bridge_m=34.0,
    hue=0.08,
)
GATE = Layout(
    title="PINTU AIR MANGGARAI",
    lens=(6.4, 6.4, -9.0, 16.0, 60.0),
    road=(-5.0, 5.0),
    strips=(
        Strip(-90, -22.0, -2.6, "canal"),
        Strip(-22.0, -7.0, -2.6, "canal"),
        Strip(-7.0, -5.0, KERB_M, "paving"),
        Strip(-5.0, 5.0, 0.0, "asphalt"),
        Strip(5.0, 7.6, KERB_M, "paving"),
        Strip(7.6, 13.0, KERB_M, "grass"),
        Strip(13.0, 90, KERB_M, "lot"),
    ),
    lanes=(Lane(-1.5, 1, 9.0, 4.6, CITY), Lane(1.2, -1, 9.0, 5.4, HEAVY)),
    walks=(6.4, -6.0),
    rows=(
        Row("rail", -6.9, 3, 110),
        Row("gate", -8.5, 34, 46, (3, 3)),
        Row("houses", 14.0, 20, 95, (1, 3)),
        Row("trees", 9.6, 15, 80),
        Row("poles", 7.2, 20, 100),
    ),
    marks=((-0.5, "dash"), (-4.8, "edge"), (4.8, "edge")),
    spots={
        "opposite": Spot(3.8, 18.0, 180),
        "no_stopping": Spot(-4.0, 17.0, 0),
        "watch": Spot(6.3, 14.5),
        "far_watch": Spot(-6.0, 18.0),
    },
    no_stopping=(-5.0, -2.8, 10.5, 27.0),
    watch=(5.0, 7.6, 9.5, 20.0),
    road_area=(-5.0, 5.0, 9.0, 50.0),
    hue=0.12,
)
KAMPUNG = Layout(
    title="KAMPUNG MELAYU",
    lens=(-3.9, 4.9, 9.0, 19.0, 66.0),
    road=(-2.9, 2.9),
    strips=_street(-2.9, 2.9, road="asphalt", walk=1.5, walk_material="worn", plot="soil"),
    lanes=(Lane(-1.4, 1, 4.5, 9.0, LOCAL), Lane(0.6, -1, 4.5, 8.0, ("scooter", "bicycle", "scooter", "scooter"))),
    walks=(3.4, -3.6, 2.6),
    rows=(
        Row("houses", -5.0, 9, 80, (1, 2)),
        Row("houses", 5.0, 8, 80, (1, 2)),
        Row("trees", 7.5, 20, 60),
        Row("poles", 4.1, 14, 80),
    ),
    marks=((0.0, "hump"), (-2.7, "edge"), (2.7, "edge"), (0.0, "dash")),
    spots={
        "opposite": Spot(-1.9, 12.5, 0),
        "no_stopping": Spot(1.9, 15.5, 180),
        "watch": Spot(-3.4, 10.5),
        "far_watch": Spot(3.6, 14.5),
    },
    no_stopping=(0.9, 2.9, 10.0, 23.0),
    watch=(-4.4, -2.3, 7.5, 15.0),
    road_area=(-2.9, 2.9, 7.0, 35.0),
    hue=0.02,
)

LAYOUTS: dict[str, Layout] = {
    "canal": CANAL,
    "market": MARKET,
    "arterial": ARTERIAL,
    "underpass": UNDERPASS,
    "gate": GATE,
    "kampung": KAMPUNG,
}
