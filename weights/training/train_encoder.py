"""Trains the encoder of a finished generator: a picture in, W+ out.

usage: train_encoder.py DATA CHECKPOINT PREDICTOR OUT [--minutes 12]

It learns in whitened coordinates, in which the generator's own w are uncorrelated and of variance 1, from two kinds of
pictures: the generator's own, whose w are known (their differences count), and renders, of which the picture counts, and a
little how far the guess is from the w of their z.
Pictures are compared by their pixels and by the predictor's activations.  Whitening is folded into the last layer in the end.
"""
import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from model import MODELS, make_generator
from nets import Predictor, feature_distance, fold, make_encoder
from pairs import Pairs
from renders import Renders, save_grid

OWN, RENDERS = 16, 16  # of a batch
LATENT, PIXELS, FEATURES, PRIOR = 0.3, 1.0, 0.02, 2e-3  # weights of the losses


def load_generator(path, device):
    """The averaged generator of a checkpoint, with the mean of 100,000 w as w_avg, and its statistics."""
    k = torch.load(path, map_location=device)
    G = make_generator(k["model"]).to(device)
    G.load_state_dict({n: v.float() for n, v in k["E"].items()})
    G.eval().requires_grad_(False)
    seeded = torch.Generator().manual_seed(123)
    w = torch.cat([G.mapping(torch.randn(5000, G.z_dim, generator=seeded).to(device)) for _ in range(20)])
    G.mapping.w_avg.copy_(w.mean(0))
    return G, w, k


def whitening(w, ridge=1e-3):
    """Lower factor L of the covariance: w = mean + L u, the u uncorrelated."""
    d = (w - w.mean(0)).double()
    cov = d.t() @ d / len(d)
    cov += torch.eye(len(cov), dtype=cov.dtype, device=cov.device) * cov.trace() / len(cov) * ridge
    return torch.linalg.cholesky(cov).float()


class Encoding:
    """The encoder, and what it takes to judge it."""

    def __init__(self, G, w, predictor, res, device):
        self.G, self.predictor, self.device = G, predictor, device
        self.net = make_encoder(G, res).to(device).to(memory_format=torch.channels_last)
        with torch.no_grad():
            self.net.fc1.weight.mul_(0.1)
        self.factor, self.unfactor = whitening(w), torch.linalg.inv(whitening(w))

    def own(self, n):
        """Pictures of the generator, some truncated or mixed, and their whitened W+."""
        G = self.G
        with torch.no_grad():
            w = G.mapping(torch.randn(2 * n, G.z_dim, device=self.device))
            w = G.mapping.w_avg + (w - G.mapping.w_avg) * (0.5 + 0.6 * torch.rand(2 * n, 1, device=self.device))
            cut = torch.randint(1, 2 * G.num_ws, (n, 1), device=self.device)  # every second is of one face
            later = torch.arange(G.num_ws, device=self.device)[None] >= cut
            ws = torch.where(later[:, :, None], w[n:, None], w[:n, None])
            return G.synthesis(ws, "const"), (ws - G.mapping.w_avg) @ self.unfactor.t()

    def guess(self, x):
        return self.net(x).reshape(len(x), self.G.num_ws, self.G.w_dim)

    def pictures(self, u):
        return self.G.synthesis(self.G.mapping.w_avg + u @ self.factor.t(), "const")

    def maps(self, x):
        """The predictor's first three activations."""
        for conv in self.predictor.convs[:3]:
            x = F.leaky_relu(conv(x), 0.2)
            yield x

    def distance(self, x, y):
        return PIXELS * F.mse_loss(x, y) * 4 + FEATURES * feature_distance(self.maps(x), self.maps(y)).mean()

    def drawn(self, z):
        """Whitened w of the z that renders have: without what no render shows, near enough to their own."""
        with torch.no_grad():
            return (self.G.mapping(z) - self.G.mapping.w_avg) @ self.unfactor.t()

    def loss(self, renders, z):
        own, known = self.own(OWN)
        x = torch.cat([own, renders]).contiguous(memory_format=torch.channels_last)
        u = self.guess(x)
        latent = (u[:OWN] - known).square().mean()
        return LATENT * latent + self.distance(self.pictures(u), x) + PRIOR * (u[OWN:] - self.drawn(z)[:, None]).square().mean()

    def folded(self):
        """The network in inference form, giving w itself."""
        net = fold(self.net, res=self.G.synthesis.resolutions[-1], channels=tuple_of(self.net), hidden=self.net.fc0.out_features,
                   outputs=self.net.fc1.out_features)
        with torch.no_grad():
            w = net.fc1.weight.reshape(self.G.num_ws, self.G.w_dim, -1)
            b = net.fc1.bias.reshape(self.G.num_ws, self.G.w_dim)
            net.fc1.weight.copy_((self.factor @ w).reshape(net.fc1.weight.shape))
            net.fc1.bias.copy_((b @ self.factor.t() + self.G.mapping.w_avg).reshape(-1))
        return net


