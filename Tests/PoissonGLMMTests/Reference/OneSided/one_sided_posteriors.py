"""Exact posteriors of data that bound an effect on one side only: one_sided_posteriors.json.

Every data set is balanced: its fixed effects say the levels of one, two or three cells, and every group has the same number
of rows of each. With the levels l, the cells' rows n and a group's total count Y the random intercept is integrated out by

    log integral of N(v; 0, 1) exp(Y sigma v - sum_k n_k exp(l_k + sigma v)) dv

which depends on the log of sum_k n_k exp(l_k) alone: the trapezoidal rule on a fine grid of v, tabled along that log and
interpolated by cubic splines. The posterior of the levels and of s = log sigma is then summed over a grid, which is fine
enough for the trapezoidal rule to be exact to some 1e-6; effects and contrasts, integer combinations of levels, fall on grids
of their own. Writes the data and the answers. Run in this folder with numpy 2.4.6 and scipy 1.17.1 (some minutes):

    python3 one_sided_posteriors.py > one_sided_posteriors.json
"""

import json
import sys

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

NODES = np.linspace(-10, 10, 4001)
LOG_SDS = np.arange(-40, 29) * 0.15  # -6 to 4.2, under N(0, 1)
# For two log SDs, where data tell them.
COARSE_LOG_SDS = np.arange(-13, 6) * 0.3  # -3.9 to 1.5


def tables(totals):
    """For every log SD, the splines of the sum over groups along the log of the expected total at v = 0."""
    distinct, repeats = np.unique(totals, return_counts=True)
    weights = -0.5 * NODES**2 - 0.5 * np.log(2 * np.pi) + np.log(NODES[1] - NODES[0])
    splines = []
    for s in LOG_SDS:
        sigma = np.exp(s)
        logs = np.arange(-60 - 5 * sigma, 40, 0.1)
        sums = np.zeros_like(logs)
        for start in range(0, len(logs), 500):
            part = logs[start : start + 500, None]
            mean = np.exp(np.minimum(part + sigma * NODES, 700))
            for total, repeat in zip(distinct, repeats):
                height = weights + total * sigma * NODES - mean
                peak = height.max(1, keepdims=True)
                sums[start : start + 500] += repeat * (
                    peak[:, 0] + np.log(np.exp(height - peak).sum(1))
                )
        splines.append((s, (logs, CubicSpline(logs, sums))))
    return splines


def nested_tables(totals):
    """The same for units in groups, with an intercept for each of both: a spline for every pair of log SDs.

    totals: by group, the totals of its units. With u the group's intercept in its SDs,
    log integral of N(u; 0, 1) prod_units exp(Y_k sigma_1 u + Lambda_{Y_k}(L + sigma_1 u)) du
    """
    logs = np.arange(-70, 25, 0.1)
    fine = np.arange(-80, 35, 0.05)
    nodes = np.linspace(-7, 7, 141)
    weights = -0.5 * nodes**2 - 0.5 * np.log(2 * np.pi) + np.log(nodes[1] - nodes[0])
    distinct = sorted({y for units in totals for y in units})
    splines = []
    for s2 in COARSE_LOG_SDS:
        sigma2 = np.exp(s2)
        inner = {}
        v = np.linspace(-8, 8, 401)
        prior = -0.5 * v**2 - 0.5 * np.log(2 * np.pi) + np.log(v[1] - v[0])
        mean = np.exp(fine[:, None] + sigma2 * v)
        for y in distinct:
            height = prior + y * sigma2 * v - mean
            peak = height.max(1, keepdims=True)
            inner[y] = CubicSpline(fine, peak[:, 0] + np.log(np.exp(height - peak).sum(1)))
        for s1 in COARSE_LOG_SDS:
            sigma1 = np.exp(s1)
            moved = np.clip(logs[:, None] + sigma1 * nodes, fine[0], fine[-1])
            known = {y: inner[y](moved) + y * sigma1 * nodes for y in distinct}
            sums = np.zeros_like(logs)
            for units in totals:
                height = weights + sum(known[y] for y in units)
                peak = height.max(1, keepdims=True)
                sums += peak[:, 0] + np.log(np.exp(height - peak).sum(1))
            splines.append(((s1, s2), (logs, CubicSpline(logs, sums))))
    return splines


def summary(index, mass, unit):
    """Mean, SD, quantiles and the two-sided tail probability of index * unit, with masses by index from the lowest."""
    order = np.arange(len(mass))
    used = mass > 0
    x = (order + index) * unit
    mass = mass / mass.sum()
    mean = float((x * mass).sum())
    sd = float(np.sqrt(((x - mean) ** 2 * mass).sum()))
    # Levels may lie on a coarser grid than the unit: boundaries are half way between points with mass.
    points, masses = x[used], mass[used]
    ends = np.append((points[1:] + points[:-1]) / 2, points[-1] + 1)
    below = np.cumsum(masses)
    inner = (below > 1e-12) & (below < 1 - 1e-12)
    curve = CubicSpline(ends[inner], below[inner])

    def quantile(p):
        low, high = ends[inner][0], ends[inner][-1]
        for _ in range(200):
            middle = (low + high) / 2
            if curve(middle) < p:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    if ends[inner][0] < 0 < ends[inner][-1]:
        at_zero = float(curve(0))
    else:
        at_zero = 0.0 if ends[inner][0] >= 0 else 1.0
    return {
        "mean": mean,
        "sd": sd,
        "quantiles": {str(p): float(quantile(p)) for p in (0.005, 0.025, 0.25, 0.5, 0.75, 0.975, 0.995)},
        "p": 2 * min(at_zero, 1 - at_zero),
    }


