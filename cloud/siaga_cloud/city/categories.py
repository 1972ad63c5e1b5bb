"""Lists the categories that citizens may report: the reported hazards of the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from siaga_core import hazards
from siaga_core.hazards import Hazard, Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Represents a category of reports. `indonesian` and `english` are shown to people."""

    id: str
    indonesian: str
    english: str
    icon: str
    group: Names

    def name(self, language: str) -> str:
        """Return its name in `id` or `en`."""
        return self.indonesian if language == "id" else self.english


_NO_GROUP: Final = Names(indonesian="Lingkungan", english="Neighbourhood")


class _ReportedCategories(Mapping[str, Category]):
    """Reads the registry at each access, so that it holds what the registry holds now."""

    def __getitem__(self, category_id: str) -> Category:
        found = hazards.find_hazard(category_id)
        if found is None or found.report_name is None:
            raise KeyError(category_id)
        return _category(found, found.report_name)

    def __iter__(self) -> Iterator[str]:
        return (one.id for one in hazards.reported_hazards())

    def __len__(self) -> int:
        return len(hazards.reported_hazards())


def _category(found: Hazard, name: Names) -> Category:
    return Category(
        id=found.id,
        indonesian=name.indonesian,
        english=name.english,
        icon=found.icon,
        group=found.open311_group or _NO_GROUP,
    )


CATEGORIES: Final[Mapping[str, Category]] = _ReportedCategories()
