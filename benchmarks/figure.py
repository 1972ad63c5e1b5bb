"""One measured figure of the product, beside the baseline that was measured in the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`target` is for the ratio to the baseline where there is one, else for the value itself.

    `at_most` turns the target round: the smaller, the better.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float | None:
        """Return the value divided by the baseline."""
        return None if not self.baseline else self.value / self.baseline

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached; a figure without one is only told."""
        if self.target is None:
            return True
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.target if self.at_most else judged >= self.target

    def row(self) -> dict[str, object]:
        """Return the figure as a row of bench.json."""
        return {
            "value": round(self.value, 4),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "target": self.target,
            "at_most": self.at_most,
            "met": self.is_reached,
        }

    def cells(self) -> tuple[str, str, str, str, str]:
        """As in the table."""
        sign = "<=" if self.at_most else ">="
        return (
            self.name,
            f"{self.value:.4g} {self.unit}",
            "-" if self.baseline is None else f"{self.baseline:.4g} {self.unit}",
            "-" if self.ratio is None else f"{self.ratio:.3f}",
            "-" if self.target is None else f"{sign} {self.target:g}",
        )
