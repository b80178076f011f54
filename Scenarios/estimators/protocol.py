"""What the estimators in Python share: the exchange of lines that README.md describes."""

import json
import os
import sys
import time

# Libraries print to standard output as they like; answers go where it led at first, the rest to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def skip(reason):
    """Status 69: something that is needed is not installed, and the methods are skipped."""
    print(reason, file=sys.stderr)
    sys.exit(69)


def wald(estimate, se, alpha, is_tested=True):
    """An estimate with a normal approximation's interval and p value; `se` may be None."""
    from scipy.stats import norm

    if se is None:
        return {"estimate": float(estimate)}
    margin = norm.ppf(1 - alpha / 2) * se
    parameter = {
        "estimate": float(estimate), "se": float(se),
        "lower": float(estimate - margin), "upper": float(estimate + margin)}
    if is_tested:
        parameter["p"] = float(2 * norm.sf(abs(estimate / se)))
    return parameter


class Factor:
    """A grouping factor: the level of each row from 0, and its terms with their columns."""

    def __init__(self, name, levels, terms, z, correlated):
        self.name = name
        self.levels = levels
        self.count = int(levels.max()) + 1
        self.terms = terms
        self.z = z
        # The sets of terms that are correlated, by name.
        self.correlated = correlated


class Data:
    """A data set as arrays: the counts, the fixed design, the grouping factors, and the offset or None."""

    def __init__(self, request):
        import numpy

        columns = {name: numpy.array(values, dtype=float) for name, values in request["columns"].items()}
        self.y = columns["y"]
        columns["Intercept"] = numpy.ones(len(self.y))
        self.x = numpy.column_stack([columns[name] for name in request["fixed"]])
        self.factors = []
        for factor in factors_of(request):
            together = numpy.column_stack([columns[name] for name in factor["columns"]])
            # The combinations that occur, in order.
            levels = numpy.unique(together, axis=0, return_inverse=True)[1].reshape(-1)
            z = [columns[name] for name in factor["terms"]]
            self.factors.append(Factor(factor["name"], levels, factor["terms"], z, factor["correlated"]))
        self.offset = numpy.log(columns["exposure"]) if "exposure" in columns else None
        self.family = request.get("family", "poisson")

    @property
    def has_correlations(self):
        return any(factor.correlated for factor in self.factors)


def factors_of(request):
    """The grouping factors of a request, which does not list the one of `group` with independent terms."""
    if "factors" in request:
        return request["factors"]
    return [{"name": "group", "columns": ["group"], "terms": request["random"], "correlated": []}]


def random_names(request):
    """The names of the random terms; with several factors they begin with that of theirs."""
    factors = factors_of(request)
    return [prefix(factor, factors) + term for factor in factors for term in factor["terms"]]


def correlation_names(request):
    """The names of the pairs of correlated terms, in the order of the parameters."""
    factors = factors_of(request)
    return [
        f"{prefix(factor, factors)}{terms[j]},{terms[i]}"
        for factor in factors for terms in factor["correlated"] for i in range(len(terms)) for j in range(i)]


def prefix(factor, factors):
    return factor["name"] + ":" if len(factors) > 1 else ""


class Refusal(Exception):
    """There is no result, and this is why."""


def serve(version, fit):
    """Answers every line until there are no more.

    fit(request, data) gives a dictionary with `fixed` and `log_sd`, lists of (estimate, SE or None) or None, and
    `converged`, `status`, `iterations`; where terms are correlated also `cor`, the same as parameters or None; and of
    a family other than Poisson `family`, pairs as of log SDs by the parameters' names.
    """
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"request": request["request"]}
        if "hello" in request:
            answer.update(version=f"{version}, Python {sys.version.split()[0]}", seconds=True)
        else:
            data = Data(request)
            start = time.perf_counter()
            try:
                result = fit(request, data)
                answer["seconds"] = time.perf_counter() - start
                answer.update({key: result[key] for key in ("converged", "status", "iterations")})
                if result["converged"]:
                    answer["parameters"] = parameters(request, result)
                # Numbers that are not finite are no JSON.
                json.dumps(answer, allow_nan=False)
            except Refusal as error:
                answer = {"request": request["request"], "error": str(error)}
            except Exception as error:
                answer = {"request": request["request"], "error": f"{type(error).__name__}: {error}"}
        text = json.dumps(answer, allow_nan=False)
        print(text, file=answers, flush=True)


def parameters(request, result):
    alpha = request["alpha"]
    values = {}
    for name, (estimate, se) in zip(request["fixed"], result["fixed"]):
        values[name] = wald(estimate, se, alpha)
    for name, pair in zip(random_names(request), result["log_sd"]):
        values[f"log_sd({name})"] = None if pair is None else wald(*pair, alpha, is_tested=False)
    for name, parameter in zip(correlation_names(request), result.get("cor", [])):
        values[f"cor({name})"] = parameter
    for name, pair in result.get("family", {}).items():
        values[name] = None if pair is None else wald(*pair, alpha, is_tested=False)
    return values
