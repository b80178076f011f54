#!/usr/bin/env python3
"""Writes the requests that all faces of GLMM_POISSON are to answer alike: requests.jsonl.

One JSON string a line, the text of a request: the first half can be answered, the rest cannot.
Python's own generator, seeded: the file is the same wherever this runs.
"""

import json
import math
import pathlib
import random

generator = random.Random(20261130)


def poisson(mean):
    """A count, by multiplying uniforms."""
    limit, product, count = math.exp(-mean), generator.random(), 0
    while product > limit:
        product *= generator.random()
        count += 1
    return count


def data(groups, size, columns=1, slopes=0, scale=1.0):
    rows = [(group, row) for group in range(groups) for row in range(size)]
    x = [[round(generator.gauss(0, 1) * scale, 3) for _ in range(columns)] for _ in rows]
    effects = [generator.gauss(0, 0.5) for _ in range(groups)]
    request = {
        "y": [[poisson(math.exp(0.8 + 0.3 * x[i][0] / scale + effects[group]))]
              for i, (group, _) in enumerate(rows)],
        "x": x,
        "groups": [[group + 1] for group, _ in rows],
    }
    if slopes:
        request["x_random"] = [values[:slopes] for values in x]
    return request


def good():
    for index in range(100):
        request = data(
            groups=generator.choice([2, 3, 5, 8]), size=generator.choice([2, 3, 5]),
            columns=generator.choice([1, 1, 2]), slopes=generator.choice([0, 0, 0, 1]),
            scale=generator.choice([1, 1, 10]))
        if index % 4 == 1:
            request["alpha"] = generator.choice([0.01, 0.1, 0.5, 1e-9, 0.999])
        if index % 5 == 2:
            request["fit_intercept"] = generator.choice([True, False])
        if index % 3 == 1:
            request["approximation"] = generator.choice(
                ["mean-field", "structured", "integrated", "corrected"])
        if index % 7 == 3:
            request["x_random"] = request.get("x_random")
        if index % 11 == 4:
            request["y"] = [[float(row[0])] for row in request["y"]]
        if index % 13 == 5:
            request["x"] = [[value > 0 for value in row] for row in request["x"]]
        yield json.dumps(request, indent=generator.choice([None, None, 1]))


def changed(**changes):
    request = data(groups=3, size=2)
    request.update(changes)
    return json.dumps(request)


def cell(key, row, value):
    request = data(groups=3, size=2)
    request[key][row][0] = value
    return json.dumps(request)


def bad():
    for key in ("y", "x", "groups"):
        request = data(groups=3, size=2)
        del request[key]
        yield json.dumps(request)
        yield changed(**{key: []})
        yield changed(**{key: [[]]})
        yield changed(**{key: [1, 2, 3, 4, 5, 6]})
        yield changed(**{key: None})
        yield changed(**{key: "text"})
        yield changed(**{key: {"a": 1}})
        yield changed(**{key: [[1], [2], [3]]})
        yield changed(**{key: [[1], [2, 3], [4], [5], [6], [7]]})
        yield changed(**{key: 5})
        for value in ("2", "", None, math.nan, math.inf, -math.inf, [1], {}, "\u00e9\u0000\ud83d\ude00"):
            yield cell(key, generator.randrange(6), value)
    yield changed(y=[[1, 2]] * 6)
    yield changed(groups=[[1, 2]] * 6)
    yield cell("y", 3, -1)
    yield cell("y", 3, 0.5)
    yield cell("y", 3, 1e18)
    yield cell("x", 3, 1e300)
    yield changed(x_random=[[1]])
    yield changed(x_random=[])
    yield changed(x_random=[["a"]] * 6)
    yield changed(x_random=[[math.nan]] * 6)
    yield changed(x_random=[[1e300]] * 6)
    for value in (1, 0, "yes", None, [True]):
        yield changed(fit_intercept=value)
    for value in (0, 1, -0.1, 1.5, "0.05", None, True, math.nan, math.inf, [0.05]):
        yield changed(alpha=value)
    for value in ("laplace", "", None, 3, ["corrected"]):
        yield changed(approximation=value)
    yield changed(beta=1)
    text = changed()
    yield text[:-1] + ', "y": 1}'
    for broken in ("", " ", "{", "[]", "null", "{}", '"text"', "{]", text[:40], text + "x",
                   text.replace(":", ";", 1), text.replace("]", "}", 3), text + text,
                   '{"y": 01}', '{"y": 1.}', '{"y": +1}', '{"y": .5}', "{'y': 1}", '{"y": "a',
                   '{"y": "\\x"}', '{"y": ' + "[" * 100, "\ufeff" + text[:9], '{"y": tru}',
                   '{"y":\n\n  [[1],,]}', "{\u00e9}"):
        yield broken


good_texts, bad_texts = list(good()), list(bad())
bad_texts = generator.sample(bad_texts, 100)
path = pathlib.Path(__file__).with_name("requests.jsonl")
path.write_text("".join(json.dumps(text) + "\n" for text in good_texts + bad_texts))
