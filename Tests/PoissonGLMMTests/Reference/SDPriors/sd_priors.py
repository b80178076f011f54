"""Exact posteriors under priors of standard deviations, by sums over grids: sd_priors.json.

y ~ 1 + (1 | g) and y ~ 1 + (1 | school) + (1 | school:class), intercept b ~ N(0, 2^2). The random effects are summed out
on grids of their standardized values, the classes' within the schools', for every (b, s); then b and the log SDs s are summed
over. Steps 1.5 times finer (python3 sd_priors.py 1.5) move no mean, SD or end of an interval by more than 4e-5 SD. Run in
this folder with numpy 2.4.6 and scipy 1.17.1:

    python3 sd_priors.py > sd_priors.json
"""

import json
import sys

import numpy as np
from scipy import stats
from scipy.interpolate import CubicSpline
from scipy.special import gammaln, logsumexp

# A step is divided by this.
FINENESS = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0


def log_prior(text, s):
    """log p(s) of s = log sigma: that of sigma by scipy, and s for the change of variables."""
    name, numbers = text.rstrip(")").split("(")
    v = [float(number) for number in numbers.split(",")]
    sigma = np.exp(s)
    if name == "lognormal":
        return stats.norm.logpdf(s, v[0], v[1])
    if name == "halfnormal":
        return stats.halfnorm.logpdf(sigma, scale=v[0]) + s
    if name == "halft":
        return np.log(2) + stats.t.logpdf(sigma, v[0], scale=v[1]) + s
    rate = -np.log(v[1]) / v[0] if name == "pc" else v[0]
    return stats.expon.logpdf(sigma, scale=1 / rate) + s


def simulated(rng, groups, rows, sd, level):
    u = rng.normal(0, sd, groups)
    return rng.poisson(np.exp(level + np.repeat(u, rows))).astype(int)


def summary(values, log_mass):
    """Mean, SD, 2.5 % and 97.5 % points of a grid of equidistant values, with a spline between them."""
    fine = np.linspace(values[0], values[-1], 40 * len(values))
    mass = np.exp(CubicSpline(values, log_mass)(fine) - log_mass.max())
    mass /= mass.sum()
    mean = mass @ fine
    sd = np.sqrt(mass @ (fine - mean) ** 2)
    ends = np.interp([0.025, 0.975], np.cumsum(mass), fine + 0.5 * (fine[1] - fine[0]))
    return {"mean": mean, "sd": sd, "q025": ends[0], "q975": ends[1]}


def standardized(steps):
    z = np.linspace(-8, 8, int(steps * FINENESS) + 1)
    return z, stats.norm.logpdf(z) + np.log(z[1] - z[0])


def one_factor(y, rows):
    """log p(y | b, s) on a grid."""
    totals, counts = np.unique(y.reshape(-1, rows).sum(1), return_counts=True)
    z, log_weight = standardized(240)
    b = np.linspace(-2.5, 3.5, int(200 * FINENESS) + 1)
    s = np.linspace(-17, 2.5, int(390 * FINENESS) + 1)
    result = np.full((len(b), len(s)), -gammaln(y + 1.0).sum())
    for k, value in enumerate(s):
        eta = b[:, None] + np.exp(value) * z
        rates = rows * np.exp(eta)
        for total, count in zip(totals, counts):
            result[:, k] += count * logsumexp(total * eta - rates + log_weight, axis=1)
    return b, s, result


def two_factors(y, schools, classes, rows):
    """log p(y | b, s1, s2) on a grid."""
    totals = y.reshape(schools, classes, rows).sum(2)
    z, log_weight = standardized(120)
    b = np.linspace(-1.2, 2.5, int(46 * FINENESS) + 1)
    s = np.linspace(-15, 2, int(85 * FINENESS) + 1)
    eta = np.arange(-14, 14, 0.005)
    result = np.full((len(b), len(s), len(s)), -gammaln(y + 1.0).sum())
    place = [b[:, None] + np.exp(value) * z for value in s]
    for j, class_value in enumerate(s):
        sums = eta[:, None] + np.exp(class_value) * z
        rates = rows * np.exp(sums)
        # The logs of the integrals over a class' effect, by eta, the sum of the others.
        tables = {total: logsumexp(total * sums - rates + log_weight, axis=1) for total in np.unique(totals)}
        for i in range(len(s)):
            known = {total: np.interp(place[i], eta, table) for total, table in tables.items()}
            for school in totals:
                terms = sum(known[total] for total in school) + log_weight
                peak = terms.max(axis=1)
                result[:, i, j] += peak + np.log(np.exp(terms - peak[:, None]).sum(axis=1))
    return b, s, result


def evidence(grids, log_mass):
    return logsumexp(log_mass) + sum(np.log(grid[1] - grid[0]) for grid in grids)


ONE = ["lognormal(0,1)", "lognormal(-1,0.7)", "halfnormal(0.5)", "halft(3,1)", "exponential(2)", "pc(1,0.05)"]
TWO = [
    {"sd": "halfnormal(0.5)"},
    {"sd(school)": "pc(1,0.05)", "sd(school:class)": "halft(3,1)"},
    {"sd(school)": "exponential(2)"},
]

rng = np.random.default_rng(20)
answers = {"one": [], "two": []}
data = {
    "varied": simulated(rng, 10, 4, 0.6, 0.8),
    # Ten groups with the same counts.
    "even": np.tile([1, 3, 2, 2], 10),
}
for name, y in data.items():
    b, s, log_likelihood = one_factor(y, 4)
    for prior in ONE:
        joint = log_likelihood + log_prior(prior, s) + stats.norm.logpdf(b, 0, 2)[:, None]
        answers["one"].append({
            "data": name, "rows": 4, "y": y.tolist(), "prior": prior,
            "intercept": summary(b, logsumexp(joint, axis=1)), "log_sd": [summary(s, logsumexp(joint, axis=0))],
            "log_evidence": evidence([b, s], joint)})

u = np.repeat(rng.normal(0, 0.5, 8), 9)
y = rng.poisson(np.exp(0.8 + u + np.repeat(rng.normal(0, 0.3, 24), 3))).astype(int)
b, s, log_likelihood = two_factors(y, 8, 3, 3)
for priors in TWO:
    own = [priors.get(name, priors.get("sd", "lognormal(0,1)")) for name in ("sd(school)", "sd(school:class)")]
    joint = (log_likelihood + log_prior(own[0], s)[:, None] + log_prior(own[1], s)
             + stats.norm.logpdf(b, 0, 2)[:, None, None])
    answers["two"].append({
        "y": y.tolist(), "priors": priors, "intercept": summary(b, logsumexp(joint, axis=(1, 2))),
        "log_sd": [summary(s, logsumexp(joint, axis=(0, 2))), summary(s, logsumexp(joint, axis=(0, 1)))],
        "log_evidence": evidence([b, s, s], joint)})
json.dump(answers, sys.stdout, indent=1)
print()
