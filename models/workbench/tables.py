"""Figures as Markdown: one table per folder, several weights side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WATER_ROWS = (
    ("iou", "water IoU (pixels of images with water)"),
    ("mean_image_iou", "mean IoU per image"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("flooded_accuracy", "flooded yes/no: accuracy"),
    ("flooded_sensitivity", "flooded yes/no: sensitivity"),
    ("flooded_specificity", "flooded yes/no: specificity"),
    ("false_share_on_dry", "false water on dry images, share of area"),
    ("dry_over_2_percent", "dry images with more than 2 % false water"),
)


def shown(spread: Sequence[float | None], *, digits: int = 3) -> str:
    """`0.712 [0.65, 0.78]`, or a dash where it could not be measured."""
    value, low, high = spread
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text if low is None or high is None else f"{text} [{low:.2f}, {high:.2f}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render rows as a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def detection_table(results: Sequence[dict[str, Any]]) -> str:
    """Per class and in the mean, for all weights."""
    names = [r["weights"] for r in results]
    classes = dict.fromkeys(name for result in results for name in result["figures"]["classes"])
    rows = []
    for name in classes:
        for result in (one for one in results if name in one["figures"]["classes"]):
            row = result["figures"]["classes"][name]
            rows.append(
                [name, str(row["boxes"]), *([result["weights"]] if len(names) > 1 else []), f"{row['threshold']:g}"]
                + [shown(row[key]) for key in ("precision", "recall", "map50", "map50_95")]
            )
    for result in results:
        figures = result["figures"]
        mark = [result["weights"]] if len(names) > 1 else []
        rows.append(["**mean**", "", *mark, "", "", "", shown(figures["map50"]), shown(figures["map50_95"])])
    weights = ["weights"] if len(names) > 1 else []
    return table(["class", "boxes", *weights, "score ≥", "precision", "recall", "mAP50", "mAP50-95"], rows)


def condition_table(results: Sequence[dict[str, Any]]) -> str:
    """mAP50 per condition and source, for all weights."""
    keys = [(kind, key) for kind in ("conditions", "sources") for key in results[0].get(kind, {})]
    rows = [
        [f"{kind[:-1]} {key}", str(results[0][kind][key]["images"])]
        + [shown(r[kind][key].get("map50", r[kind][key].get("iou", [None, None, None]))) for r in results]
        for kind, key in keys
    ]
    what = "mAP50" if results[0]["task"] == "detect" else "water IoU"
    return table(["part", "images", *[f"{r['weights']} {what}" for r in results]], rows)


def group_table(results: Sequence[dict[str, Any]]) -> str:
    """Precision and recall of the groups that a node tells apart, whole and by condition and source."""
    rows = []
    keys = dict.fromkeys((group, part) for r in results for group, parts in r["groups"].items() for part in parts)
    for group, part in keys:
        for result in results:
            row = result["groups"].get(group, {}).get(part)
            if row:
                figures = [shown(row["precision"]), shown(row["recall"]), str(row["false"])]
                rows.append([group, part, str(row["boxes"]), result["weights"], *figures])
    return table(["group", "part", "boxes", "weights", "precision", "recall", "false"], rows)


def confusion_table(result: dict[str, Any]) -> str:
    """Found classes in rows, true ones in columns."""
    names = [*result["classes"], "nothing"]
    rows = [
        [f"found {name}", *[str(cell) for cell in row]] for name, row in zip(names, result["confusion"], strict=True)
    ]
    return table([result["weights"], *names], rows)


def water_table(results: Sequence[dict[str, Any]]) -> str:
    """Water figures in rows, weights in columns."""
    rows = [[text, *[shown(r["figures"][key], digits=4) for r in results]] for key, text in WATER_ROWS]
    return table(["figure", *[r["weights"] for r in results]], rows)


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """The whole account of one evaluation."""
    first = results[0]
    parts = [f"Data: {first['data']}, {first['figures']['images']} images; 95 % intervals by bootstrap over images.\n"]
    if first["task"] == "detect":
        parts += [detection_table(results), group_table(results), condition_table(results)]
        parts += [*[confusion_table(r) for r in results]]
    else:
        parts += [water_table(results), condition_table(results)]
    parts.append(
        table(["weights", "input", "ms per image"], [[r["weights"], r["input"], f"{r['ms']:.0f}"] for r in results])
    )
    return "\n".join(parts)
