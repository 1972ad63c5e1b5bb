"""What `make pages` calls missed, what it does again, and how its contact sheets are put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.pages.record import Record
from benchmarks.pages.screenshots import ViewPreference, name_of
from benchmarks.pages.sheets import part_of, write_sheets
from benchmarks.pages.targets import MOVEMENTS, missed
from PIL import Image

WIDTHS = (360, 768, 1440, 3840)


def figures(**changed: Any) -> dict[str, Any]:
    """Figures that miss nothing, but for those changed."""
    good: dict[str, Any] = {
        "javascript_bytes": {"without_map": {"br": 50_000}, "with_map": {"br": 500_000}},
        "largest_paint_seconds": {"/ id, this processor": {"median": 1.9, "all": [1.8, 1.9, 2.4]}},
        "pages": {"water id light": {"axe": []}},
        "map_frames": {
            "slow": {one: {"frames_a_second": 12.0} for one in MOVEMENTS},
            "quick": {one: {"frames_a_second": 31.0} for one in MOVEMENTS},
        },
        "tasks": {"follow it": {"clicks": 1}},
        "late": [],
    }
    return good | changed


def test_nothing_is_missed_where_the_quicker_renderer_reaches_every_target() -> None:
    assert missed(figures()) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"javascript_bytes": {"without_map": {"br": 60_001}, "with_map": {"br": 1}}},
            "60001 bytes of scripts without_map",
        ),
        ({"javascript_bytes": {"without_map": {"br": 1}}}, "None bytes of scripts with_map"),
        ({"largest_paint_seconds": {"/ en, this processor": {"median": 2.01, "all": [2.01]}}}, "largest paint 2.01 s"),
        ({"pages": {"map id light": {"axe": ["360 px: contrast"]}}}, "map id light: 360 px: contrast"),
        ({"pages": {"map id light": {"axe": [], "problem": "timeout"}}}, "no picture of map id light: timeout"),
        ({"map_frames": {"slow": {"far": {"frames_a_second": 40.0}}}}, "the map moves at 0 frames"),
        ({"tasks": {"subscribe": {"problem": "no button"}}}, "task subscribe: no button"),
        ({"late": ["pictures"]}, "not done in time: pictures"),
    ],
)
def test_each_missed_target_is_named_in_words(changed: dict[str, Any], words: str) -> None:
    (found,) = missed(figures(**changed))
    assert words in found


def test_a_page_is_photographed_again_for_another_build_or_a_missing_width_alone(tmp_path: Path) -> None:
    wanted = ViewPreference(folder=tmp_path, paths=["/"], widths=WIDTHS, appearances=["light"], build="b1")
    done = {"build": "b1", "widths": [*WIDTHS], "axe": []}
    Record(tmp_path / "pages.json").put("pages", "water id light", done)
    record = Record(tmp_path / "pages.json")  # as a later run reads it
    assert record.has_page("water id light", wanted)
    assert not record.has_page("water en light", wanted)
    for changed in ({"build": "b0"}, {"widths": [360]}, {"axe": ["360 px: contrast"]}, {"problem": "timeout"}):
        record.put("pages", "water id light", done | changed)
        assert not record.has_page("water id light", wanted), changed
    record.forget_pages(but=["map"])
    assert record.data["pages"] == {}


def test_names_of_pages_separate_lists_incidents_and_the_past() -> None:
    assert name_of("/") == "water"
    assert name_of("/control?list=gauges&gauge=manggarai") == "control-gauges"
    assert name_of("/control?number=12") == "control-incident"
    assert name_of("/control?at=2026-12-01T07:32Z") == "control-replay"
    assert name_of("/r/0123456789abcdefghij") == "r-one"


def test_a_sheet_holds_every_image_of_its_width_language_and_part(tmp_path: Path) -> None:
    for name, height in (("water", 740), ("map", 9_000), ("admin", 740)):
        Image.new("RGB", (360, height), "#28a").save(tmp_path / f"{name}-360-id.png")
    written = write_sheets(tmp_path, tmp_path / "sheets")
    assert [one.name for one in written] == ["public-360-id.webp", "admin-360-id.webp"]
    with Image.open(written[0]) as sheet:
        blue = sum(count for count, (r, _, b) in (sheet.convert("RGB").getcolors(2**24) or []) if b > r + 60)  # type: ignore[misc]
    # One screen of the first and two of the second, which is cut there, in columns of a tenth of the sheet.
    assert 0.9 < blue / (149 * 149 / 360 * (740 + 1480)) < 1.1
    assert part_of("officer-me-360-id.png") == "officer"
    assert part_of("map-360-id.png") == "public"
