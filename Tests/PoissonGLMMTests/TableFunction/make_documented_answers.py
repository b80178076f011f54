"""Runs the Python listing that documents GLMM_POISSON, and records what it answers.

    python3 make_documented_answers.py DOCUMENTATION.txt

DOCUMENTATION.txt is the documentation of GLMM_POISSON with its listing. Needs numpy, pandas and scipy.
Two files are written into ../Reference:

- validation_texts.json: requests, most of them faulty, as JSON text, and the text that the listing
  returns for each; null where it goes on to fit.
- documented_tables.json: the tables that the listing returns for its four examples when its fitter gives
  the posteriors in ../Reference/seed_example_*.json (that fitter is replaced, because it ignores the
  groups; everything that the listing does with a posterior is run as it stands). Beside each the marginal
  log-likelihood at the posterior means, by adaptive integration, for which the listing has a zero.
"""

import itertools
import json
import math
import pathlib
import random
import sys
import types

REFERENCE = pathlib.Path(__file__).resolve().parent.parent / "Reference"


def listing(documentation):
    """The source of the listing."""
    lines = documentation.splitlines()
    start = lines.index("import math")
    end = lines.index("    return output", start)
    return "\n".join(lines[start : end + 1])


def documented_function(source, posterior=None):
    """The listing's function; its fitter returns the given posterior."""

    class StandInForTheFitter:
        def __init__(self, **design):
            pass

        def fit_vb(self):
            return posterior

    fitter = types.ModuleType("statsmodels.genmod.bayes_mixed_glm")
    fitter.PoissonBayesMixedGLM = StandInForTheFitter
    for name in ("statsmodels", "statsmodels.genmod"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[fitter.__name__] = fitter
    namespace = {}
    exec(source, namespace)
    return namespace["glmm_poisson"]


# --- Validation ---------------------------------------------------------------------------------

Y, X, GROUPS = [[2], [3], [5], [1]], [[1], [2.5], [3], [-1]], [[1], [1], [2], [2]]
GOOD = {"y": Y, "x": X, "groups": GROUPS}


def chosen_requests():
    """Each fault by itself and in the order of the checks, for every argument it can befall."""
    yield dict(GOOD)
    yield {**GOOD, "x_random": X, "fit_intercept": False, "alpha": 0.5}
    yield {"y": 3, "x": 1.5, "groups": 1}
    yield {"y": 3, "x": 1.5, "groups": 1, "x_random": 2}
    yield {**GOOD, "x": [row + [0, 1] for row in X], "x_random": [row + [7] for row in X]}
    yield {**GOOD, "y": [[True], [False], [1], [0]], "groups": [[True], [1], [0], [False]]}
    yield {**GOOD, "y": [[0.5], [1], [2], [3]]}
    yield {**GOOD, "y": [[-0.0], [0.0], [1e15], [3e20]]}

    cells = ["", "1", "text", None, [], [1], [[1]], {}, {"a": 1}, math.nan, math.inf, -math.inf]
    wholes = cells + [True, False, -1, 0.5, 3, [[]], [[], [1]], [None], [[None]], [1, 2], [[1, 2]]]
    wholes += [[[1], 2], [[1], "2"], [[1], None], [[1], []], [[1], [[2]]], [[1], {}], [[1, 2], [3]]]
    for name in ("y", "x", "groups", "x_random"):
        for whole in wholes:
            yield {**GOOD, name: whole}
        for row, cell in itertools.product((0, 3), cells):
            rows = [list(r) for r in GOOD.get(name, X)]
            rows[row] = [cell]
            yield {**GOOD, name: rows}
            rows[row] = [1, cell]
            yield {**GOOD, name: rows}
        rows = GOOD.get(name, X)
        yield {**GOOD, name: rows[:-1]}
        yield {**GOOD, name: rows + [[1]]}
        yield {**GOOD, name: [row + row for row in rows]}
        yield {**GOOD, name: rows[:2] + [rows[2] * 2] + rows[3:]}
        yield {**GOOD, name: [rows[0] * 3] + rows[1:]}
    for row in range(4):
        yield {**GOOD, "y": [[-1] if i == row else r for i, r in enumerate(Y)]}
    yield {**GOOD, "y": [[1], [-1e-300], [-1], [1]]}
    for value in [0, 1, 0.0, 1.0, "true", "", None, [], [True], [[True]], {}, math.nan]:
        yield {**GOOD, "fit_intercept": value}
    for value in [0, 1, 0.0, -0.0, 1.0, -0.1, 1.1, 1e-300, 0.9999999, 5, -5, True, False, "0.05", "", None]:
        yield {**GOOD, "alpha": value}
    for value in [[], [0.05], [[0.05]], {}, math.nan, math.inf, -math.inf]:
        yield {**GOOD, "alpha": value}


def random_requests(count, seed):
    """Several faults at once, so that the order of the checks shows."""
    rng = random.Random(seed)
    odd = ["", "a", None, [], [1], {}, math.nan, math.inf, True, False, -1, -2.5, 0.5]

    def cell():
        return rng.choice(odd) if rng.random() < 0.08 else rng.randint(0, 4)

    def row(columns):
        if rng.random() < 0.04:
            return rng.choice(odd)
        return [cell() for _ in range(max(0, columns + rng.choice([0] * 12 + [1, -1])))]

    def rows():
        if rng.random() < 0.05:
            return rng.choice(odd)
        columns = rng.choice([1] * 8 + [2])
        return [row(columns) for _ in range(max(0, 3 + rng.choice([0] * 8 + [1, -1])))]

    for _ in range(count):
        request = {"y": rows(), "x": rows(), "groups": rows()}
        if rng.random() < 0.4:
            request["x_random"] = rows()
        if rng.random() < 0.3:
            request["fit_intercept"] = rng.choice([True, False, 0, 1, "no", None])
        if rng.random() < 0.3:
            request["alpha"] = rng.choice([0.1, 0, 1, True, "x", None, math.nan, math.inf, 2, -1])
        yield request


def validation_texts(source):
    head, _ = source.split("    # Extract flat arrays\n")
    validate = documented_function(head + "    return None\n")
    cases, seen = [], set()
    for request in itertools.chain(chosen_requests(), random_requests(600, seed=1)):
        text = json.dumps(request)
        if text not in seen:
            seen.add(text)
            cases.append({"request": text, "text": validate(**request)})
    return cases


# --- Tables -------------------------------------------------------------------------------------

X_OF_SIX_ROWS, GROUPS_OF_SIX_ROWS = [[1], [2], [3]] * 2, [[1]] * 3 + [[2]] * 3
EXAMPLES = {
    1: {"y": [[2], [3], [5], [1], [2], [4]], "x": X_OF_SIX_ROWS},
    2: {"y": [[5], [7], [10], [3], [5], [8]], "x": X_OF_SIX_ROWS, "x_random": X_OF_SIX_ROWS},
    3: {"y": [[10], [12], [15], [8], [10], [13]], "x": [[1], [1.5], [2]] * 2, "alpha": 0.1},
    4: {"y": [[3], [6], [9], [2], [4], [6]], "x": X_OF_SIX_ROWS, "fit_intercept": False},
}


def log_likelihood(request, posterior):
    """log p(y | b, s) at the posterior means, the random effects of each group integrated out."""
    import numpy as np
    from scipy import integrate, stats

    y = np.array(request["y"], float)[:, 0]
    ones = np.ones((len(y), 1))
    x = np.hstack([ones, request["x"]]) if request.get("fit_intercept", True) else request["x"]
    z = np.hstack([ones, request["x_random"]]) if "x_random" in request else ones
    fixed_part = np.array(x) @ posterior.fe_mean
    sds = np.exp(posterior.vcp_mean)
    labels = np.array(request["groups"])[:, 0]
    total = 0.0
    for label in np.unique(labels):
        rows = labels == label

        def density(*u):
            rate = np.exp(fixed_part[rows] + z[rows] @ np.array(u))
            return np.prod(stats.poisson.pmf(y[rows], rate)) * np.prod(stats.norm.pdf(u, 0, sds))

        # Beyond 8 SDs the random effects have no weight that a double would notice here.
        limits = [(-8 * sd, 8 * sd) for sd in sds]
        options = {"epsabs": 1e-14, "epsrel": 1e-9, "limit": 200}
        total += math.log(integrate.nquad(density, limits, opts=options)[0])
    return total


def documented_tables(source):
    import numpy as np

    cases = []
    for number, example in EXAMPLES.items():
        reference = json.loads((REFERENCE / f"seed_example_{number}.json").read_text())
        request = {**example, "groups": GROUPS_OF_SIX_ROWS}
        for key, approximation in (("mean_field", "mean-field"), ("structured", "structured")):
            posterior = types.SimpleNamespace(
                fe_mean=np.array(reference[key]["fixed_mean"]),
                fe_sd=np.array(reference[key]["fixed_sd"]),
                vcp_mean=np.array(reference[key]["log_sd_mean"]),
            )
            table = documented_function(source, posterior)(**request)
            cases.append(
                {
                    "request": json.dumps({**request, "approximation": approximation}),
                    "fixedMeans": posterior.fe_mean.tolist(),
                    "fixedSDs": posterior.fe_sd.tolist(),
                    "logSDMeans": posterior.vcp_mean.tolist(),
                    "logLikelihood": log_likelihood(request, posterior),
                    "table": table,
                }
            )
    return cases


def write(name, cases):
    text = ",\n".join(json.dumps(case) for case in cases)
    (REFERENCE / name).write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    source = listing(pathlib.Path(sys.argv[1]).read_text())
    write("validation_texts.json", validation_texts(source))
    write("documented_tables.json", documented_tables(source))
