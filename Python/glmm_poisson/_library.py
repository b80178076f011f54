"""The C library: its functions with their types, and who frees what."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

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

    def __init__(self, seconds: float | None = None) -> None:
        """``seconds``: None for no limit on time."""
        self._pointer: int | None = function("limit_new")(0.0 if seconds is None else seconds)

    def cancel(self) -> None:
        """Ends the fits that run under this limit."""
        function("limit_cancel")(self._pointer)

    def __del__(self) -> None:
        pointer, self._pointer = getattr(self, "_pointer", None), None
        if pointer is not None:
            function("limit_free")(pointer)


def text(value: str, name: str) -> bytes:
    """A text for the library."""
    data = value.encode()
    if b"\0" in data:
        raise GLMMPoissonError(f"{name} has a zero character.")
    return data


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
def limit_of(limit: Limit | float | None) -> Iterator[int | None]:
    """The library's limit, for as long as the block takes."""
    own = Limit(limit) if isinstance(limit, (int, float)) else limit
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
