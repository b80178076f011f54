"""Performance measures of a random table, computed independently of the Swift code.

Writes, beside itself, records.csv (what two methods said on 50 replicates, failures included) and
measures.csv (their performance measures with Monte Carlo standard errors after Morris, White &
Crowther 2019, table 6). The committed files are from Python 3.11.7 with numpy 2.4.6:

    python3 golden_measures.py
"""

import csv
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
REPLICATES = 50
ALPHA = 0.1
Z = 1.6448536269514722  # standard normal quantile at 0.95
TRUTH = {"Intercept": 0.5, "x1": -0.3, "log_sd(Intercept)": -0.7}
METHODS = ["honest", "narrow"]


def simulate(generator):
    """One dictionary a (method, replicate): status, reason, and numbers by parameter."""
    fits = []
    for replicate in range(REPLICATES):
        shared = {name: generator.normal() for name in TRUTH}
        for method in METHODS:
            shrink = 1.0 if method == "honest" else 0.6
            numbers = {}
            for name, truth in TRUTH.items():
                error = 0.2 * (0.8 * shared[name] + 0.6 * generator.normal())
                shift = 0.05 if method == "narrow" else 0.0
                estimate = truth + shift + error
                se = 0.2 * shrink * float(np.exp(0.1 * generator.normal()))
                tested = not name.startswith("log_sd")
                # Any number between 0 and 1 does for a p value here.
                p = float(min(1.0, 2 * np.exp(-abs(estimate / se)))) if tested else None
                numbers[name] = (estimate, se, estimate - Z * se, estimate + Z * se, p)
            fits.append(dict(method=method, replicate=replicate, status="fitted",
                             reason="converged", numbers=numbers))
    return fits


def spoil(fits):
    """Failures of every kind, on different replicates of the two methods."""
    for fit in fits:
        key = (fit["method"], fit["replicate"])
        if key in {("honest", 3), ("narrow", 3), ("narrow", 17)}:
            fit.update(status="failed", reason='no "data", at all', numbers={})
        elif key in {("honest", 20), ("narrow", 41)}:
            fit.update(status="unconverged", reason="iteration-limit")
        elif key == ("narrow", 8):
            _, se, lower, upper, p = fit["numbers"]["x1"]
            fit["numbers"]["x1"] = (float("nan"), se, lower, upper, p)


def usable(fit):
    return fit["status"] == "fitted" and all(
        np.isfinite(v) for row in fit["numbers"].values() for v in row if v is not None)


def proportion(hits):
    c = np.mean(hits)
    return c, np.sqrt(c * (1 - c) / len(hits))


def measures(fits, method, name):
    """(measure, estimate, mcse, used) rows of one method and parameter."""
    def columns(m):
        good = [f for f in fits if f["method"] == m and usable(f)]
        return (np.array([f["replicate"] for f in good]),
                [np.array([f["numbers"][name][k] for f in good]) for k in range(4)],
                [f["numbers"][name][4] for f in good])

    replicates, (t, e, lower, upper), p = columns(method)
    truth, n = TRUTH[name], len(t)
    emp = np.std(t, ddof=1)
    mod = np.sqrt(np.mean(e**2))
    var_e2 = np.var(e**2, ddof=1)
    squares = (t - truth) ** 2
    mse = np.mean(squares)
    yield "bias", np.mean(t) - truth, emp / np.sqrt(n), n
    yield "empirical_se", emp, emp / np.sqrt(2 * (n - 1)), n
    yield "mse", mse, np.sqrt(np.sum((squares - mse) ** 2) / (n * (n - 1))), n
    yield "model_se", mod, np.sqrt(var_e2 / (4 * n * mod**2)), n
    yield ("relative_error_model_se", 100 * (mod / emp - 1),
           100 * (mod / emp) * np.sqrt(var_e2 / (4 * n * mod**4) + 1 / (2 * (n - 1))), n)
    if method != METHODS[0]:
        reference, (ta, _, _, _), _ = columns(METHODS[0])
        _, left, right = np.intersect1d(reference, replicates, return_indices=True)
        a, b = ta[left], t[right]
        ratio = (np.std(a, ddof=1) / np.std(b, ddof=1)) ** 2
        r = np.corrcoef(a, b)[0, 1]
        yield ("relative_precision", 100 * (ratio - 1),
               200 * ratio * np.sqrt((1 - r**2) / (len(a) - 1)), len(a))
    yield ("coverage", *proportion((lower <= truth) & (truth <= upper)), n)
    center = np.mean(t)
    yield ("bias_eliminated_coverage", *proportion((lower <= center) & (center <= upper)), n)
    if p[0] is not None:
        yield ("rejection_rate", *proportion(np.array(p) <= ALPHA), n)
    width = upper - lower
    yield "interval_width", np.mean(width), np.std(width, ddof=1) / np.sqrt(n), n


def text(value):
    return "" if value is None else repr(float(value))


def main():
    fits = simulate(np.random.default_rng(20261122))
    spoil(fits)
    with open(HERE / "records.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("method replicate status reason parameter estimate se lower upper p".split())
        for fit in fits:
            start = [fit["method"], fit["replicate"], fit["status"], fit["reason"]]
            if not fit["numbers"]:
                out.writerow(start + [""] * 6)
            for name, row in fit["numbers"].items():
                out.writerow(start + [name] + [text(v) for v in row])
    with open(HERE / "measures.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("scenario method parameter measure estimate mcse truth attempted failed "
                     "used".split())
        for method in METHODS:
            mine = [f for f in fits if f["method"] == method]
            failed = sum(not usable(f) for f in mine)
            for name in TRUTH:
                for measure, estimate, mcse, used in measures(fits, method, name):
                    out.writerow(["golden", method, name, measure, text(estimate), text(mcse),
                                  text(TRUTH[name]), len(mine), failed, used])


main()
