"""Data of the tests: small, and such that a fit takes long."""

import math
import random
import time

SIX_ROWS = {
    "y": [[2], [3], [6], [7], [8], [9]], "x": [[1], [2], [1], [2], [1], [2]],
    "groups": [[1], [1], [2], [2], [3], [3]],
}
CSV = "seizures,drug,patient\n2,1,a\n3,2,a\n6,1,b\n7,2,b\n8,1,c\n9,2,c\n"
FIT = {"formula": "seizures ~ drug + (1 | patient)", "csv": CSV}


def clustered(groups, size):
    """The text of a file of small counts in groups of one size."""
    generator = random.Random(1)
    lines = ["y,x,g"]
    for group in range(groups):
        effect = generator.gauss(0, 0.5)
        for _ in range(size):
            x = round(generator.gauss(0, 1), 2)
            count = min(50, int(generator.expovariate(math.exp(-0.5 - 0.3 * x - effect))))
            lines.append(f"{count},{x},{group}")
    return "\n".join(lines) + "\n"


def crossed(rows, groups, others):
    """A fit of two crossed factors, the first with correlated slopes: its time grows with the
    square of the groups and more."""
    generator = random.Random(1)
    columns = {f"x{i}": [round(generator.gauss(0, 1), 2) for _ in range(rows)] for i in range(4)}
    columns["g"] = [generator.randrange(groups) for _ in range(rows)]
    columns["h"] = [generator.randrange(others) for _ in range(rows)]
    effects = [generator.gauss(0, 0.5) for _ in range(max(groups, others))]
    columns["y"] = [
        min(50, int(generator.expovariate(
            math.exp(-0.5 - effects[columns["g"][row]] - effects[columns["h"][row]]))))
        for row in range(rows)
    ]
    return {
        "formula": "y ~ x0 + x1 + x2 + x3 + (1 + x0 + x1 | g) + (1 | h)", "columns": columns,
    }


def endless():
    """Far longer than any test waits, half a minute and more on any machine."""
    return crossed(rows=5000, groups=1000, others=500)


def half_a_second(server):
    """A fit that takes this server here and now half a second or somewhat more."""
    for rows in [200 * 2**step for step in range(9)]:
        fit = crossed(rows=rows, groups=rows // 10, others=rows // 20)
        fit["formula"] = "y ~ x0 + x1 + (1 | g) + (1 | h)"
        begun = time.monotonic()
        assert server.post("/api/fit", fit).status == 200
        if time.monotonic() - begun > 0.4:
            return fit
    raise AssertionError("The machine is too fast for this test.")
