"""Counts whose rows are correlated in time within each group: an autoregressive effect of the first order beside the
group's own, as README.md describes. Of the standard library alone.

    log mu_ij = Intercept + x_ij x + u_i + e_ij,   e_ij = rho e_i,j-1 + ...,   SD of every e_ij: sd

The rows' part adds sd^2 / 2 to the log of the mean count, which is taken off: coefficients stay those of log E(y | u).
"""

import json
import math
import random
import sys

answers = sys.stdout


def poisson(rng, mean):
    """By inversion, in pieces of at most 500 so that the exponential does not vanish."""
    count = 0
    while mean > 500:
        count += poisson(rng, 500)
        mean -= 500
    term = total = math.exp(-mean)
    u = rng.random()
    while u > total and term > 0:
        count += 1
        term *= mean / count
        total += term
    return count


def draw(rng, parameters):
    truth = parameters["truth"]
    rho, sd = parameters["rho"], parameters["sd"]
    columns = {"y": [], "x": [], "group": []}
    for group in range(1, int(parameters["groups"]) + 1):
        u = rng.gauss(0, parameters["group_sd"])
        e = rng.gauss(0, sd)
        for _ in range(int(parameters["rows"])):
            x = rng.gauss(0, 1)
            mean = math.exp(truth[0] + truth[1] * x + u + e - sd * sd / 2)
            columns["y"].append(poisson(rng, mean))
            columns["x"].append(x)
            columns["group"].append(group)
            e = rho * e + rng.gauss(0, sd * math.sqrt(1 - rho * rho))
    return columns


for line in sys.stdin:
    request = json.loads(line)
    answer = {"request": request["request"]}
    if "hello" in request:
        answer["version"] = f"serial correlation, Python {sys.version.split()[0]}"
    else:
        answer["columns"] = draw(random.Random(request["seed"]), request["parameters"])
    print(json.dumps(answer), file=answers, flush=True)
