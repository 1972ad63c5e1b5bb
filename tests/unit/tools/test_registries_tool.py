"""The module that the pages import holds what the registries hold."""

from __future__ import annotations

import json
import re

from tests.support import extra_channels, extra_hazards
from tools import registries

from siaga_cloud.channels.registry import all_channels
from siaga_core.hazards import all_categories, all_hazards


def constants() -> dict[str, object]:
    found = re.findall(r"export const (\w+): [^=]+(?:=>[^=]+)?= (.*?);\n", registries.typescript(), re.DOTALL)
    return {name: json.loads(value) for name, value in found}


def test_names_icons_and_choices_are_those_of_the_registries() -> None:
    found = constants()
    assert found["HAZARD_NAMES"] == {one.id: [one.name.indonesian, one.name.english] for one in all_hazards()}
    assert found["CHANNEL_NAMES"] == {one.id: [one.name.indonesian, one.name.english] for one in all_channels()}
    assert found["HAZARD_ICONS"] == {one.id: one.icon for one in all_hazards()}
    assert found["CATEGORIES"] == [one.id for one in all_categories()]
    assert found["URGENCIES"] == {one.id: one.urgency for one in all_categories()}
    assert found["RECHECKED_HAZARDS"] == ["flooding", "trash", "illegal_parking"]


def test_what_is_registered_is_offered_by_the_pages() -> None:
    with extra_hazards.registered(extra_hazards.SINKHOLE), extra_channels.registered(extra_channels.PIGEON):
        text = registries.typescript()
    assert '"sinkhole": [\n    "Tanah ambles",\n    "Sinkhole"\n  ]' in text
    assert '"pigeon": [\n    "Merpati pos",\n    "Carrier pigeon"\n  ]' in text
    assert "sinkhole" not in registries.typescript()
