"""GLMM_POISSON of Python answers as the command does."""

import json
import subprocess

import glmm_poisson
import numpy as np
import pandas as pd
import pytest
from glmm_poisson._function import call


def of_command(command, request):
    return subprocess.run(
        [command, "call", "--quiet"], input=request, capture_output=True).stdout.decode()


def test_all_faces_answer_alike(command, requests_file):
    functions = 0
    names = ("y", "x", "groups", "x_random", "fit_intercept", "alpha", "approximation")
    for line in requests_file.read_text().splitlines():
        request = json.loads(line)
        expected = of_command(command, request.encode("utf-8", "surrogatepass"))
        assert call(request.encode("utf-8", "surrogatepass")) == expected
        try:
            arguments = json.loads(request)
        except ValueError:
            continue
        # What is no call of the function: another name, one twice, a required one left out.
        if (not isinstance(arguments, dict) or not {"y", "x", "groups"} <= set(arguments)
                or not set(arguments) <= set(names) or "second time" in expected):
            continue
        functions += 1
        assert glmm_poisson.GLMM_POISSON(**arguments) == json.loads(expected), request
    assert functions > 150


def test_arrays_are_ranges():
    y, x, g = [[2], [3], [5], [1]], [[1.5], [2.0], [3.0], [1.0]], [[1], [1], [2], [2]]
    expected = glmm_poisson.GLMM_POISSON(y, x, g, alpha=0.1)
    assert len(expected) == 8
    assert glmm_poisson.GLMM_POISSON(np.array(y), np.array(x), np.array(g), None, True, 0.1) == expected
    frame = pd.DataFrame({"y": [2, 3, 5, 1], "x": [1.5, 2, 3, 1], "g": [1, 1, 2, 2]})
    assert glmm_poisson.GLMM_POISSON(frame[["y"]], frame[["x"]], frame[["g"]], alpha=0.1) == expected


@pytest.mark.parametrize(("y", "message"), [
    ([[object()], [2]], "y[0][0] must be numeric."),
    ([[1 + 2j], [2]], "y[0][0] must be numeric."),
    ([[np.nan], [2]], "y[0][0] must be finite."),
    (np.array([[1.0], [-1.0]]), "y[1] must be non-negative (count data)."),
])
def test_other_kinds_of_values(y, message):
    assert glmm_poisson.GLMM_POISSON(y, [[1], [2]], [[1], [1]]) == f"Invalid input: {message}"
