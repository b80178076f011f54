"""The C library: its functions with their types, and who frees what."""

from __future__ import annotations

import ctypes
import json
import math
import os
import pathlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn, SupportsFloat

import numpy as np

_POINTER, _TEXT, _SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64

_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "version": (_TEXT, []),
    "free": (None, [_POINTER]),
    "call": (_POINTER, [_TEXT]),
    "limit_new": (_POINTER, [ctypes.c_double]),
    "limit_cancel": (None, [_POINTER]),
    "limit_free": (None, [_POINTER]),
    "data_new": (_POINTER, []),
    "data_new_csv": (_POINTER, [_TEXT, _SIZE, _TEXT]),
    "data_add_numbers": (_TEXT, [_POINTER, _TEXT, _POINTER, _SIZE]),
    "data_add_texts": (_TEXT, [_POINTER, _TEXT, _POINTER, _SIZE, ctypes.POINTER(_TEXT), _SIZE]),
    "data_free": (None, [_POINTER]),
    "fit": (_POINTER, [_POINTER, _TEXT, _TEXT, _POINTER]),
    "predict": (_POINTER, [_TEXT, _SIZE, _POINTER, _TEXT, _POINTER]),
    "result_free": (None, [_POINTER]),
    "result_error": (_TEXT, [_POINTER]),
    "result_warnings": (_TEXT, [_POINTER]),
    "result_json": (_TEXT, [_POINTER]),
    "result_csv": (_TEXT, [_POINTER]),
    "result_saved": (_POINTER, [_POINTER, ctypes.POINTER(_SIZE)]),
}


def _load() -> ctypes.CDLL:
    """The library within the package, or the one that GLMM_POISSON_LIBRARY names."""
    own = pathlib.Path(__file__).with_name("libglmmpoisson.so")
    library = ctypes.CDLL(os.environ.get("GLMM_POISSON_LIBRARY") or str(own))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, f"glmm_poisson_{name}")
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def function(name: str) -> Any:
    """A function of the library. The GIL is released while it runs."""
    return getattr(_library, f"glmm_poisson_{name}")


class GLMMPoissonError(ValueError):
    """Data, a formula or options that cannot be used; one sentence says why."""


class Limit:
    """A limit to what fits may take: their time, counted from now, or somebody's patience.

    >>> limit = Limit(seconds=10)
    >>> limit.cancel()  # from any thread
    """

    def __init__(self, seconds: SupportsFloat | None = None) -> None:
        """``seconds``: None for no limit on time."""
        self._pointer: int | None = function("limit_new")(
            0.0 if seconds is None else _positive(seconds)
        )

    def cancel(self) -> None:
        """Ends the fits that run under this limit."""
        function("limit_cancel")(self._pointer)

    def __del__(self) -> None:
        pointer, self._pointer = getattr(self, "_pointer", None), None
        if pointer is not None:
            function("limit_free")(pointer)

    def __reduce__(self) -> NoReturn:
        # Both would free the library's limit.
        raise TypeError("A Limit cannot be copied or pickled: make another one.")


def _positive(seconds: SupportsFloat) -> float:
    try:
        # NumPy's numbers too.
        number = math.nan if isinstance(seconds, (str, bytes)) else float(seconds)
    except (TypeError, ValueError):
        number = math.nan
    if not number > 0:
        raise GLMMPoissonError(
            f"A limit must be a number of seconds above 0, or a Limit, not {seconds!r}."
        )
    return number


def text(value: str, name: str) -> bytes:
    """A text for the library."""
    if not isinstance(value, str):
        raise GLMMPoissonError(f"{name} must be a text, not {type(value).__name__}.")
    data = value.encode()
    if b"\0" in data:
        raise GLMMPoissonError(f"{name} has a zero character.")
    return data


def options_text(options: Mapping[str, Any]) -> bytes:
    """Options for the library; those that are None are not given."""
    given = {name: _plain(name, value) for name, value in options.items() if value is not None}
    return json.dumps(given).encode()


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list):
        return [_plain(name, item) for item in value]
    if not isinstance(value, (bool, int, float, str)):
        raise GLMMPoissonError(f"'{name}' cannot be of type {type(value).__name__}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise GLMMPoissonError(f"'{name}' cannot be {value}.")
    return value


def version() -> str:
    """The version of the library."""
    return str(function("version")().decode())


class Answer(NamedTuple):
    """What a result of the library holds."""

    json: str
    warnings: list[str]
    csv: str
    saved: bytes


@contextmanager
def limit_of(limit: Limit | SupportsFloat | None) -> Iterator[int | None]:
    """The library's limit, for as long as the block takes."""
    own = limit if limit is None or isinstance(limit, Limit) else Limit(limit)
    yield None if own is None else own._pointer


def answer(pointer: int) -> Answer:
    """Takes over a result, and frees it."""
    try:
        error = function("result_error")(pointer)
        if error is not None:
            raise GLMMPoissonError(error.decode())
        size = ctypes.c_int64()
        saved = function("result_saved")(pointer, ctypes.byref(size))
        return Answer(
            (function("result_json")(pointer) or b"").decode(),
            json.loads(function("result_warnings")(pointer)),
            (function("result_csv")(pointer) or b"").decode(),
            ctypes.string_at(saved, size.value) if saved else b"",
        )
    finally:
        function("result_free")(pointer)
