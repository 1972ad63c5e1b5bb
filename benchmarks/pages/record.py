"""What `make pages` has measured: .run/pages.json, written after each page, so that nothing is measured twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from benchmarks.pages.screenshots import ViewPreference

PARTS: Final = ("pages", "javascript_bytes", "largest_paint_seconds", "map_frames", "tasks")
_BUILT: Final = Path(__file__).resolve().parents[2] / "cloud" / "siaga_cloud" / "pages" / "built"


class Record:
    """The measurements by part and name. What an earlier run measured stays until it is measured again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.data: dict[str, Any] = {part: {} for part in PARTS}
        with suppress(FileNotFoundError, ValueError):
            before = json.loads(file.read_text())
            self.data |= {part: before[part] for part in PARTS if isinstance(before.get(part), dict)}

    def put(self, part: str, name: str, value: object) -> None:
        """Keep one measurement, also if the run ends now."""
        self.data[part][name] = value
        self.write()

    def forget_pages(self, *, but: Sequence[str]) -> None:
        """Drop the pages that are no more. `but`: how the keys of those begin that are."""
        stored = {key: value for key, value in self.data["pages"].items() if key.split(" ")[0] in but}
        self.data["pages"] = stored

    def has_page(self, key: str, preference: ViewPreference) -> bool:
        """Whether a page was photographed at these widths, of this build, and without a problem."""
        found = self.data["pages"].get(key, {})
        is_whole = set(preference.widths) <= set(found.get("widths", ()))
        return found.get("build") == preference.build and is_whole and not found.get("axe") and "problem" not in found

    def write(self) -> None:
        """Replace the file at once."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(self.data, indent=1) + "\n")
        unfinished.replace(self._file)


def build_of_pages() -> str:
    """A name for the pages as they are built now."""
    digest = hashlib.sha256()
    for file in sorted(one for one in _BUILT.rglob("*") if one.is_file()):
        digest.update(f"{file.relative_to(_BUILT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:12]
