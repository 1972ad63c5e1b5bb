"""Makes QR codes of short texts, for screens, paper and terminals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

QUIET_MODULES: Final = 4  # the empty border that readers need, by ISO/IEC 18004
_BLOCKS: Final = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}

Modules = tuple[tuple[bool, ...], ...]


def modules_of(text: str) -> Modules:
    """Return the rows of the code with its quiet border; true is dark."""
    import cv2  # takes longer to load than any command that shows no code should wait

    dark = cv2.QRCodeEncoder.create().encode(text) == 0
    rows, columns = dark.any(axis=1).nonzero()[0], dark.any(axis=0).nonzero()[0]
    code = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = code.shape[1] + 2 * QUIET_MODULES
    border = ((False,) * side,) * QUIET_MODULES
    edge = (False,) * QUIET_MODULES
    return (*border, *((*edge, *map(bool, row), *edge) for row in code.tolist()), *border)


def as_path(modules: Modules) -> str:
    """Return the dark modules as the path of an SVG drawing, a unit a module."""
    return "".join(
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(modules) for start, length in _runs(row)
    )


def as_text(modules: Modules) -> str:
    """Return the code for a terminal, two rows a line; light modules are drawn, as terminals are mostly dark."""
    light_row = (False,) * len(modules[0])
    rows = modules if len(modules) % 2 == 0 else (*modules, light_row)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs)


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where runs of dark modules start, and how long they are."""
    runs: list[tuple[int, int]] = []
    for x, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((x, 1))
    return runs
