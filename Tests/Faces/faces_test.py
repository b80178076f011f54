#!/usr/bin/env python3
"""The requests of requests.jsonl through the command and the C library: the answers are equal.

  faces_test.py COMMAND LIBRARY          compares
  faces_test.py --plain FILE             writes the requests to a file, one a line
"""

import ctypes
import json
import pathlib
import subprocess
import sys

REQUESTS = [
    json.loads(line).encode("utf-8", "surrogatepass")
    for line in pathlib.Path(__file__).with_name("requests.jsonl").read_text().splitlines()
]


def answer_of_command(command, request):
    run = subprocess.run([command, "call", "--quiet"], input=request, capture_output=True)
    answered = run.stdout.startswith(b"[")
    assert run.returncode == (0 if answered else 65), (run.returncode, run.stderr)
    return run.stdout


def columns(argument):
    """A list of rows of numbers as the row-by-row array of doubles that C takes."""
    cells = [float(cell) for row in argument for cell in row]
    return (ctypes.c_double * len(cells))(*cells), len(argument), len(argument[0])


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.glmm_poisson_call.restype = ctypes.c_void_p
        self.library.glmm_poisson_free.argtypes = [ctypes.c_void_p]
        self.library.glmm_poisson_table.restype = ctypes.c_void_p
        number, size, pointer = ctypes.c_double, ctypes.c_int64, ctypes.c_void_p
        self.library.glmm_poisson_table.argtypes = [
            pointer, size, pointer, size, pointer, pointer, size, ctypes.c_int, number,
            ctypes.c_char_p, pointer]
        for name in ("json", "free", "text"):
            function = getattr(self.library, f"glmm_poisson_result_{name}")
            function.restype, function.argtypes = ctypes.c_char_p, [pointer]
        self.library.glmm_poisson_result_free.restype = None

    def call(self, request):
        pointer = self.library.glmm_poisson_call(request)
        try:
            return ctypes.string_at(pointer)
        finally:
            self.library.glmm_poisson_free(pointer)

    def table(self, request):
        """By arrays of doubles; None where a request cannot be written as such."""
        try:
            request = json.loads(request)
            y, rows, _ = columns(request["y"])
            x, _, x_columns = columns(request["x"])
            groups, _, _ = columns(request["groups"])
        except (ValueError, TypeError, KeyError, IndexError):
            return None
        x_random, random_columns = None, 0
        if request.get("x_random") is not None:
            x_random, _, random_columns = columns(request["x_random"])
        result = self.library.glmm_poisson_table(
            y, rows, x, x_columns, groups, x_random, random_columns,
            request.get("fit_intercept", True), request.get("alpha", 0.05),
            request.get("approximation", "corrected").encode(), None)
        try:
            return self.library.glmm_poisson_result_json(result)
        finally:
            self.library.glmm_poisson_result_free(result)


def main():
    if sys.argv[1] == "--plain":
        plain = [request.replace(b"\n", b" ") for request in REQUESTS]
        pathlib.Path(sys.argv[2]).write_bytes(b"\n".join(plain) + b"\n")
        return
    command, library = sys.argv[1], Library(sys.argv[2])
    tables = 0
    for index, request in enumerate(REQUESTS):
        expected = answer_of_command(command, request)
        found = library.call(request)
        assert found == expected, f"request {index}: {found!r} is not {expected!r}"
        if expected.startswith(b"["):
            tables += 1
            found = library.table(request)
            assert found == expected, f"request {index} by arrays: {found!r} is not {expected!r}"
    assert tables == 100 and len(REQUESTS) == 200, tables
    print(f"{len(REQUESTS)} requests, {tables} of them with tables: equal answers")


if __name__ == "__main__":
    main()
