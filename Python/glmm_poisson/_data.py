"""Columns of Python's kinds as columns of the library: numbers or texts."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from ._library import GLMMPoissonError, function, text

#: A data frame of pandas or Polars, a mapping of names to columns, or the path of a CSV file.
Data: TypeAlias = Any

#: Whole numbers beyond it have no double of their own.
_LARGEST_EXACT = 2**53

#: A `.` that is no part of a name or a number stands for all other columns.
_ALL_OTHERS = re.compile(r"(?<![\w.])\.(?![\w.])")


class LibraryData:
    """A copy of data as the library has them, which what becomes of the data does not change."""

    def __init__(self, data: Data, mentioned: Iterable[str] | None) -> None:
        """``mentioned``: texts, one of which mentions each column that is needed; None for all
        columns."""
        self.pointer: int | None = (
            _csv(data) if isinstance(data, (str, os.PathLike)) else _columns(data, mentioned)
        )

    def __del__(self) -> None:
        pointer, self.pointer = getattr(self, "pointer", None), None
        if pointer is not None:
            function("data_free")(pointer)

    def __reduce__(self) -> NoReturn:
        # Both would free the library's data.
        raise TypeError("Data of the library cannot be copied or pickled.")


def _csv(path: str | os.PathLike[str]) -> int:
    with open(path, "rb") as file:
        content = file.read()
    name = text(os.fspath(path), "The path")
    return int(function("data_new_csv")(content, len(content), name))


def leaves_out(data: Data, mentioned: Iterable[str]) -> bool:
    """Whether the data have columns that none of these texts mentions."""
    return not isinstance(data, (str, os.PathLike)) and len(_wanted(data, mentioned)) < len(
        _wanted(data, None)
    )


def _wanted(data: Data, mentioned: Iterable[str] | None) -> list[Any]:
    """The names of the columns that are needed."""
    if isinstance(data, Mapping):
        names = list(data)
    elif hasattr(data, "columns"):
        names = list(data.columns)
    else:
        raise GLMMPoissonError(
            "The data must be a data frame of pandas or Polars, a dict of columns, or the path of "
            f"a CSV file, not {type(data).__name__}."
        )
    wanted = None if mentioned is None else " ".join(mentioned)
    if wanted is None or _ALL_OTHERS.search(wanted):
        return names
    return [name for name in names if str(name) in wanted]


def _columns(data: Data, mentioned: Iterable[str] | None) -> int:
    names = _wanted(data, mentioned)
    pointer = int(function("data_new")())
    try:
        for name in names:
            _add(pointer, str(name), data[name])
    except BaseException:
        function("data_free")(pointer)
        raise
    return pointer


def _add(pointer: int, name: str, column: Any) -> None:
    values = _array(column)
    if values.ndim != 1:
        raise GLMMPoissonError(
            f"Column '{name}' must have one value a row: it has {values.ndim} dimensions."
        )
    title = text(name, "The name of a column")
    numbers = _numbers(values)
    if numbers is not None:
        fault = function("data_add_numbers")(pointer, title, numbers.ctypes.data, len(numbers))
    else:
        codes, levels = _codes(values)
        encoded = [text(level, f"Column '{name}'") for level in levels]
        array = (ctypes.c_char_p * len(encoded))(*encoded)
        fault = function("data_add_texts")(
            pointer, title, codes.ctypes.data, len(codes), array, len(encoded)
        )
    if fault is not None:
        raise GLMMPoissonError(fault.decode())


def _array(column: Any) -> npt.NDArray[Any]:
    """The column as an array; masked and nullable kinds with None where a value is missing."""
    if isinstance(column, np.ma.MaskedArray):
        values = np.asarray(column.data).astype(object)
        values[np.ma.getmaskarray(column)] = None
        return values
    kind = str(getattr(column, "dtype", ""))
    if hasattr(column, "to_numpy"):
        # pandas' Int64, boolean and string hold missing values that a plain array cannot.
        plain = not hasattr(column, "hasnans") or not column.hasnans or kind.startswith("float")
        return np.asarray(column.to_numpy() if plain else column.astype(object).to_numpy())
    return np.asarray(column)


def _numbers(values: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
    """The values as doubles; None where they are texts."""
    kind = values.dtype.kind
    if kind == "f":
        return np.ascontiguousarray(values, dtype=np.float64)
    if kind in "iu":
        # Identifiers that large name groups; as doubles some would be the same.
        if len(values) and (values.max() > _LARGEST_EXACT or values.min() < -_LARGEST_EXACT):
            return None
        return np.ascontiguousarray(values, dtype=np.float64)
    if kind != "O":
        return None
    numbers = np.empty(len(values))
    for row, value in enumerate(values):
        if _is_missing(value):
            numbers[row] = np.nan
        elif isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(
            value, bool
        ):
            if isinstance(value, (int, np.integer)) and abs(int(value)) > _LARGEST_EXACT:
                return None
            numbers[row] = value
        else:
            return None
    return numbers


def _is_missing(value: Any) -> bool:
    # pandas' NA and NaT are not equal to themselves either, NA by not answering.
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _codes(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int32], list[str]]:
    """The texts as indices of the distinct ones in order of appearance; -1 where one is missing."""
    codes = np.empty(len(values), dtype=np.int32)
    levels: dict[str, int] = {}
    for row, value in enumerate(values.tolist() if values.dtype.kind != "M" else values.astype(str)):
        if _is_missing(value) or values.dtype.kind == "M" and value == "NaT":
            codes[row] = -1
        else:
            codes[row] = levels.setdefault(str(value), len(levels))
    return codes, list(levels)
