"""Draws the log of a run: losses, path lengths and the Frechet distance over kimg.  usage: plot_curve.py RUN OUT.png"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

run, out = sys.argv[1:3]
with open(f"{run}/log.jsonl") as f:
    lines = [json.loads(line) for line in f]
figure, axes = plt.subplots(1, 3, figsize=(12, 3.2), constrained_layout=True)
panels = (("losses", ("d_fake", "d_real", "g")), ("labels and paths", ("labels", "path")), ("Frechet distance, 2,500 samples", ("frechet_2500",)))
for axis, (title, keys) in zip(axes, panels):
    for key in keys:
        points = [(line["kimg"], line[key]) for line in lines if key in line]
        if points:
            axis.plot(*zip(*points), label=key, linewidth=1)
    axis.set_title(title)
    axis.set_xlabel("thousand images")
    axis.legend()
axes[2].set_yscale("log")
figure.savefig(out, dpi=110)