def posterior(case, prior_sd, splines):
    """Answers for the effects and contrasts of a case under one prior SD."""
    unit = case["unit"]
    axes = []
    for k, (low, high, multiple) in enumerate(case["levels"](prior_sd)):
        axes.append(np.arange(int(low / unit / multiple), int(high / unit / multiple) + 1) * multiple)
    grids = np.meshgrid(*axes, indexing="ij")
    levels = [g * unit for g in grids]
    logs = np.logaddexp.reduce([l + np.log(n) for l, n in zip(levels, case["rows"])])
    base = sum(e * l for e, l in zip(case["events"], levels))
    for row in case["effects"].values():
        base = base - 0.5 * (sum(w * l for w, l in zip(row, levels)) / prior_sd) ** 2
    base = base - len(case["effects"]) * np.log(prior_sd * np.sqrt(2 * np.pi))
    volume = np.prod([multiple * unit for _, _, multiple in case["levels"](prior_sd)])
    # The levels' density is that of the effects times |d effects / d levels|.
    volume *= abs(np.linalg.det(np.array(list(case["effects"].values()))))
    constant = -case["log_factorials"]
    combined, peak, by_s = None, -np.inf, []
    for s, (grid, spline) in splines:
        clipped = np.clip(logs, grid[0], grid[-1])
        height = base + spline(clipped)
        height[logs > grid[-1]] = -np.inf
        height = height - sum(0.5 * v * v + 0.5 * np.log(2 * np.pi) for v in np.atleast_1d(s))
        top = max(peak, height.max())
        if combined is None:
            combined = np.zeros_like(height)
        combined *= np.exp(peak - top)
        by_s = [m * np.exp(peak - top) for m in by_s]
        peak = top
        density = np.exp(height - peak)
        combined += density
        by_s.append(density.sum())
    grid_of_s = np.array([np.atleast_1d(s) for s, _ in splines])
    step = np.prod([np.diff(np.unique(column)).min() for column in grid_of_s.T])
    answer = {"log_evidence": float(peak + np.log(combined.sum() * volume * step) + constant), "effects": {}}
    for name, row in list(case["effects"].items()) + list(case["contrasts"].items()):
        scale = case["scale"]
        index = sum(int(round(w * scale)) * g for w, g in zip(row, grids))
        lowest = index.min()
        mass = np.bincount((index - lowest).ravel(), weights=combined.ravel())
        answer["effects"][name] = summary(lowest, mass, unit / scale)
    mass = np.array(by_s) / sum(by_s)
    means = mass @ grid_of_s
    sds = np.sqrt(mass @ (grid_of_s - means) ** 2)
    answer["log_sds"] = [{"mean": float(m), "sd": float(d)} for m, d in zip(means, sds)]
    return answer


def write_csv(name, columns):
    with open(name + ".csv", "w") as file:
        file.write(",".join(columns) + "\n")
        for row in zip(*columns.values()):
            file.write(",".join(str(v) for v in row) + "\n")


def cell_data(name, groups, cells, rows, counts):
    """A balanced data set: `rows` rows of each cell in each group; `counts` maps (group, cell, row) to a count above 0."""
    columns = {"y": [], "x": [], "g": []}
    for j in range(groups):
        for k, x in enumerate(cells):
            for r in range(rows):
                columns["y"].append(counts.get((j, k, r), 0))
                columns["x"].append(x)
                columns["g"].append(f"g{j}")
    write_csv(name, columns)
    return columns


def totals_of(columns, cells):
    groups = list(dict.fromkeys(columns["g"]))
    y = np.array([int(v) for v in columns["y"]])
    g, x = np.array(columns["g"]), np.array([str(v) for v in columns["x"]])
    return {
        "totals": [int(y[g == j].sum()) for j in groups],
        "events": [int(y[x == str(k)].sum()) for k in cells],
        "log_factorials": float(gammaln(y + 1).sum()),
        "rows": [int(((x == str(k)) & (g == groups[0])).sum()) for k in cells],
    }


