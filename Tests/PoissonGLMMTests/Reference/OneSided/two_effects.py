"""Exact posteriors of an intercept and the effect of a column that data bound on one side: two_effects.json.

`continuous_effect.csv`: counts are positive only where x > 1.2, so that the effect of x is bounded below alone; how steep it can
be is a matter of the prior, and of SDs between groups that are large enough to make up for the steepness. `zero_counts.csv`: all
counts are zero. With theta_j = sum_i exp(b0 + b1 x_i) over the rows of a group and its total count Y the random intercept is
integrated out by the trapezoidal rule on a fine grid of v,

    Lambda_Y(L) = log integral of N(v; 0, 1) exp(Y sigma v - exp(L + sigma v)) dv,     L = log theta_j

tabled along L and interpolated by cubic splines. (Gauss-Hermite rules of 40 points are not enough: where sigma is 5, their
points lie 2.5 apart in the log of the rate.) The posterior of b1, of c = b0 + k b1 and of s = log sigma is summed over a grid on
which b0 falls on multiples of the step of c. Run in this folder with numpy 2.4.6 and scipy 1.17.1 (some minutes):

    python3 two_effects.py > two_effects.json
"""

import json
import sys

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import gammaln

NODES = np.linspace(-10, 10, 4001)
WEIGHTS = -0.5 * NODES**2 - 0.5 * np.log(2 * np.pi) + np.log(NODES[1] - NODES[0])
LOG_SDS = np.arange(-40, 29) * 0.15  # -6 to 4.2, under N(0, 1)
LOWEST, HIGHEST = -250, 40
# By data: the step, the slopes and the centers c in steps, k, and the prior SDs.
CASES = {
    "continuous_effect": (0.1, np.arange(-20, 701) * 2, np.arange(-300, 301), 1.5, [2, 10, 30, 100]),
    "zero_counts": (0.4, np.arange(-750, 751), np.arange(-750, 51), 0, [20, 50]),
}


def table(total, sigma):
    """Lambda_total along L."""
    logs = np.arange(LOWEST, HIGHEST + 0.1, 0.1)
    values = np.empty(len(logs))
    for start in range(0, len(logs), 500):
        part = logs[start : start + 500, None]
        height = WEIGHTS + total * sigma * NODES - np.exp(np.minimum(part + sigma * NODES, 700))
        peak = height.max(1, keepdims=True)
        values[start : start + 500] = peak[:, 0] + np.log(np.exp(height - peak).sum(1))
    return CubicSpline(logs, values)


def summary(steps, masses, step):
    """Of a number on a grid of multiples of a step."""
    lowest = steps.min()
    mass = np.bincount((steps - lowest).ravel(), weights=masses.ravel())
    points = (np.flatnonzero(mass) + lowest) * step
    mass = mass[mass > 0] / mass.sum()
    mean = float((points * mass).sum())
    ends = np.append((points[1:] + points[:-1]) / 2, points[-1] + step)
    below = np.cumsum(mass)
    inner = np.flatnonzero((below > 1e-10) & (below < 1 - 1e-10) & (mass > 0))
    curve = CubicSpline(ends[inner], below[inner])
    first, last = ends[inner][0], ends[inner][-1]

    def quantile(p):
        return float(brentq(lambda x: curve(x) - p, first, last))

    at_zero = float(curve(0)) if first < 0 < last else 0.0 if first >= 0 else 1.0
    return {
        "mean": mean,
        "sd": float(np.sqrt((mass * (points - mean) ** 2).sum())),
        "quantiles": {str(p): quantile(p) for p in (0.005, 0.025, 0.25, 0.5, 0.75, 0.975, 0.995)},
        "p": 2 * min(at_zero, 1 - at_zero),
    }


def posteriors(data, step, slopes, centers, k, prior_sds):
    with open(data + ".csv") as file:
        names, *rows = [line.strip().split(",") for line in file]
    x, y = [np.array([float(r[names.index(name)]) for r in rows]) for name in "xy"]
    g = [r[names.index("g")] for r in rows]
    members = [[i for i, name in enumerate(g) if name == group] for group in dict.fromkeys(g)]
    volume = np.log((slopes[1] - slopes[0]) * step * step * (LOG_SDS[1] - LOG_SDS[0]))
    slopes, centers = np.meshgrid(slopes, centers, indexing="ij")
    intercepts = centers - np.rint(slopes * k).astype(int)
    b0, b1 = intercepts * step, slopes * step
    # Groups that are alike have the same integral.
    groups = {}
    for own in members:
        key = (y[own].sum(), *x[own])
        groups[key] = groups.get(key, 0) + 1
    logs = {key: np.logaddexp.reduce([b0 + b1 * value for value in key[1:]]) for key in groups}
    likelihood = y.sum() * b0 + (y * x).sum() * b1 - gammaln(y + 1).sum()
    priors = [
        -0.5 * (b0**2 + b1**2) / sd**2 - 2 * np.log(sd * np.sqrt(2 * np.pi)) for sd in prior_sds
    ]
    sums = [np.zeros_like(b0) for _ in prior_sds]
    by_s = [[] for _ in prior_sds]
    for s in LOG_SDS:
        tables = {total: table(total, np.exp(s)) for total in {key[0] for key in groups}}
        height = likelihood - 0.5 * s * s - 0.5 * np.log(2 * np.pi) + volume
        for key, repeat in groups.items():
            known = tables[key[0]](np.clip(logs[key], LOWEST, HIGHEST))
            height = height + repeat * np.where(logs[key] > HIGHEST, -np.inf, known)
        for index, prior in enumerate(priors):
            density = np.exp(height + prior)
            sums[index] += density
            by_s[index].append(density.sum())
    for sd, mass, shares in zip(prior_sds, sums, by_s):
        edges = [mass[0].sum(), mass[-1].sum(), mass[:, 0].sum(), mass[:, -1].sum(), shares[0], shares[-1]]
        print(data, sd, "on the edges", np.array(edges) / mass.sum(), file=sys.stderr)
        shares = np.array(shares) / sum(shares)
        mean = float(shares @ LOG_SDS)
        yield {
            "data": data, "formula": "y ~ x + (1 | g)", "prior_sd": sd,
            "log_evidence": float(np.log(mass.sum())),
            "effects": {
                "Intercept": summary(intercepts, mass, step), "x": summary(slopes, mass, step)
            },
            "log_sds": [{"mean": mean, "sd": float(np.sqrt(shares @ (LOG_SDS - mean) ** 2))}],
            "contrasts": [],
        }


print(json.dumps([one for data, case in CASES.items() for one in posteriors(data, *case)], indent=1))
