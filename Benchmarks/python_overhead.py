"""What a fit from Python costs beside the same fit by the C library: CPU time, which other programs
on the machine change little.

    GLMM_POISSON_LIBRARY=.build/library/libglmmpoisson.so PYTHONPATH=Python \\
      python3 Benchmarks/python_overhead.py       needs numpy and pandas
"""

import json
import random
import statistics
import time

import glmm_poisson
from glmm_poisson._data import LibraryData
from glmm_poisson._library import function

ROUNDS = 500
FORMULA = "y ~ x + (1 | g)"


def counts():
    """200 rows in 20 groups."""
    generator = random.Random(1)
    levels = [generator.gauss(0, 0.5) for _ in range(20)]
    x = [generator.gauss(0, 1) for _ in range(200)]
    g = [row // 10 for row in range(200)]
    y = [int(generator.gammavariate(2, 1) + max(0, levels[g[row]])) for row in range(200)]
    return {"y": y, "x": x, "g": g}


def milliseconds(work):
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def main():
    data = counts()
    whole = milliseconds(lambda: glmm_poisson.fit(FORMULA, data))
    columns = LibraryData(data, None)
    # What fit() asks for too: effects of groups, and a form that predicts.
    options = json.dumps({"keep": True}).encode()

    def in_the_library():
        result = function("fit")(columns.pointer, FORMULA.encode(), options, None)
        function("result_free")(result)

    own = milliseconds(in_the_library)
    more = whole - own
    print(f"fit() in Python {whole:.2f} ms, of which the library {own:.2f} ms: {more:.2f} ms more")


if __name__ == "__main__":
    main()
