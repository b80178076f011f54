"""The documented spreadsheet function."""

from __future__ import annotations

import ctypes
import json
from typing import Any

import numpy as np

from ._library import function

_DEFAULT: Any = object()


def GLMM_POISSON(
    y: Any,
    x: Any,
    groups: Any,
    x_random: Any = None,
    fit_intercept: Any = _DEFAULT,
    alpha: Any = _DEFAULT,
    approximation: Any = _DEFAULT,
) -> list[list[Any]] | str:
    """The spreadsheet function GLMM_POISSON: a table as a list of rows of nine cells, with None in
    empty ones; a text that says why where there is no table.

    Args:
        y: rows of one count; lists, arrays or a single number.
        x: rows of the fixed-effect predictors, without the intercept.
        groups: rows of one number, the group.
        x_random: rows of the predictors with a random slope, or None.
        fit_intercept: whether there is a fixed intercept; True unless given.
        alpha: intervals hold a probability of 1 - alpha; 0.05 unless given.
        approximation: "corrected" unless given.

    >>> table = GLMM_POISSON([[2], [3], [5], [1]], [[1], [2], [3], [1]], [[1], [1], [2], [2]])
    >>> table[1][1], len(table[1])
    ('Intercept', 9)
    >>> GLMM_POISSON([[2], ["a"]], [[1], [2]], [[1], [1]])
    'Invalid input: y[1][0] must be numeric.'
    """
    request = {"y": y, "x": x, "groups": groups, "x_random": x_random}
    optional = {"fit_intercept": fit_intercept, "alpha": alpha, "approximation": approximation}
    request |= {name: value for name, value in optional.items() if value is not _DEFAULT}
    answer: list[list[Any]] | str = json.loads(call(json.dumps(request, default=_plain)))
    return answer


def call(request: str | bytes) -> str:
    """The answer to a JSON request, as ``glmm-poisson call`` prints it."""
    data = request.encode() if isinstance(request, str) else request
    # C's texts end there, and what follows would be lost in silence.
    pointer = function("call")(data.replace(b"\0", b"\x01"))
    try:
        return ctypes.string_at(pointer).decode()
    finally:
        function("free")(pointer)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if hasattr(value, "to_numpy"):
        return value.to_numpy().tolist()
    # What is neither a number nor a text is named by the checks, as a text is.
    return str(value)
