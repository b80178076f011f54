"""Fits from the wheel against the command's own output, to the last bit."""

import copy
import csv
import io
import json
import pickle
import subprocess
import threading

import glmm_poisson
import numpy as np
import pandas as pd
import polars as pl
import pytest

FORMULA = "y ~ lbase * trt + lage + V4 + (1 | subject)"


def of_command(command, *arguments):
    run = subprocess.run([command, *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def without_seconds(text):
    return "".join(line for line in text.splitlines(True) if '"seconds"' not in line)


@pytest.fixture(scope="module")
def epilepsy(reference):
    return reference / "epilepsy.csv"


@pytest.fixture(scope="module")
def from_command(command, epilepsy):
    return of_command(command, "fit", str(epilepsy), "--formula", FORMULA, "--format", "json")


def test_the_json_of_a_file_is_that_of_the_command(epilepsy, from_command):
    fit = glmm_poisson.fit(FORMULA, str(epilepsy))
    assert without_seconds(fit.json_text) == without_seconds(from_command)


@pytest.mark.parametrize("kind", ["pandas", "polars", "dict", "lists"])
def test_data_frames_give_the_numbers_of_the_file(epilepsy, from_command, kind):
    frame = pd.read_csv(epilepsy)
    data = {
        "pandas": frame,
        "polars": pl.read_csv(epilepsy),
        "dict": {name: frame[name].to_numpy() for name in frame},
        "lists": {name: frame[name].tolist() for name in frame},
    }[kind]
    fit = glmm_poisson.fit(FORMULA, data)
    expected = json.loads(from_command)
    found = dict(fit.json)
    for result in (expected, found):
        del result["seconds"]
        # They name rows: of a file by its lines, of columns by their number.
        result["checks"] = [{**check, "sentence": ""} for check in result["checks"]]
    assert found == expected


def test_options_are_those_of_the_command(command, epilepsy):
    options = ["--approximation", "structured", "--alpha", "0.1", "--fixed-prior-sd", "3",
               "--standardize", "--contrast", "trt + lbase:trt", "--means", "trt", "--pairs", "trt",
               "--variances", "--reference", "trt=1", "--log-sd-prior-sd", "0.5"]
    formula = "y ~ lbase * factor(trt) + (1 | subject)"
    options[options.index("trt + lbase:trt")] = "lbase"
    expected = of_command(
        command, "fit", str(epilepsy), "--formula", formula, "--format", "json", *options)
    fit = glmm_poisson.fit(
        formula, epilepsy, approximation="structured", alpha=0.1, fixed_prior_sd=3,
        standardize=True, contrasts="lbase", means=["trt"], pairs=["trt"], variances=True,
        references={"trt": "1"}, log_sd_prior_sd=0.5)
    assert without_seconds(fit.json_text) == without_seconds(expected)


def test_random_effects_and_predictions_are_those_of_the_command(command, epilepsy, tmp_path):
    fit = glmm_poisson.fit(FORMULA, str(epilepsy))
    expected = of_command(
        command, "fit", str(epilepsy), "--formula", FORMULA, "--random-effects", "-", "--quiet")
    assert fit._random_effects == expected
    assert len(fit.random_effects) == 59
    assert fit.random_effects.group.tolist()[0] == "1"
    plan = "lbase,trt,lage,V4,subject\n1.01,0,3.43,0,1\n1.01,1,3.43,0,somebody\n"
    (tmp_path / "plan.csv").write_text(plan)
    (tmp_path / "visits.fit").write_bytes(fit.saved)
    expected = of_command(
        command, "predict", str(tmp_path / "plan.csv"), "--from", str(tmp_path / "visits.fit"))
    rows = list(csv.DictReader(io.StringIO(expected)))
    columns = {"lbase": [1.01, 1.01], "trt": [0, 1], "lage": [3.43] * 2, "V4": [0, 0],
               "subject": ["1", "somebody"]}
    for new in (tmp_path / "plan.csv", columns, pd.DataFrame(columns), pl.DataFrame(columns)):
        found = fit.predict(new)
        assert list(found.columns) == list(rows[0])
        assert found.group.tolist() == ["1", "somebody"]
        for name in set(found.columns) - {"group"}:
            assert found[name].tolist() == [float(row[name]) for row in rows], name


def test_accessors_hold_the_numbers_of_the_json(epilepsy):
    fit = glmm_poisson.fit(FORMULA, epilepsy)
    effects = fit.json["fixed_effects"]
    assert fit.params.tolist() == [effect["mean"] for effect in effects]
    assert fit.bse["trt"] == effects[2]["sd"]
    assert np.allclose(np.sqrt(np.diag(fit.cov_params())), fit.bse, rtol=1e-6)
    assert fit.conf_int().loc["trt"].tolist() == [effects[2]["ci_lower"], effects[2]["ci_upper"]]
    assert fit.irr().loc["trt", "irr"] == effects[2]["irr"]
    assert fit.standard_deviations.loc[0, "sd"] == fit.json["random_effects"][0]["sd"]
    assert fit.converged and fit.nobs == 236
    wide, narrow = fit.conf_int(0.01), fit.conf_int(0.2)
    assert (wide.lower < narrow.lower).all() and (wide.upper > narrow.upper).all()
    assert "lbase:trt" in fit.summary().as_text() and "<table>" in fit.summary()._repr_html_()
    assert "<" not in glmm_poisson.fit("y ~ I(x < 1)", {"y": [1, 2, 3], "x": [0, 1, 2]}).summary(
    ).as_html().replace("<p>", "").replace("<b>", "").replace("</b>", "").split("I(x")[1][:6]


def test_priors_of_single_parameters_are_those_of_the_command(command, epilepsy):
    prior = ["Intercept ~ normal(-7, 0.1)", "sd(subject) ~ halfnormal(0.1)"]
    options = [word for text in prior for word in ("--prior", text)]
    expected = of_command(
        command, "fit", str(epilepsy), "--formula", FORMULA, "--format", "json", *options)
    found = glmm_poisson.fit(FORMULA, str(epilepsy), prior=prior)
    assert found.params.tolist() == [
        effect["mean"] for effect in json.loads(expected)["fixed_effects"]]
    one = glmm_poisson.fit(FORMULA, str(epilepsy), prior=prior[0])
    assert one.params["Intercept"] < -6
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="prior"):
        glmm_poisson.fit(FORMULA, str(epilepsy), prior="Intercept = 3")


def test_predictions_in_groups_that_are_not_the_rows_own(epilepsy):
    fit = glmm_poisson.fit(FORMULA, str(epilepsy))
    rows = {"lbase": [1.01], "trt": [1], "lage": [3.43], "V4": [0]}
    typical, average, new = (
        fit.predict(rows, groups=groups) for groups in ("typical", "average", "new"))
    assert list(typical.columns) == [
        "row", "mean", "median", "lower", "upper", "count_lower", "count_upper"]
    assert average["mean"][0] == pytest.approx(new["mean"][0], rel=1e-12)
    assert typical["median"][0] < average["median"][0]
    assert average["upper"][0] < new["upper"][0]


def test_a_pickled_fit_predicts_and_says_what_it_lacks(epilepsy):
    fit = glmm_poisson.fit(FORMULA, epilepsy)
    other = pickle.loads(pickle.dumps(fit))
    assert other.json_text == fit.json_text and other.warnings == fit.warnings
    new = {"lbase": [1], "trt": [0], "lage": [3], "V4": [0], "subject": [7]}
    pd.testing.assert_frame_equal(other.predict(new), fit.predict(new), check_exact=True)
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="fit again with alpha=0.2"):
        other.conf_int(0.2)


