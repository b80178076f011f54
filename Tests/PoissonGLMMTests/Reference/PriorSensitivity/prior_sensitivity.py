"""Power-scaling sensitivities of exact posteriors on fine grids: prior_sensitivity.json.

Model: y_i ~ Poisson(exp(b0 [+ b1 [arm = b]] + u_g)), u_g ~ N(0, exp(2 s)), b ~ N(0, V), s ~ N(0, 1). The random effects
are integrated out by sums over 121 equidistant points of u / exp(s) within 8 SDs. The posterior is tabulated on a grid of
(b0, s) or (b0, b0 + b1, s). As in priorsense (Kallioinen and others 2023), psi is the cumulative Jensen-Shannon
distance between the posterior and that under the priors to the power 1.01 by log2(1.01), averaged with the same for 0.99,
and the larger of those of x and -x. The range is that from the 1/8000 to the 1 - 1/8000 quantile. Run in this
folder with numpy 2.4.6:

    python3 prior_sensitivity.py > prior_sensitivity.json
"""

import csv
import json
import sys

import numpy as np


def cjs_distance(p, q, x):
    """sqrt of the normalized CJS(P || Q) + CJS(Q || P) of distribution functions at x, as in priorsense's cjs.R."""
    width = np.diff(x)

    def integral(f):
        return np.sum(width * 0.5 * (f[1:] + f[:-1]))

    def divergence(a, b):
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(a > 0, a * (np.log2(a) - np.log2(0.5 * (a + b))), 0)
        return integral(terms) + 0.5 / np.log(2) * (integral(b) - integral(a))

    bound = integral(p) + integral(q)
    return np.sqrt(max(divergence(p, q) + divergence(q, p), 0) / bound)


def sensitivity(x, mass, log_prior):
    """psi of a parameter x at weighted points."""
    order = np.argsort(x, kind="stable")
    x, mass, log_prior = x[order], mass[order], log_prior[order]
    mass = mass / mass.sum()
    values, first = np.unique(x, return_index=True)

    def cumulative(weights):
        # Between points of a grid, half of a point's mass is on each side; 1e5 points are near enough to a line.
        sums = np.add.reduceat(weights, first)
        sums = sums / sums.sum()
        return np.cumsum(sums) - 0.5 * sums

    base = cumulative(mass)
    low, high = np.interp([1 / 8000, 1 - 1 / 8000], base, values)
    grid = np.linspace(low, high, 4001)
    center = np.sum(mass * log_prior)

    def at(alpha):
        return np.interp(grid, values, cumulative(mass * np.exp((alpha - 1) * (log_prior - center))))

    p = at(1.0)
    slopes = []
    for alpha in (0.99, 1.01):
        q = at(alpha)
        distance = max(cjs_distance(p, q, grid), cjs_distance(1 - p, 1 - q, grid))
        slopes.append(distance / abs(np.log2(alpha)))
    return float(np.mean(slopes))


def grid_case(path, prior_sd, b0, levels, s):
    """The posterior on a grid: levels are those of the intercept of arm b where there is one."""
    with open(path) as file:
        rows = list(csv.DictReader(file))
    groups = sorted({row["g"] for row in rows})
    arms = sorted({row.get("arm", "a") for row in rows})
    count = np.array([[sum(r["g"] == g and r.get("arm", "a") == a for r in rows) for a in arms] for g in groups])
    total = np.array([[sum(int(r["y"]) for r in rows if r["g"] == g and r.get("arm", "a") == a) for a in arms] for g in groups])
    kinds, times = np.unique(np.hstack([count, total]), axis=0, return_counts=True)
    nodes = np.linspace(-8, 8, 121)
    log_weights = -0.5 * nodes**2 + np.log(nodes[1] - nodes[0]) - 0.5 * np.log(2 * np.pi)
    axes = [b0] + ([levels] if len(arms) == 2 else []) + [s]
    shape = tuple(len(a) for a in axes)
    log_likelihood = np.zeros(shape)
    for k, value in enumerate(s):
        u = np.exp(value) * nodes
        sums = np.zeros(shape[:-1])
        for kind, number in zip(kinds, times):
            n, y = kind[: len(arms)], kind[len(arms):]
            # (levels..., u): y (level + u) - n exp(level + u), arm by arm.
            terms = [y[a] * (axes[a][:, None] + u) - n[a] * np.exp(axes[a][:, None] + u) for a in range(len(arms))]
            if len(arms) == 1:
                joint = terms[0] + log_weights
                top = joint.max(axis=1)
                sums += number * (top + np.log(np.exp(joint - top[:, None]).sum(axis=1)))
            else:
                # A product of matrices in place of a cube; each factor is scaled by its largest value.
                first, second = terms[0] + log_weights, terms[1]
                tops = first.max(axis=1), second.max(axis=1)
                product = np.exp(first - tops[0][:, None]) @ np.exp(second - tops[1][:, None]).T
                sums += number * (tops[0][:, None] + tops[1][None, :] + np.log(np.maximum(product, 1e-300)))
        log_likelihood[..., k] = sums
    grids = np.meshgrid(*axes, indexing="ij")
    effects = {"Intercept": grids[0]}
    if len(arms) == 2:
        effects["armb"] = grids[1] - grids[0]
    log_prior = -0.5 * sum(e**2 for e in effects.values()) / prior_sd**2 - 0.5 * grids[-1] ** 2
    log_posterior = log_likelihood + log_prior
    mass = np.exp(log_posterior - log_posterior.max()).ravel()
    edges = {}
    for axis, name in enumerate(["b0", "level", "s"] if len(arms) == 2 else ["b0", "s"]):
        moved = np.moveaxis(mass.reshape(shape), axis, 0).reshape(shape[axis], -1).sum(axis=1)
        edges[name] = float(max(moved[0], moved[-1]) / moved.max())
    print(path, edges, file=sys.stderr)
    answer = {name: sensitivity(e.ravel(), mass, log_prior.ravel()) for name, e in effects.items()}
    answer["log_sd(Intercept)"] = sensitivity(grids[-1].ravel(), mass, log_prior.ravel())
    mean = {name: float(np.sum(mass * e.ravel()) / mass.sum()) for name, e in effects.items()}
    return {"prior_sd": prior_sd, "sensitivity": answer, "mean": mean}


answers = {
    "alike_groups": grid_case("alike_groups.csv", 2.0, np.linspace(-3, 4, 701), None, np.linspace(-6, 3, 361)),
    "arm_without_events": grid_case(
        "arm_without_events.csv", 2.0, np.linspace(-14, 1, 301), np.linspace(-1, 3, 201), np.linspace(-5, 1.5, 131)
    ),
}
if __name__ == "__main__":
    print(json.dumps(answers, indent=1))
