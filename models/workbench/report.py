"""A report with pictures of the worst mistakes, for a folder outside of the repository.

Outside, because the pictures show people and plates and their licences are mixed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import Floats, ImageArray
from .folders import DataError

GOOD, FALSE, MISSED = (80, 200, 80), (40, 40, 235), (0, 165, 255)


def refuse_inside_repository(folder: Path) -> None:
    """DataError when the folder lies inside this repository."""
    repository = Path(__file__).resolve().parents[2]
    if folder.resolve().is_relative_to(repository):
        raise DataError(f"{folder}: a report shows people and plates; choose a folder outside of {repository}")


def draw_boxes(
    image: ImageArray, found: Floats, right: Sequence[bool], missed: Floats, names: Sequence[str]
) -> ImageArray:
    """Right boxes green, false ones red, missed truth orange."""
    canvas = image.copy()
    thick = max(1, round(max(canvas.shape) / 500))
    for row, good in zip(found, right, strict=True):
        _box(canvas, row, f"{names[int(row[5])]} {row[4]:.2f}", GOOD if good else FALSE, thick)
    for row in missed:
        _box(canvas, row, f"missed {names[int(row[4])]}", MISSED, thick)
    return canvas


def draw_water(image: ImageArray, found: NDArray[np.bool_], there: NDArray[np.bool_]) -> ImageArray:
    """Water found green, false water red, missed water orange."""
    canvas = image.astype(np.float32)
    for mask, colour in ((found & there, GOOD), (found & ~there, FALSE), (~found & there, MISSED)):
        canvas[mask] = canvas[mask] * 0.5 + np.array(colour, np.float32) * 0.5
    return np.asarray(canvas, np.uint8)


def _box(canvas: ImageArray, row: Floats, text: str, colour: tuple[int, int, int], thick: int) -> None:
    x1, y1, x2, y2 = (round(float(v)) for v in row[:4])
    cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, thick)
    cv2.putText(canvas, text, (x1, max(12, y1 - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.4 * thick, colour, thick, cv2.LINE_AA)


def write_report(folder: Path, tables: str, mistakes: Sequence[tuple[str, str, ImageArray]]) -> None:
    """report.md, report.html and images/; each mistake is (weights, what is wrong, image)."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines, cells = [], []
    for index, (weights, text, image) in enumerate(mistakes):
        name = f"images/{index:03d}.jpg"
        cv2.imwrite(str(folder / name), image, [cv2.IMWRITE_JPEG_QUALITY, 85])
        lines.append(f"![{text}]({name})\n\n{weights}: {text}\n")
        cells.append(
            f'<figure><img src="{name}"><figcaption>{html.escape(weights + ": " + text)}</figcaption></figure>'
        )
    note = "Green: right. Red: false. Orange: missed."
    (folder / "report.md").write_text(f"# Evaluation\n\n{tables}\n## Worst mistakes\n\n{note}\n\n" + "\n".join(lines))
    (folder / "report.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Evaluation</title><style>body{font:14px sans-serif;margin:2em}"
        "table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:3px 8px;text-align:left}"
        "figure{display:inline-block;margin:6px;max-width:420px}img{max-width:100%}</style><h1>Evaluation</h1>"
        + _html_tables(tables)
        + f"<h2>Worst mistakes</h2><p>{note}</p>"
        + "".join(cells)
    )


def _html_tables(text: str) -> str:
    out: list[str] = []
    rows: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            if set(line) <= set("|-"):
                continue
            tag = "td" if rows else "th"
            cells = [html.escape(cell.strip().strip("*")) for cell in line.strip("|").split("|")]
            rows.append("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>")
            continue
        if rows:
            out.append("<table>" + "".join(rows) + "</table>")
            rows = []
        if line.strip():
            out.append(f"<p>{html.escape(line)}</p>")
    return "".join(out)
