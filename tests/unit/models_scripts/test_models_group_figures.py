"""Groups of classes as a node tells them: what is right, false or missed, by condition and source."""

from pathlib import Path

import numpy as np
import pytest
from workbench.detection_figures import JudgedImage
from workbench.folders import CLASSES, DataError, detection_folder
from workbench.group_figures import acted_on, counted, group_figures

PLACE = (0.1, 0.1, 0.4, 0.4)
ELSEWHERE = (0.6, 0.6, 0.9, 0.9)
Found = tuple[str, float, tuple[float, float, float, float]]


def judged(truth: list[str], found: list[Found], *, covered: tuple[str, ...] = CLASSES) -> JudgedImage:
    return JudgedImage(
        name="p",
        truth=np.array([(*PLACE, CLASSES.index(label)) for label in truth], float).reshape(-1, 5),
        found=np.array([(*box, score, CLASSES.index(label)) for label, score, box in found], float).reshape(-1, 6),
        covered=frozenset(CLASSES.index(label) for label in covered),
    )


@pytest.mark.parametrize(
    ("truth", "found", "covered", "expected"),
    [
        pytest.param(["car"], [("truck", 0.8, PLACE)], CLASSES, (1, 0, 0), id="named otherwise within the group"),
        pytest.param(["car"], [("car", 0.8, PLACE), ("truck", 0.7, PLACE)], CLASSES, (1, 0, 0), id="doubles are one"),
        pytest.param(["car"], [("car", 0.2, PLACE)], CLASSES, (0, 0, 1), id="below the threshold"),
        pytest.param([], [("bus", 0.8, ELSEWHERE)], CLASSES, (0, 1, 0), id="nothing there"),
        pytest.param(["car"], [("bus", 0.8, ELSEWHERE)], ("car",), (0, 0, 1), id="a class that nobody labelled"),
        pytest.param(["car"], [("truck", 0.8, PLACE)], ("car",), (1, 0, 0), id="right by an unlabelled name"),
        pytest.param([], [("car", 0.8, PLACE)], ("trash",), (0, 0, 0), id="the group is not labelled"),
        pytest.param(["car"], [("person", 0.8, PLACE)], CLASSES, (0, 0, 1), id="another group"),
    ],
)
def test_group_counts_as_a_node_follows_it(
    truth: list[str], found: list[Found], covered: tuple[str, ...], expected: tuple[int, int, int]
) -> None:
    one = judged(truth, found, covered=covered)
    sure = acted_on(one.found, CLASSES, {"car": 0.4, "truck": 0.4, "bus": 0.4})
    vehicles = frozenset(CLASSES.index(label) for label in ("car", "bus", "truck", "three_wheeler"))
    count = counted(one, sure, vehicles)
    assert (count.right, count.false, count.missed) == expected


def test_figures_are_given_whole_and_by_part() -> None:
    day, dark = judged(["trash"], [("trash", 0.9, PLACE)]), judged(["trash"], [])
    parts = [frozenset({"day", "woo"}), frozenset({"dark", "woo"})]
    groups = group_figures([day, dark], parts, CLASSES, {}, rounds=20)
    assert list(groups) == ["trash"]
    assert {part: row["recall"][0] for part, row in groups["trash"].items()} == {
        "all": 0.5,
        "dark": 0.0,
        "day": 1.0,
        "woo": 0.5,
    }
    value, low, high = groups["trash"]["all"]["recall"]
    assert (value, low, high) == (0.5, 0.0, 1.0)
    assert groups["trash"]["dark"]["precision"][0] is None


def test_classes_that_a_detector_lacks_do_not_count() -> None:
    names = CLASSES[:7]
    one = judged(["car"], [("car", 0.9, PLACE)], covered=names)
    groups = group_figures([one], [frozenset()], names, {}, rounds=0)
    assert {group: row["all"]["right"] for group, row in groups.items()} == {"vehicles": 1}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for kind, ending, content in (("images", "jpg", ""), ("labels", "txt", "7 .5 .5 .2 .2\n3 .5 .5 .2 .2\n")):
        (tmp_path / kind / "val").mkdir(parents=True)
        (tmp_path / kind / "val" / f"a.{ending}").write_text(content)
    note = '{"annotated": ["three_wheeler", "car"], "teacher": ["person"], "source": "anup", "dark": true}'
    (tmp_path / "manifest_val.json").write_text('{"classes": [], "pictures": {"a": ' + note + "}}")
    return tmp_path


def test_pack_notes_give_covered_classes_and_darkness(pack: Path) -> None:
    (one,) = detection_folder(pack, CLASSES, part="val")
    assert (one.covered, one.source, one.condition) == (frozenset({7, 3}), "anup", "dark")
    assert [int(row[0]) for row in one.boxes] == [7, 3]


def test_a_detector_of_other_classes_gets_only_those_with_its_numbers(pack: Path) -> None:
    (one,) = detection_folder(pack, ("car", "person"), part="val")
    assert (one.covered, [int(row[0]) for row in one.boxes]) == (frozenset({0}), [0])


def test_a_pack_with_an_unknown_class_is_refused(pack: Path) -> None:
    (pack / "manifest_val.json").write_text('{"pictures": {"a": {"annotated": ["boat"]}}}')
    with pytest.raises(DataError, match="boat"):
        detection_folder(pack, CLASSES, part="val")
