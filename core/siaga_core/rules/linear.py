"""Small linear systems."""

from __future__ import annotations

from collections.abc import Sequence


class SingularError(ValueError):
    """The equations do not tell the unknowns apart."""


def solve(squares: Sequence[Sequence[float]], products: Sequence[Sequence[float]]) -> list[list[float]]:
    """The x of squares @ x = product for each of `products`, by Gaussian elimination with partial pivoting.

    `squares` is n x n; each product and each answer has n numbers. Raises `SingularError`.
    """
    size = len(squares)
    lines = [[*squares[row], *(product[row] for product in products)] for row in range(size)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(lines[row][column]))
        if lines[pivot][column] == 0:
            raise SingularError(f"column {column} of {size} depends on the others")
        lines[column], lines[pivot] = lines[pivot], lines[column]
        for row in range(size):
            if row != column and lines[row][column]:
                share = lines[row][column] / lines[column][column]
                lines[row] = [value - share * above for value, above in zip(lines[row], lines[column], strict=True)]
    return [[lines[row][size + at] / lines[row][row] for row in range(size)] for at in range(len(products))]
