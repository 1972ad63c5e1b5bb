"""The checklist: what is missing is listed, what was not checked is called so, and nothing else is claimed."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from tests.support.http_api import CITY

from siaga_cloud.operations.new_city import checklist_words
from siaga_cloud.operations.new_city.checklist import Gap, Topic, checklist, is_complete
from siaga_cloud.operations.new_city.facts import AgencyFact, AreaFact, CameraFact, CityFacts, GaugeFact, read_facts
from siaga_cloud.platform.import_errors import ImportFileError
from siaga_cloud.platform.language import Language
from siaga_core.hazards import all_categories

EVERYTHING = CityFacts(
    areas=(AreaFact(name="A", has_border=True, is_schematic=False),),
    zone="Asia/Dili",
    agencies=(AgencyFact(name="B", categories=frozenset(one.id for one in all_categories()), has_people=True),),
    admins=1,
    people=2,
    gauges=(GaugeFact(id="g", node="n", has_limits=True, is_in_area=True, has_reported=True),),
    cameras=(
        CameraFact(id="c", node="n", has_permission=True, has_zones=True, is_in_area=True, has_reported=True),
    ),
    enrolled_nodes=frozenset({"n"}),
    places=3,
    sends_mail=True,
)  # fmt: skip


def codes(facts: CityFacts) -> set[str]:
    return {gap.code for topic in checklist(facts) for gap in topic.gaps}


def test_a_city_that_has_everything_is_complete() -> None:
    topics = checklist(EVERYTHING)
    assert {topic.state for topic in topics} == {"complete"}
    assert is_complete(topics)


def test_an_empty_city_lacks_everything_and_mail_is_not_checked() -> None:
    assert codes(CityFacts()) == {
        "borders_missing", "policy_missing", "agencies_missing", "category_unrouted", "admin_missing",
        "gauges_missing", "cameras_missing", "nodes_missing", "places_missing", "mail_unchecked",
    }  # fmt: skip
    assert not is_complete(checklist(CityFacts()))


def test_what_was_not_checked_is_neither_there_nor_missing() -> None:
    assert Topic(id="nodes", count=1, gaps=(Gap(code="node_unchecked", is_unchecked=True),)).state == "unchecked"
    both = (Gap(code="node_unchecked", is_unchecked=True), Gap(code="nodes_missing"))
    assert Topic(id="nodes", count=1, gaps=both).state == "missing"
    assert is_complete([Topic(id="messages", count=0, gaps=(Gap(code="mail_unchecked", is_unchecked=True),))])


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_gap_has_a_sentence_in_both_languages(language: Language) -> None:
    for code, names in checklist_words._SENTENCES.items():
        gap = Gap(code=code, names=("other",), count=1)
        assert checklist_words.sentence_of(gap, language)
        fields = {field for _, field, _, _ in string.Formatter().parse(names.in_language(language)) if field}
        assert fields <= {"n", "names"}


def test_a_long_list_is_cut_and_counted() -> None:
    gap = Gap(code="gauge_silent", names=tuple(f"g{number}" for number in range(20)), count=20)
    assert checklist_words.sentence_of(gap, "en").endswith("(20): g0, g1, g2, g3, g4, g5, g6, g7, +12.")


def test_the_demo_city_is_read_from_its_folder() -> None:
    facts = read_facts(CITY)
    assert (len(facts.areas), len(facts.gauges), len(facts.cameras)) == (318, 19, 6)
    assert {"area_schematic", "camera_without_permission", "gauge_unchecked"} <= codes(facts)
    assert "category_unrouted" not in codes(facts)
    assert not {"policy_missing", "admin_missing", "nodes_missing"} & codes(facts)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="expected a folder with the files of a city"):
        read_facts(tmp_path / "nowhere")
