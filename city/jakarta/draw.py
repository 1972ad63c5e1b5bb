"""Draws Jakarta's schematic areas, rivers and streets that may flood: `python draw.py` writes areas.geojson,
rivers.geojson and streets.geojson beside it.

Not a map to measure on. Each kelurahan is the Voronoi cell of one approximate centre from kelurahan.csv, clipped to
a hand-drawn outline; kecamatan, cities and the province are unions of these cells. The real polygons go in by
`siaga-cloud admin import areas FILE`.
"""

import csv
import json
import tomllib
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from shapely import MultiPoint, Point, Polygon, get_parts, make_valid, set_precision, unary_union, voronoi_polygons
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
ISLANDS = "31.01"
ISLAND_RADIUS_DEGREES = 0.006
GRID_DEGREES = 0.00001

# Longitude, latitude; from Kamal on the coast eastwards, then clockwise.
OUTLINE = [
    (106.688, -6.094), (106.710, -6.092), (106.728, -6.096), (106.742, -6.093), (106.757, -6.100), (106.772, -6.104),
    (106.780, -6.098), (106.798, -6.104), (106.808, -6.116), (106.826, -6.117), (106.845, -6.118), (106.858, -6.112),
    (106.872, -6.104), (106.890, -6.099), (106.905, -6.097), (106.928, -6.095), (106.945, -6.097), (106.960, -6.092),
    (106.973, -6.098), (106.971, -6.130), (106.972, -6.160), (106.973, -6.185), (106.969, -6.204), (106.962, -6.222),
    (106.952, -6.240), (106.942, -6.255), (106.918, -6.257), (106.911, -6.272), (106.914, -6.290), (106.920, -6.312),
    (106.921, -6.330), (106.919, -6.350), (106.921, -6.367), (106.903, -6.366), (106.893, -6.372), (106.876, -6.370),
    (106.868, -6.355), (106.852, -6.346), (106.844, -6.352), (106.836, -6.366), (106.815, -6.364), (106.796, -6.366),
    (106.794, -6.340), (106.789, -6.320), (106.774, -6.317), (106.768, -6.300), (106.757, -6.288), (106.749, -6.265),
    (106.741, -6.245), (106.736, -6.226), (106.720, -6.224), (106.718, -6.200), (106.708, -6.185), (106.692, -6.180),
    (106.688, -6.155), (106.690, -6.125),
]  # fmt: skip

# Longitude, latitude, downstream; the gauges of gauges.toml lie on them.
RIVERS: dict[str, tuple[str, list[tuple[float, float]]]] = {
    "ciliwung": ("Ciliwung", [
        (106.83708, -6.63310), (106.8160, -6.6050), (106.7990, -6.5800), (106.8060, -6.5300), (106.8210, -6.4600),
        (106.83184, -6.40053), (106.8350, -6.3660), (106.8440, -6.3360), (106.8470, -6.3060), (106.8540, -6.2840),
        (106.8490, -6.2700), (106.8600, -6.2580), (106.8590, -6.2430), (106.8650, -6.2320), (106.8590, -6.2230),
        (106.8540, -6.2150), (106.84844, -6.20790),
    ]),
    "kanal-banjir-barat": ("Kanal Banjir Barat", [
        (106.84844, -6.20790), (106.8370, -6.2040), (106.8220, -6.2030), (106.80982, -6.19837), (106.8030, -6.1860),
        (106.8010, -6.1700), (106.7950, -6.1540), (106.7890, -6.1360), (106.7780, -6.1180), (106.7730, -6.1030),
    ]),
    "ciliwung-kota": ("Ciliwung Kota", [
        (106.84844, -6.20790), (106.8440, -6.1960), (106.8390, -6.1830), (106.83145, -6.16815), (106.8360, -6.1570),
        (106.83451, -6.14889), (106.8330, -6.1370), (106.82960, -6.12669), (106.8290, -6.1170),
    ]),
    "krukut": ("Kali Krukut", [
        (106.79888, -6.34414), (106.8050, -6.3180), (106.8100, -6.2920), (106.8150, -6.2660), (106.8190, -6.2440),
        (106.8150, -6.2240), (106.8130, -6.2100), (106.80982, -6.19837),
    ]),
    "pesanggrahan": ("Kali Pesanggrahan", [
        (106.77183, -6.39715), (106.7730, -6.3500), (106.7690, -6.3100), (106.7660, -6.2760), (106.7620, -6.2440),
        (106.7610, -6.2100), (106.7550, -6.1800), (106.74777, -6.15406),
    ]),
    "angke": ("Kali Angke", [
        (106.69443, -6.21830), (106.7080, -6.1960), (106.7200, -6.1760), (106.7360, -6.1640), (106.74777, -6.15406),
        (106.7630, -6.1440), (106.7720, -6.1250), (106.7690, -6.1030),
    ]),
    "cengkareng-drain": ("Cengkareng Drain", [
        (106.74777, -6.15406), (106.7460, -6.1300), (106.7440, -6.1100), (106.7430, -6.0930),
    ]),
    "sunter": ("Kali Sunter", [
        (106.92089, -6.31792), (106.9070, -6.2900), (106.9030, -6.2620), (106.8990, -6.2380), (106.8970, -6.2160),
        (106.90412, -6.19061), (106.8990, -6.1700), (106.9020, -6.1450), (106.9060, -6.1230), (106.9080, -6.0970),
    ]),
    "cipinang": ("Kali Cipinang", [
        (106.88387, -6.37428), (106.8790, -6.3420), (106.8810, -6.3100), (106.8800, -6.2800), (106.8820, -6.2540),
        (106.8870, -6.2330), (106.8970, -6.2160),
    ]),
    "kali-baru-timur": ("Kali Baru Timur", [
        (106.8700, -6.3560), (106.8670, -6.3200), (106.87063, -6.28758), (106.8710, -6.2600), (106.8700, -6.2300),
        (106.8640, -6.2080), (106.8570, -6.1850),
    ]),
    "kanal-banjir-timur": ("Kanal Banjir Timur", [
        (106.8870, -6.2330), (106.9120, -6.2400), (106.9360, -6.2330), (106.9480, -6.2080), (106.9560, -6.1760),
        (106.9610, -6.1400), (106.9640, -6.0940),
    ]),
    "cakung-drain": ("Cakung Drain", [
        (106.9290, -6.2080), (106.92895, -6.18350), (106.9310, -6.1560), (106.9340, -6.1290), (106.9350, -6.0970),
    ]),
}  # fmt: skip

