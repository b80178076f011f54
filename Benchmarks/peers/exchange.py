"""What the Python workers share: reading the data, and the exchange of lines with peers/run."""

import csv
import json
import os
import sys

from designs import DESIGNS, GROUPING_COLUMNS

# Libraries print hints and warnings on standard output, GPBoost for one: they go with the messages, and answers are alone.
answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def say(**values):
    print(json.dumps(values), file=answers, flush=True)


def skip(reason):
    """Says why this program is left out, and ends."""
    say(missing=reason)
    sys.exit(0)


def decline(reason):
    """Says why this program cannot fit data of this design, and ends."""
    say(unsupported=reason)
    sys.exit(0)


def ready(version):
    """Says that the data are read."""
    say(version=version)


def read_columns(file, design):
    """The counts, the fixed-effect design (a column of ones first) and, for each grouping factor, the levels of the rows.

    The file has y, then covariates, then grouping columns.
    """
    import numpy

    with open(file, newline="") as lines:
        names = next(csv.reader(lines))
    table = numpy.loadtxt(file, delimiter=",", skiprows=1)
    covariates = [k for k, name in enumerate(names) if k > 0 and name not in GROUPING_COLUMNS]
    if names[0] != "y" or covariates != list(range(1, len(covariates) + 1)):
        raise SystemExit(f"{file}: expected the columns y, covariates, grouping columns")
    x = numpy.column_stack([numpy.ones(len(table)), table[:, covariates]])

    def levels(factor):
        numbers = numpy.zeros(len(table), dtype=int)
        for column in factor.columns:
            own = table[:, names.index(column)].astype(int)
            numbers = numbers * (own.max() + 1) + own
        return numbers

    return numpy.ascontiguousarray(table[:, 0]), x, [levels(factor) for factor in DESIGNS[design]]


def requests():
    """For every line of standard input, a function that answers it."""
    for _ in sys.stdin:
        yield say
