"""Writes numpy-randn.json, NumPy's own answers that randomState.test.ts is held to.

usage: python3 make-numpy-randn.py   (needs numpy; any version, the legacy stream is frozen)
"""

import hashlib
import json
import pathlib

import numpy as np

SEEDS = [0, 1, 42, 123, 2024, 65535, 2**31 - 1, 2**31, 2**32 - 1]

first = {}
for seed in SEEDS:
    state = np.random.RandomState(seed)
    first[str(seed)] = {
        "randn": [float(x) for x in state.randn(9)],
        # After an odd number of normals the second of the pair is cached: uniforms do not touch it.
        "then_random_sample": [float(x) for x in state.random_sample(4)],
        "then_randn": [float(x) for x in state.randn(4)],
    }

latents = {}
for z_dim in (64, 128, 512):
    digest = hashlib.sha256()
    for seed in range(200):
        digest.update(np.random.RandomState(seed).randn(1, z_dim).astype("<f4").tobytes())
    latents[str(z_dim)] = digest.hexdigest()

out = {
    "numpy": np.__version__,
    "first": first,
    "latents_f32_sha256_seeds_0_to_199": latents,
}
path = pathlib.Path(__file__).with_name("numpy-randn.json")
path.write_text(json.dumps(out, indent=2) + "\n")
