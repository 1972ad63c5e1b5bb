"""Writes what was found into docs/deployment.md, between its marks."""

from __future__ import annotations

import re
from typing import Any

from tools.compose_test.commands import ROOT

PAGE = ROOT / "docs" / "deployment.md"
_LEAST_LAYER_MB = 1.0


def checks_table(found: dict[str, Any]) -> str:
    """Return the checks as a table."""
    good = sum(one["is_good"] for one in found["checks"])
    rows = [f"{found['at'][:10]}, {good} of {len(found['checks'])} checks:", "", "| Check | Seconds | What was found |"]
    rows += ["|---|---|---|"]
    rows += [
        f"| {one['name']} | {one['seconds']:.0f} | {'' if one['is_good'] else '**failed:** '}{one['detail']} |"
        for one in found["checks"]
    ]
    return "\n".join(rows)


def layers_table(found: dict[str, Any]) -> str:
    """Return the layers of each image of one megabyte or more."""
    rows = ["| Image | MB | Layers of 1 MB or more, from the base up |", "|---|---|---|"]
    for name, layers in found["layers"].items():
        large = [f"{_short(made)} {size:.0f}" for size, made in layers if size >= _LEAST_LAYER_MB]
        rows.append(f"| `{name}` | {sum(size for size, _ in layers):.0f} | {', '.join(large)} |")
    return "\n".join(rows)


def written(page: str, found: dict[str, Any]) -> str:
    """Return the page with both tables put between their marks; raises where a mark is missing."""
    for mark, table in (("checks", checks_table(found)), ("layers", layers_table(found))):
        between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
        page, count = between.subn(lambda match, table=table: f"{match[1]}{table}\n\n{match[2]}", page)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"{PAGE.name}: {count} times the mark {mark}, expected once")
    return page


def _short(made: str) -> str:
    """Name a layer by the folder that was copied, or else as what came with the base."""
    copied = re.match(r"COPY \S+ (/\S+)", made)
    if copied:
        return f"`{copied[1]}`"
    return "base" if "apt-get" in made or "import" in made.lower() or not made else "set-up"