def tuple_of(net):
    return (3, *(c.out_channels for c in net.convs))


@torch.no_grad()
def psnr(G, net, data, rows, device):
    """Median over renders of the PSNR of what the guess makes."""
    values = []
    for c in np.array_split(rows, max(1, len(rows) // 100)):
        x = data.batch(c, device=device)
        y = G.synthesis(net(x).reshape(len(x), G.num_ws, G.w_dim), "const").clamp(-1, 1)
        values.append(10 * torch.log10(4 / (x - y).square().mean((1, 2, 3))))
    return torch.cat(values).median().item()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("data")
    p.add_argument("checkpoint")
    p.add_argument("predictor")
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=12)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    opt = p.parse_args()
    device = torch.device(opt.device)
    os.makedirs(opt.out, exist_ok=True)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    G, w, k = load_generator(opt.checkpoint, device)
    res = max(MODELS[k["model"]]["channels"])
    predictor = Predictor(res, bn=False).to(device).eval().requires_grad_(False)
    predictor.load_state_dict(torch.load(opt.predictor, map_location=device)["sd"])
    train, test = Renders(opt.data, "train", res), Renders(opt.data, "test", res)
    pairs = Pairs(train.dice, G.z_dim, G.w_dim, None).to(device)
    task = Encoding(G, w, predictor, res, device)
    optimiser = torch.optim.Adam(task.net.parameters(), opt.lr, betas=(0.9, 0.99))
    log = open(f"{opt.out}/encoder.txt", "a")
    started, steps, total = time.time(), 0, 0.0
    while True:
        part = (time.time() - started) / 60 / opt.minutes
        if part >= 1:
            break
        optimiser.param_groups[0]["lr"] = opt.lr * min(1, steps / 200) * 0.5 * (1 + math.cos(math.pi * part))
        rows = np.sort(rng.integers(0, len(train), RENDERS))
        loss = task.loss(train.batch(rows, device=device), pairs.z(rows))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps += 1
        total += loss.item()
        if steps % 200 == 0:
            task.net.eval()
            value = psnr(G, task.folded(), test, np.arange(200), device)
            task.net.train()
            print(f"{part * opt.minutes:.1f} min, step {steps}, loss {total / 200:.4f}, held-out {value:.2f} dB", file=log, flush=True)
            total = 0.0
    task.net.eval()
    net = task.folded()
    value = psnr(G, net, test, np.arange(400), device)
    print(f"held-out renders: {value:.2f} dB", file=log, flush=True)
    torch.save(dict(sd=net.state_dict(), psnr=value), f"{opt.out}/encoder.pt")
    with torch.no_grad():
        x = test.batch(np.arange(16), device=device)
        y = G.synthesis(net(x).reshape(16, G.num_ws, G.w_dim), "const")
    save_grid(torch.stack([x, y], 1).flatten(0, 1), f"{opt.out}/encoder.png", 8, 2)


if __name__ == "__main__":
    main()