# Streets of basemap.toml: the gauge whose water floods each, and the height of its road above the gauge's datum in cm.
# The heights are invented for the demo; None: it is learned from floods.
STREETS: dict[str, tuple[str, float | None]] = {
    "Jalan Jatinegara Barat": ("manggarai", 870),
    "Jalan Raya Kampung Melayu Besar": ("manggarai", 880),
    "Jalan Tambak": ("manggarai", 890),
    "Jalan Minangkabau": ("manggarai", None),
    "Jalan Kemang Raya": ("krukut-hulu", None),
    "Jalan K.H. Mas Mansyur": ("karet", None),
    "Jalan Gunung Sahari": ("istiqlal", None),
    "Jalan Daan Mogot": ("cengkareng-drain", None),
}


def slug(name: str) -> str:
    """A name as part of a code."""
    return name.lower().replace(" ", "-")


def feature(geometry: BaseGeometry, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature on a grid of about one metre."""
    snapped = set_precision(geometry, GRID_DEGREES)
    return {"type": "Feature", "properties": {**properties, "schematic": True}, "geometry": mapping(snapped)}


def cells(rows: list[dict[str, str]]) -> dict[str, BaseGeometry]:
    """The cell of each kelurahan by its code; a code is the official kecamatan code and the name."""
    outline = make_valid(Polygon(OUTLINE))
    centres = {code_of(row): Point(float(row["lon"]), float(row["lat"])) for row in rows}
    mainland = {code: point for code, point in centres.items() if not code.startswith(ISLANDS)}
    drawn = {code: point.buffer(ISLAND_RADIUS_DEGREES, 3) for code, point in centres.items() if code not in mainland}
    for cell in get_parts(voronoi_polygons(MultiPoint(list(mainland.values())), extend_to=outline)):
        owner = next(code for code, point in mainland.items() if cell.contains(point))
        drawn[owner] = largest(cell.intersection(outline))
    return drawn


def largest(shape: BaseGeometry) -> BaseGeometry:
    """A cell cut in two by the coast keeps its larger half."""
    return max(get_parts(shape), key=lambda part: float(part.area))


def code_of(row: dict[str, str]) -> str:
    """A code that cannot be taken for an official one, beyond its kecamatan part."""
    return f"{row['kecamatan_code']}.{slug(row['kelurahan'])}"


def areas(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Province, cities, kecamatan, kelurahan: parents come before their children."""
    drawn = cells(rows)
    members: dict[tuple[str, str, str, str], list[BaseGeometry]] = defaultdict(list)
    for row in rows:
        cell = drawn[code_of(row)]
        members["province", "31", "DKI Jakarta", ""].append(cell)
        members["city", row["city_code"], row["city"], "31"].append(cell)
        members["kecamatan", row["kecamatan_code"], row["kecamatan"], row["city_code"]].append(cell)
        members["kelurahan", code_of(row), row["kelurahan"], row["kecamatan_code"]].append(cell)
    ranks = ["province", "city", "kecamatan", "kelurahan"]
    ordered = sorted(members.items(), key=lambda item: (ranks.index(item[0][0]), item[0][1]))
    return [
        feature(unary_union(shapes), kind=kind, code=code, name=name, parent=parent or None)
        for (kind, code, name, parent), shapes in ordered
    ]


def rivers() -> list[dict[str, Any]]:
    """The rivers and canals as lines, source to mouth."""
    return [
        {
            "type": "Feature",
            "properties": {"kind": "river", "code": f"river.{code}", "name": name, "parent": None, "schematic": True},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for code, (name, line) in RIVERS.items()
    ]


def streets() -> list[dict[str, Any]]:
    """Each street of the drawn map as segments from corner to corner."""
    with (HERE / "basemap.toml").open("rb") as file:
        lines = {line["name"]: line["corners"] for line in tomllib.load(file)["line"]}
    return [
        {
            "type": "Feature",
            "properties": {
                "id": f"{slug(name.replace('.', ''))}-{number}",
                "name": name,
                "gauge": gauge,
                **({} if road_cm is None else {"road_cm": road_cm}),
                "schematic": True,
            },
            "geometry": {"type": "LineString", "coordinates": [first, last]},
        }
        for name, (gauge, road_cm) in STREETS.items()
        for number, (first, last) in enumerate(pairwise(lines[name]), start=1)
    ]


def write(name: str, features: list[dict[str, Any]]) -> None:
    """One feature a line, so that a change shows as a change of one line."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in features)
    text = f'{{"type":"FeatureCollection","schematic":true,"features":[\n{lines}\n]}}\n'
    (HERE / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Write the files of the city."""
    with (HERE / "kelurahan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    write("areas.geojson", areas(rows))
    write("rivers.geojson", rivers())
    write("streets.geojson", streets())


if __name__ == "__main__":
    main()