def cases():
    with open("arm_without_events.csv") as file:
        lines = [line.strip().split(",") for line in file][1:]
    arm = {"y": [l[0] for l in lines], "x": [l[1] for l in lines], "g": [l[2] for l in lines]}
    down = lambda sd: (-min(6.5 * sd, 30 + 5.5 * sd), 4)
    yield "arm_without_events", {
        **totals_of(arm, ["a", "b"]),
        "formula": "y ~ arm + (1 | g)",
        "effects": {"Intercept": [1, 0], "armb": [-1, 1]},
        "contrasts": {"Intercept + armb": [0, 1], "Intercept + 0.5 armb": [0.5, 0.5]},
        "levels": lambda sd: [(*down(sd), 2 if sd <= 20 else 5), (-2, 3.5, 1)],
        "unit": 0.05, "scale": 2,
    }
    zero = cell_data("all_zero", 12, [-1, 1], 3, {})
    yield "all_zero", {
        **totals_of(zero, [-1, 1]),
        "formula": "y ~ x + (1 | g)",
        "effects": {"Intercept": [0.5, 0.5], "x": [-0.5, 0.5]},
        "contrasts": {"Intercept + x": [0, 1]},
        "levels": lambda sd: [(-min(9 * sd, 20 + 7 * sd), 8, 1 if sd <= 10 else 2)] * 2,
        "unit": 0.1, "scale": 2,
    }
    yield "all_zero", {
        **totals_of({**zero, "x": ["0"] * 72}, ["0"]),
        "formula": "y ~ 1 + (1 | g)",
        "effects": {"Intercept": [1]}, "contrasts": {},
        "levels": lambda sd: [(-6.5 * sd, 8, 1)],
        "unit": 0.05, "scale": 1,
    }
    one = cell_data("one_event", 20, [0, 1], 5, {(3, 1, 2): 1})
    yield "one_event", {
        **totals_of(one, [0, 1]),
        "formula": "y ~ x + (1 | g)",
        "effects": {"Intercept": [1, 0], "x": [-1, 1]},
        "contrasts": {"Intercept + x": [0, 1]},
        "levels": lambda sd: [(-min(9 * sd, 40 + 7 * sd), 8, 1 if sd <= 10 else 2), (-min(9 * sd, 70 + 2 * sd), 8, 1 if sd <= 10 else 2)],
        "unit": 0.1, "scale": 1,
    }
    yield "one_event", {
        **totals_of({**one, "x": ["0"] * 200}, ["0"]),
        "formula": "y ~ 1 + (1 | g)",
        "effects": {"Intercept": [1]}, "contrasts": {},
        "levels": lambda sd: [(-7 * sd, 8, 1)],
        "unit": 0.05, "scale": 1,
        # Under wider priors the moments rest on SDs of random effects beyond the grid.
        "prior_sds": [2, 5, 10, 20],
    }
    counts = {(j, 1, r): 1 + (3 * j + 5 * r) % 4 for j in range(10) for r in range(2)}
    arms = cell_data("two_arms_without_events", 10, ["a", "b", "c"], 2, counts)
    yield "two_arms_without_events", {
        **totals_of(arms, ["a", "b", "c"]),
        "formula": "y ~ x + (1 | g)",
        "effects": {"Intercept": [1, 0, 0], "xb": [-1, 1, 0], "xc": [-1, 0, 1]},
        "contrasts": {"xb - xc": [0, 1, -1], "Intercept + xc": [0, 0, 1]},
        "levels": lambda sd: [(-min(7 * sd, 20 + 6 * sd), 4, 5), (-1.4, 3, 1), (-min(9 * sd, 20 + 7 * sd), 4, 5)],
        "unit": 0.05, "scale": 1,
        "prior_sds": [5, 20],
    }


    # Six groups of three units, each with two rows of either arm.
    columns = {"y": [], "arm": [], "g": [], "unit": []}
    units = []
    for j in range(6):
        units.append([])
        for k in range(3):
            rate = 1 + (5 * j + 3 * k) % 4 + 2 * (j % 2)
            for arm in "ab":
                for r in range(2):
                    columns["y"].append(0 if arm == "a" else rate + r)
                    columns["arm"].append(arm)
                    columns["g"].append(f"g{j}")
                    columns["unit"].append(f"u{k}")
            units[-1].append(2 * rate + 1)
    write_csv("nested_arm_without_events", columns)
    yield "nested_arm_without_events", {
        **totals_of({"y": columns["y"], "x": columns["arm"], "g": columns["g"]}, ["a", "b"]),
        # Rows of each arm in a unit: the likelihood is a product over units.
        "rows": [2, 2],
        "nested": units,
        "formula": "y ~ arm + (1 | g/unit)",
        "effects": {"Intercept": [1, 0], "armb": [-1, 1]},
        "contrasts": {"Intercept + armb": [0, 1]},
        "levels": lambda sd: [(-min(6.5 * sd, 30 + 5.5 * sd), 4, 2), (-3, 5, 1)],
        "unit": 0.05, "scale": 1,
        "prior_sds": [2, 5, 20],
    }


def main():
    results = []
    for name, case in cases():
        splines = nested_tables(case["nested"]) if "nested" in case else tables(case["totals"])
        for prior_sd in case.get("prior_sds", [2, 5, 10, 20, 50, 100]):
            answer = posterior(case, prior_sd, splines)
            print(name, case["formula"], prior_sd, answer["log_evidence"], file=sys.stderr, flush=True)
            results.append(
                {"data": name, "formula": case["formula"], "prior_sd": prior_sd, **answer,
                 "contrasts": list(case["contrasts"])}
            )
    print(json.dumps(results, indent=1))


main()
