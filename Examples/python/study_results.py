"""A simulation study's results in pandas: which methods cover the truth as often as they say.

    glmm-poisson study run Scenarios/core --out study
    python study_results.py study

Without a folder a table of two methods stands in for `measures.csv`, which has one row a measure.
"""

import io
import pathlib
import sys

import pandas as pd

SAMPLE = """\
scenario,method,parameter,measure,estimate,mcse,truth,attempted,failed,used
20 groups of 10,mean-field,Intercept,coverage,0.549,0.007,0.5,5000,0,5000
20 groups of 10,mean-field,x1,coverage,0.923,0.0038,0.3,5000,0,5000
20 groups of 10,structured,Intercept,coverage,0.943,0.0033,0.5,5000,0,5000
20 groups of 10,structured,x1,coverage,0.95,0.0031,0.3,5000,0,5000
"""

source = pathlib.Path(sys.argv[1]) / "measures.csv" if len(sys.argv) > 1 else io.StringIO(SAMPLE)
measures = pd.read_csv(source)
coverage = measures[measures.measure == "coverage"]
print(coverage.pivot_table(
    index=["scenario", "parameter"], columns="method", values="estimate").round(3))

# Farther from 0.95 than Monte Carlo error allows, at three standard errors.
off = coverage[(coverage.estimate - 0.95).abs() > 3 * coverage.mcse]
print()
print("Not 0.95:", ", ".join(f"{row.method} {row.parameter}" for row in off.itertuples()) or "none")
