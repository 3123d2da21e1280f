"""Trains the predictor and the segmenter on renders, clean, blurred and noisy.

usage: train_nets.py DATA OUT [--resolution 64] [--predictor 14] [--segmenter 7]   (epochs)

A network that has seen clean renders only is lost on generated faces.  So a part of each batch is blurred, darkened or
strewn with noise: what is left of a face under that is what a young generator shows.
"""
import argparse
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from nets import GLASSES, OUTPUTS, PARTS, Predictor, Segmenter, fold, targets
from renders import Renders

# Factors that people edit count fully; the others should not be forgotten.
MAIN = ("yaw pitch smile mouth_open age masculinity glasses hair_length hair_hue hair_lightness skin_tone light_azimuth "
        "light_warmth background_hue background_light beard bald grey curl hair_volume eye_colour gaze_x").split()
# Small parts count more, or the network would not mind losing them.
PART_WEIGHTS = [0.6, 1, 1, 2, 2, 1.5, 2, 2, 1.2, 1.5, 1.0]


def weathered(x):
    """Blurs a quarter of the pictures, roughens another, and adds some noise to all."""
    n = x.shape[0]
    kind = torch.rand(n, 1, 1, 1, device=x.device)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.where(kind < 0.25, x.lerp(soft, torch.rand_like(kind)), x)
    half = F.interpolate(F.avg_pool2d(torch.randn_like(x), 2), scale_factor=2)
    x = torch.where(kind > 0.75, x + 0.15 * half * torch.rand_like(kind), x)
    return x + torch.randn_like(x) * 0.06 * torch.rand_like(kind)


def epochs(net, rate, count, size, data, rows, loss, device):
    """Trains by one cycle of the learning rate, and yields after each epoch."""
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    steps = len(rows) // size
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, count * steps, pct_start=0.15)
    for epoch in range(count):
        net.train()
        total = 0.0
        for batch in np.random.permutation(rows)[: steps * size].reshape(steps, size):
            x = weathered(data.batch(batch, device=device)).contiguous(memory_format=torch.channels_last)
            value = loss(net(x), batch)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            schedule.step()
            total += value.item()
        net.eval()
        yield epoch, total / steps


@torch.no_grad()
def predictor_scores(net, data, wanted, device):
    """R2 of each output on held-out renders, and the accuracy of glasses."""
    y = torch.cat([net(data.batch(c, device=device)) for c in np.array_split(np.arange(len(data)), len(data) // 200)]).cpu()
    error = 1 - (y - wanted).square().mean(0) / wanted.var(0, unbiased=False)
    right = ((y[:, GLASSES] > 0) == (wanted[:, GLASSES] > 0.5)).float().mean().item()
    scores = {o: round(error[i].item(), 4) for i, o in enumerate(OUTPUTS) if i != GLASSES}
    return dict(scores, glasses_accuracy=round(right, 4))


@torch.no_grad()
def segmenter_scores(net, data, device):
    """Accuracy of pixels, and intersection over union of each part, on held-out renders."""
    n = len(PARTS)
    counts = torch.zeros(n * n, device=device)
    for rows in np.array_split(np.arange(len(data)), len(data) // 100):
        guess, truth = net(data.batch(rows, device=device)).argmax(1), data.labels(rows, device)
        counts += torch.bincount((truth * n + guess).flatten(), minlength=n * n)
    counts = counts.reshape(n, n)
    iou = counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag())
    parts = {p: round(iou[i].item(), 4) for i, p in enumerate(PARTS)}
    return dict(pixel_accuracy=round((counts.diag().sum() / counts.sum()).item(), 4), mIoU=round(iou.mean().item(), 4), **parts)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("data")
    p.add_argument("out")
    p.add_argument("--resolution", type=int, default=64)
    p.add_argument("--predictor", type=int, default=14)
    p.add_argument("--segmenter", type=int, default=7)
    p.add_argument("--segmented", type=int, default=12000, help="renders that the segmenter learns from")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    opt = p.parse_args()
    device, res = torch.device(opt.device), opt.resolution
    os.makedirs(opt.out, exist_ok=True)
    torch.manual_seed(0)
    np.random.seed(0)
    train, test = Renders(opt.data, "train", res), Renders(opt.data, "test", res)
    log = open(f"{opt.out}/nets.txt", "a")
    started = time.time()

    def say(*a):
        print(f"{time.time() - started:.0f} s", *a, file=log, flush=True)

    table, stats = targets(train.factors)
    table = torch.from_numpy(table).to(device)
    held_out = torch.from_numpy(targets(test.factors, stats)[0])
    weight = torch.tensor([1.0 if o.rsplit("_sin")[0].rsplit("_cos")[0] in MAIN else 0.5 for o in OUTPUTS], device=device)

    def attribute_loss(y, rows):
        wanted = table[rows]
        error = (y - wanted).square()
        glasses = 2 * F.binary_cross_entropy_with_logits(y[:, GLASSES], wanted[:, GLASSES], reduction="none")
        column = torch.arange(len(OUTPUTS), device=device) == GLASSES
        return (torch.where(column, glasses[:, None], error) * weight).mean()

    if opt.predictor:
        net = Predictor(res).to(device)
        for epoch, loss in epochs(net, 4e-3, opt.predictor, 64, train, np.arange(len(train)), attribute_loss, device):
            r = predictor_scores(net, test, held_out, device)
            say("predictor", epoch, f"loss {loss:.4f}", {k: r[k] for k in ("yaw", "smile", "age", "gaze_x", "glasses_accuracy")})
        net = fold(net, res=res)
        r = predictor_scores(net, test, held_out, device)
        say("predictor", r)
        stats = [torch.from_numpy(s) for s in stats]
        torch.save(dict(sd=net.state_dict(), stats=stats, scores=r), f"{opt.out}/predictor.pt")

    if opt.segmenter:
        net = Segmenter().to(device)
        weights = torch.tensor(PART_WEIGHTS, device=device)
        rows = np.arange(min(opt.segmented, len(train)))

        def part_loss(y, batch):
            return F.cross_entropy(y, train.labels(batch, device), weights)

        for epoch, loss in epochs(net, 6e-3, opt.segmenter, 32, train, rows, part_loss, device):
            say("segmenter", epoch, f"loss {loss:.4f}", segmenter_scores(net, test, device))
        net = fold(net)
        scores = segmenter_scores(net, test, device)
        say("segmenter", scores)
        torch.save(dict(sd=net.state_dict(), scores=scores), f"{opt.out}/segmenter.pt")


if __name__ == "__main__":
    main()
