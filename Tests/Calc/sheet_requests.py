"""Requests of `glmm-poisson call`, and how a sheet expresses them."""

import json
import pathlib
import subprocess

EXAMPLES = [
    {"y": [[2], [3], [5], [1], [2], [4]], "x": [[1], [2], [3], [1], [2], [3]],
     "groups": [[1], [1], [1], [2], [2], [2]]},
    {"y": [[5], [7], [10], [3], [5], [8]], "x": [[1], [2], [3], [1], [2], [3]],
     "groups": [[1], [1], [1], [2], [2], [2]], "x_random": [[1], [2], [3], [1], [2], [3]]},
    {"y": [[10], [12], [15], [8], [10], [13]], "x": [[1], [1.5], [2], [1], [1.5], [2]],
     "groups": [[1], [1], [1], [2], [2], [2]], "x_random": 0.1},
    {"y": [[3], [6], [9], [2], [4], [6]], "x": [[1], [2], [3], [1], [2], [3]],
     "groups": [[1], [1], [1], [2], [2], [2]], "x_random": False},
]
# As they are documented, with Calc's separators.
FORMULAS = [
    "=GLMM_POISSON({2|3|5|1|2|4};{1|2|3|1|2|3};{1|1|1|2|2|2})",
    "=GLMM_POISSON({5|7|10|3|5|8};{1|2|3|1|2|3};{1|1|1|2|2|2};{1|2|3|1|2|3})",
    "=GLMM_POISSON({10|12|15|8|10|13};{1|1.5|2|1|1.5|2};{1|1|1|2|2|2};0.1)",
    "=GLMM_POISSON({3|6|9|2|4|6};{1|2|3|1|2|3};{1|1|1|2|2|2};FALSE)",
]
RANGES = ["y", "x", "groups"]
OPTIONAL = ["x_random", "fit_intercept", "alpha"]


class Command:
    """`glmm-poisson call`."""

    def __init__(self, path):
        self.path = path

    def text(self, text):
        run = subprocess.run(
            [self.path, "call", "--quiet"], input=text.encode("utf-8", "surrogatepass"),
            capture_output=True)
        assert run.returncode in (0, 65), run.stderr
        return json.loads(run.stdout)

    def rows(self, **request):
        """The answer as the cells of a sheet."""
        return cells(self.text(json.dumps({"spreadsheet": True, **request})))


def cells(answer):
    if isinstance(answer, str):
        return [[answer]]
    return [["" if cell is None else cell for cell in row] for row in answer]


def fill(rows, count, columns):
    """Rows in an array range: what is beyond them is #N/A, and one cell fills all of it."""
    from office import NOT_AVAILABLE

    if len(rows) == len(rows[0]) == 1:
        return [rows[0] * columns for _ in range(count)]
    return [
        [rows[i][j] if i < len(rows) and j < len(rows[i]) else NOT_AVAILABLE
         for j in range(columns)]
        for i in range(count)]


def rows_of(name):
    """The rows of a CSV file of numbers, with its header."""
    lines = pathlib.Path(name).read_text().split()
    return [lines[0].split(",")] + [[float(cell) for cell in line.split(",")] for line in lines[1:]]


class NoSheet(Exception):
    """Why a request cannot be written in a sheet."""


def formula(request, put):
    """The formula of a request.

    put(rows) writes rows of numbers and texts to the sheet, and returns the name of their range."""
    if not isinstance(request, dict):
        raise NoSheet("not an object")
    if "approximation" in request:
        raise NoSheet("an approximation, for which there is no argument")
    if not set(request) <= set(RANGES + OPTIONAL):
        raise NoSheet("an unknown key")
    for name in RANGES:
        if request.get(name) is None:
            raise NoSheet("no y, x or groups: Calc itself answers Err:504")
    checked = {name: rectangle(request[name]) for name in RANGES}
    if request.get("x_random") is not None:
        checked["x_random"] = rectangle(request["x_random"])
    arguments = [put(checked[name]) for name in RANGES]
    arguments.append(put(checked["x_random"]) if "x_random" in checked else "")
    for name in OPTIONAL[1:]:
        arguments.append("" if request.get(name) is None else literal(request[name]))
    while arguments[-1] == "":
        arguments.pop()
    return f"=GLMM_POISSON({';'.join(arguments)})"


def rectangle(value):
    rows = value if isinstance(value, list) else [[value]]
    if not rows or not all(isinstance(row, list) and row for row in rows):
        raise NoSheet("a range without cells, or no range")
    if len({len(row) for row in rows}) > 1:
        raise NoSheet("rows of different lengths")
    return [[cell(value) for value in row] for row in rows]


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        if "\0" in value:
            raise NoSheet("a zero character in a text")
        return value
    if not isinstance(value, (int, float)):
        raise NoSheet("a list or an object in a cell")
    if value != value or abs(value) == float("inf"):
        raise NoSheet("a number that is not finite")
    return float(value)


def literal(value):
    if isinstance(value, list):
        raise NoSheet("a list in the place of a single value")
    if isinstance(value, bool):
        return "TRUE()" if value else "FALSE()"
    value = cell(value)
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return repr(value).replace("e", "E")