def test_kinds_of_columns(tmp_path):
    """A data frame gives what its own CSV gives."""
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({
        "y": generator.poisson(3, 60),
        "whole": pd.array([1, 2, None, 4, 5, 6] * 10, dtype="Int64"),
        "truth": [True, False, True] * 20,
        "kind": pd.Categorical(list("abcabd") * 10, categories=list("dcbaz")),
        "text": pd.array(["x", None, "z", "ü", "v", "w"] * 10, dtype="string"),
        "day": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"] * 20),
        "big": [2**60, 2**60 + 1, 2**60 + 2] * 20,
        "g": list("pqrstu") * 10,
    })
    path = tmp_path / "kinds.csv"
    frame.to_csv(path, index=False)
    for formula in ("y ~ whole + (1 | g)", "y ~ truth + (1 | g)", "y ~ kind + (1 | g)",
                    "y ~ 1 + (1 | text)", "y ~ 1 + (1 | day)", "y ~ 1 + (1 | big)",
                    "y ~ . - day - text - big"):
        of_file = glmm_poisson.fit(formula, path, approximation="structured")
        of_frame = glmm_poisson.fit(formula, frame, approximation="structured")
        pd.testing.assert_series_equal(of_file.params, of_frame.params, check_exact=True)
        assert of_file.json["groups"] == of_frame.json["groups"], formula
        assert of_file.json["dropped_rows"] == of_frame.json["dropped_rows"], formula


def test_polars_kinds():
    data = {"y": [1, 2, 3, 4, None, 2], "x": [0.5, 1.5, None, 2.5, 3.5, 1.0],
            "g": ["a", None, "a", "b", "b", "b"]}
    fits = [
        glmm_poisson.fit("y ~ x + (1 | g)", kind(data)) for kind in (dict, pl.DataFrame, pd.DataFrame)
    ]
    assert [fit.nobs for fit in fits] == [3, 3, 3]
    assert [fit.params.tolist() for fit in fits[1:]] == [fits[0].params.tolist()] * 2


