"""What ties a generator's z to renders.

Renders come with the dice they were drawn by (factors.py), which are standard normal as z is.  So each has a z: its dice and
other normal numbers, in a basis drawn once.  Its picture shall be the render, and its w tell the factors.
"""
import math

import numpy as np
import torch

from nets import OUTPUTS, feature_distance

PIXELS, FEATURES, READING = 8.0, 0.5, 2.0  # of the distance between two pictures, and of the factors read off w
#              background, skin, hair, eyes, brows, nose, mouth, glasses, beard, ears, neck and clothes
PART_WEIGHTS = [0.5, 1, 1, 4, 3, 2, 4, 3, 2, 2, 1]


class Pairs(torch.nn.Module):
    """The z of renders, and how far the w and the picture of such a z are from the render."""

    def __init__(self, dice, z_dim, w_dim, segmenter):
        super().__init__()
        self.segmenter = segmenter
        self.reading = torch.nn.Linear(w_dim, len(OUTPUTS))
        seeded = torch.Generator().manual_seed(0)
        basis, _ = torch.linalg.qr(torch.randn(z_dim, z_dim, generator=seeded))
        self.register_buffer("basis", basis)
        self.register_buffer("dice", torch.from_numpy(dice))

    def z(self, rows):
        """[n, z_dim], of the length that the mapping network scales every z to."""
        dice = self.dice[rows]
        others = torch.randn(len(rows), len(self.basis) - dice.shape[1], device=dice.device)
        left = (len(self.basis) - dice.square().sum(1, keepdim=True)).clamp(min=1)
        others = others * (left / others.square().sum(1, keepdim=True)).sqrt()
        return torch.cat([dice, others], 1) @ self.basis

    def unread(self, w, factors):
        return (self.reading(w) - factors).square().mean()

    def teach(self, mapping, factors, steps=10000, size=256):
        """Lays the factors out in w before there are pictures: a hundred times as many z a second as by pictures."""
        groups = [dict(params=mapping.parameters(), lr=0.1), dict(params=self.reading.parameters(), lr=0.003)]
        optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
        cosine = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda i: min(1, i / 200) * (0.5 + 0.5 * math.cos(math.pi * i / steps)))
        rng = np.random.default_rng(0)
        for _ in range(steps):
            rows = rng.integers(0, len(factors), size)
            loss = self.unread(mapping(self.z(rows)), factors[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            cosine.step()

    def distance(self, x, y, labels):
        """Of each pair; labels [n, h, w] are the render's parts."""
        weight = torch.tensor(PART_WEIGHTS, device=x.device)[labels]
        pixels = (((x - y).square() + 1e-4).sqrt().mean(1) * weight).mean((1, 2))
        if self.segmenter is None or x.shape[2] != labels.shape[2]:
            return PIXELS * pixels
        with torch.no_grad():
            maps = self.segmenter.features(y)
        return PIXELS * pixels + FEATURES * feature_distance(self.segmenter.features(x), maps)
