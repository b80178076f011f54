"""Posterior covariance of b, and linear combinations of b with their 2.5 % and 97.5 % points, by the importance sampling of
exact_quantiles.py: exact_combinations.json. Run in this folder with numpy 2.4.6 and scipy 1.17.1:

    python3 exact_combinations.py > exact_combinations.json
"""

import json

import numpy as np

from exact_quantiles import quantile, weighted_draws

COMBINATIONS = {
    "sparse_counts": (131072, [[1, 1, 0], [0, 1, -1], [1, 0.5, 0.5], [0, 2, 0]]),
    "few_groups": (131072, [[1, 1, 0], [0, 1, -1], [-1, 0.5, 2]]),
    "epilepsy": (131072, [[0, 0, 1, 0, 0, 1], [1, 1.8, 0, 0, 0.25, 0], [0, 1, -2, 0, 0, 0.5]]),
    "exposure": (65536, [[1, 1, 0], [0, 1, -1]]),
}

result = {}
for name, (draws, combinations) in COMBINATIONS.items():
    both, weight, p, _ = weighted_draws(name, draws)
    b = both[:, :p]
    mean = weight @ b
    covariance = (b - mean).T @ ((b - mean) * weight[:, None])
    answers = []
    for combination in combinations:
        values = b @ np.array(combination, float)
        center = weight @ values
        answers.append(
            {
                "weights": combination,
                "mean": center,
                "sd": np.sqrt(weight @ (values - center) ** 2),
                "q025": quantile(values, weight, 0.025),
                "q975": quantile(values, weight, 0.975),
                "below_zero": weight[values < 0].sum(),
            }
        )
    result[name] = {
        "draws": draws,
        "effective_draws": round(1 / (weight**2).sum()),
        "covariance": covariance.tolist(),
        "combinations": answers,
    }
print(json.dumps(result, indent=1))
