"""What the Python workers share: reading the data, and the exchange of lines with peers/run."""

import csv
import json
import sys


def skip(reason):
    """Says why this program is left out, and ends."""
    print(json.dumps({"missing": reason}), flush=True)
    sys.exit(0)


def ready(version):
    """Says that the data are read."""
    print(json.dumps({"version": version}), flush=True)


def read_columns(file):
    """The counts, the fixed-effect design (a column of ones first) and the groups of a file with y, covariates, group."""
    import numpy

    with open(file, newline="") as lines:
        names = next(csv.reader(lines))
    table = numpy.loadtxt(file, delimiter=",", skiprows=1)
    if names[0] != "y" or names[-1] != "group":
        raise SystemExit(f"{file}: expected the columns y, covariates, group")
    x = numpy.column_stack([numpy.ones(len(table)), table[:, 1:-1]])
    return numpy.ascontiguousarray(table[:, 0]), x, table[:, -1].astype(int)


def requests():
    """For every line of standard input, a function that answers it."""

    def answer(**values):
        print(json.dumps(values), flush=True)

    for _ in sys.stdin:
        yield answer
