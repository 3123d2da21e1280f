"""Writes scipy-truncnorm.json, SciPy's own answers that truncatedNormal.test.ts is held to.

usage: python3 make-scipy-truncnorm.py   (needs numpy and scipy)
"""

import json
import pathlib

import numpy as np
import scipy
from scipy.stats import truncnorm

SEEDS = [0, 1, 42, 2024, 2**32 - 1]
UNIFORMS = [0.0, 1e-12, 1e-6, 0.01, 0.25, 0.4999999, 0.5, 0.7, 0.975, 1 - 1e-6, 1 - 2**-53]

out = {
    "scipy": scipy.__version__,
    "rvs": {
        str(seed): [float(x) for x in truncnorm.rvs(-2, 2, size=(1, 16), random_state=np.random.RandomState(seed))[0]]
        for seed in SEEDS
    },
    "ppf": [[u, float(truncnorm.ppf(u, -2, 2))] for u in UNIFORMS],
}
path = pathlib.Path(__file__).with_name("scipy-truncnorm.json")
path.write_text(json.dumps(out, indent=2) + "\n")
