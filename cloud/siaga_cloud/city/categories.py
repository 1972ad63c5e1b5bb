"""Lists the categories that citizens may report, with their names in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Represents a category of reports. `indonesian` and `english` are shown to people."""

    id: str
    indonesian: str
    english: str

    def name(self, language: str) -> str:
        """Its name in `id` or `en`."""
        return self.indonesian if language == "id" else self.english


_ALL = (
    Category(id="flooding", indonesian="Banjir atau genangan", english="Flooding"),
    Category(id="trash", indonesian="Sampah", english="Rubbish"),
    Category(id="illegal_parking", indonesian="Parkir liar", english="Illegal parking"),
    Category(id="congestion", indonesian="Kemacetan", english="Congestion"),
    Category(id="pothole", indonesian="Jalan rusak", english="Pothole"),
    Category(id="street_light", indonesian="Lampu jalan mati", english="Street light out"),
    Category(id="beggars", indonesian="Pengemis dan gelandangan", english="Beggars"),
    Category(id="drainage", indonesian="Saluran tersumbat", english="Blocked drain"),
    Category(id="fallen_tree", indonesian="Pohon tumbang", english="Fallen tree"),
    Category(id="pavement", indonesian="Trotoar rusak atau terhalang", english="Broken or blocked pavement"),
    Category(id="street_vendor", indonesian="Pedagang liar", english="Street vendors"),
    Category(id="public_facility", indonesian="Fasilitas umum rusak", english="Broken public facility"),
    Category(id="disturbance", indonesian="Gangguan ketertiban", english="Disturbance"),
    Category(id="other", indonesian="Lainnya", english="Something else"),
)

CATEGORIES: Mapping[str, Category] = {category.id: category for category in _ALL}
