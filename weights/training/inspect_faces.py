"""Holds the predictor to a person's eye on 100 generated faces.

usage: inspect_faces.py CHECKPOINT PREDICTOR OUT [JUDGED]

Without JUDGED it writes OUT/faces.png, ten rows of ten faces, to be looked at.  JUDGED is what someone saw, as JSON: numbers of
faces, from 0, row by row, under "glasses" and "beard".  Then it prints how often the predictor says the same, and where not.
"""
import json
import os
import sys

import torch

from nets import GLASSES, OUTPUTS, Predictor
from renders import save_grid
from train_encoder import load_generator

BEARD = 0.3  # in the factor's units: what is less is stubble at the most


@torch.no_grad()
def main():
    checkpoint, predictor, out = sys.argv[1:4]
    os.makedirs(out, exist_ok=True)
    G, _, _ = load_generator(checkpoint, "cpu")
    z = torch.randn(100, G.z_dim, generator=torch.Generator().manual_seed(100))
    faces = G(z, 1.0)
    k = torch.load(predictor, map_location="cpu")
    P = Predictor(faces.shape[2], bn=False).eval()
    P.load_state_dict(k["sd"])
    save_grid(faces, f"{out}/faces.png", 10, 3)
    if len(sys.argv) < 5:
        return
    read = P(faces.clamp(-1, 1))
    mean, std = k["stats"]
    i = OUTPUTS.index("beard")
    said = {"glasses": read[:, GLASSES] > 0, "beard": read[:, i] * float(std[i]) + float(mean[i]) > BEARD}
    with open(sys.argv[4]) as f:
        judged = json.load(f)
    for name, flags in said.items():
        seen = torch.zeros(100, dtype=torch.bool)
        seen[judged[name]] = True
        differ = (seen != flags).nonzero().flatten().tolist()
        print(f"{name}: {100 - len(differ)} of 100 alike; seen {int(seen.sum())}, predicted {int(flags.sum())}; otherwise: {differ}")


if __name__ == "__main__":
    main()