@pytest.mark.parametrize(("formula", "data", "message"), [
    ("y ~", {"y": [1]}, "Expected predictors after '~'"),
    ("y ~ x", {"y": [1, 2], "x": [1]}, "Column 'x' has 1 rows, but 'y' has 2."),
    ("y ~ x", {"y": [1, 2], "x": [[1, 2], [3, 4]]}, "2 dimensions"),
    ("y ~ x", [1, 2], "must be a data frame"),
    ("y ~ \0", {"y": [1]}, "zero character"),
    ("y ~ x", {"y": [1.5, 2], "x": [1, 2]}, "whole number"),
    (None, {"y": [1]}, "The formula must be a text, not NoneType."),
    # What is wrong with columns that the formula does not use is not the matter.
    ("y ~ z", {"y": [1, 2], "x": [1, 2], "meta": [[1, 2], [3, 4]]}, "there is no column 'z'"),
    ("y ~ z", {"y": [1, 2], "meta": [[1, 2], [3]]}, "there is no column 'z'"),
])
def test_mistakes_are_said(formula, data, message):
    with pytest.raises(glmm_poisson.GLMMPoissonError, match=message):
        glmm_poisson.fit(formula, data)


@pytest.mark.parametrize(("options", "message"), [
    ({"alpha": 0}, "alpha must lie between 0 and 1"),
    ({"alpha": np.nan}, "'alpha' cannot be nan."),
    ({"alpha": 1j}, "'alpha' cannot be of type complex."),
    ({"threads": [1]}, "threads"),
    ({"limit": 0}, "A limit must be a number of seconds above 0, or a Limit, not 0."),
    ({"limit": "1"}, "not '1'."),
])
def test_options_that_cannot_be_used_are_said(options, message):
    with pytest.raises(glmm_poisson.GLMMPoissonError, match=message):
        glmm_poisson.fit("y ~ x", {"y": [1, 2, 3], "x": [1, 2, 4]}, **options)


def test_scalars_of_numpy_are_numbers():
    data = {"y": [1, 2, 3, 9], "x": [1, 2, 4, 5]}
    expected = glmm_poisson.fit("y ~ x", data, alpha=0.25, fixed_prior_sd=3, threads=1, limit=10)
    found = glmm_poisson.fit(
        "y ~ x", data, alpha=np.float32(0.25), fixed_prior_sd=np.int64(3), threads=np.int32(1),
        standardize=np.bool_(False), limit=np.float32(10))
    assert without_seconds(found.json_text) == without_seconds(expected.json_text)
    for alpha in (0.5, np.float32(0.5)):
        pd.testing.assert_frame_equal(found.conf_int(alpha), expected.conf_int(0.5))
        pd.testing.assert_frame_equal(
            found.predict(data, alpha=alpha, threads=np.int64(1)), expected.predict(data, alpha=0.5))
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="alpha must lie between 0 and 1"):
        found.predict(data, alpha=0)


def test_intervals_of_another_level_are_those_of_the_data_as_they_were(tmp_path):
    frame = pd.DataFrame({"y": [1, 2, 3, 9], "x": [1.0, 2, 4, 5], "g": list("aabb")})
    path = tmp_path / "data.csv"
    frame.to_csv(path, index=False)
    for data in (frame, path):
        fit = glmm_poisson.fit("y ~ x", data)
        expected = fit.conf_int(0.2), fit.irr(0.2)
        if data is path:
            path.unlink()
        else:
            # In place: a data frame shares its columns' values.
            frame["x"] = frame.x * 3
            frame.loc[0, "y"] = 30
        pd.testing.assert_frame_equal(fit.conf_int(0.2), expected[0])
        pd.testing.assert_frame_equal(fit.irr(0.2), expected[1])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_limits_are_not_copied(duplicate):
    with pytest.raises(TypeError, match="A Limit cannot be copied or pickled: make another one."):
        duplicate(glmm_poisson.Limit(10))


def test_limits():
    generator = np.random.default_rng(2)
    n = 300_000
    data = {"y": generator.poisson(2, n), "x": generator.normal(size=n),
            "g": generator.integers(0, 1000, n)}
    formula = "y ~ x + (1 + x | g)"
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="within its time limit"):
        glmm_poisson.fit(formula, data, limit=0.02)
    limit = glmm_poisson.Limit()
    threading.Timer(0.05, limit.cancel).start()
    with pytest.raises(glmm_poisson.GLMMPoissonError, match="cancelled"):
        glmm_poisson.fit(formula, data, limit=limit)


def test_threads_fit_at_once_with_the_bits_of_one(epilepsy):
    """While a thread fits, another runs Python: the GIL is released."""
    expected = without_seconds(glmm_poisson.fit(FORMULA, str(epilepsy)).json_text)
    found = []

    def work():
        for _ in range(5):
            found.append(without_seconds(glmm_poisson.fit(FORMULA, str(epilepsy)).json_text))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 20

    n = 200_000
    generator = np.random.default_rng(3)
    data = {"y": generator.poisson(2, n), "x": generator.normal(size=n),
            "g": generator.integers(0, 500, n)}
    ticks, done = 0, threading.Event()

    def long_fit():
        glmm_poisson.fit("y ~ x + (1 | g)", data)
        done.set()

    thread = threading.Thread(target=long_fit)
    thread.start()
    # With the GIL held through the call this would be one tick or two.
    while not done.wait(0.005):
        ticks += 1
    thread.join()
    assert ticks > 5
