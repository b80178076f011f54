"""From a CSV file to a forest plot of rate ratios: forest_plot.png.

    python forest_plot.py [visits.csv]

The file has the columns seizures, treated, age and patient; one that is not there is simulated.
"""

import pathlib
import sys

import glmm_poisson
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "visits.csv")
if not path.exists():
    # Counts of 40 patients at 4 visits, of whom every second one is treated.
    generator = np.random.default_rng(1)
    patient = np.repeat(np.arange(40), 4)
    treated = patient % 2
    age = generator.normal(size=40)[patient]
    rate = np.exp(1.2 - 0.5 * treated + 0.2 * age + 0.5 * generator.normal(size=40)[patient])
    pd.DataFrame({
        "seizures": generator.poisson(rate), "treated": treated, "age": age, "patient": patient,
    }).to_csv(path, index=False)

fit = glmm_poisson.fit("seizures ~ treated + age + (1 | patient)", path)
print(fit.summary())

ratios = fit.irr().drop("Intercept")
figure, axes = plt.subplots(figsize=(6, 1 + 0.5 * len(ratios)), layout="constrained")
places = range(len(ratios))
axes.hlines(places, ratios.lower, ratios.upper, color="tab:blue")
axes.plot(ratios.irr, places, "o", color="tab:blue")
axes.axvline(1, color="gray", linewidth=1)
axes.set_yticks(places, ratios.index)
axes.set_ylim(-0.5, len(ratios) - 0.5)
axes.set_xscale("log")
axes.set_xticks([0.25, 0.5, 1, 2], ["0.25", "0.5", "1", "2"])
axes.minorticks_off()
axes.set_xlabel("rate ratio, 95 % interval")
figure.savefig("forest_plot.png", dpi=150)
