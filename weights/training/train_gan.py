"""Trains a generator on rendered faces, by the clock, on CPU cores or one CUDA device.

usage: train_gan.py DATA RUN [--model face64|face128] [--minutes 240] [--resume FILE] ...

On CPUs each process runs one thread on its share of the batch, and gradients are averaged.  RUN receives
  log.jsonl      a line every 100 iterations, and one for each measured distance
  grid-*.png     64 faces of the averaged generator, always the same z
  last.pt        everything a run needs to go on (written again with every grid)
  slim.pt        the same in halves and without the optimisers: small enough to keep

With --pairs the generator learns from renders too (pairs.py); with --adversarial 0 from them alone, at more than twice the
speed, and blurred.

Sources: StyleGAN2 (Karras et al. 2020: lazy regularisation section 3.1, path lengths section 3.2), fading in of new
resolutions (Karras et al. 2018, section 2), R1 (Mescheder et al. 2018).
"""
import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # idle threads of a library's own would spin on the others' cores
    os.environ.setdefault(threads, "1")

import argparse
import copy
import json
import tempfile
import time

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from frechet import frechet, generated_features, render_features
from model import MODELS, make_discriminator, make_generator
from nets import GLASSES, OUTPUTS, Predictor, Segmenter, targets
from pairs import READING, Pairs
from renders import Renders, save_grid

R1_EVERY, PATH_EVERY = 16, 8
BETA2 = 0.99
MAPPING_RATE = 20.0  # pairs teach the mapping network too, whose own rate multiplier is 0.01


def options():
    p = argparse.ArgumentParser()
    p.add_argument("data")
    p.add_argument("run")
    p.add_argument("--model", default="face64", choices=MODELS)
    p.add_argument("--minutes", type=float, default=240, help="of the whole run, what came before --resume included")
    p.add_argument("--stages", default="32:20,64:9999", help="resolution:minutes, ascending")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--procs", type=int, default=0, help="processes on CPUs (default: one a core)")
    p.add_argument("--batch", type=int, default=16, help="pictures a step, over all processes")
    p.add_argument("--lr", type=float, default=0.002)
    p.add_argument("--decay", type=float, default=30, help="last minutes, in which the learning rate falls to zero")
    p.add_argument("--gamma", type=float, default=1.0, help="weight of R1, in units of 0.0002 res^2 / batch")
    p.add_argument("--path", type=float, default=2.0, help="weight of path-length regularisation")
    p.add_argument("--labels", type=float, default=0.1, help="weight of the discriminator's second head")
    p.add_argument("--adversarial", type=float, default=1.0, help="weight of the discriminator's judgement; 0: it does not take part")
    p.add_argument("--pairs", type=float, default=1.0, help="weight of the distance between a render and the picture of its z")
    p.add_argument("--mix", type=float, default=0.5, help="probability of mixing styles")
    p.add_argument("--fade", type=float, default=8.0, help="kimg over which a new resolution fades in")
    p.add_argument("--ema", type=float, default=10.0, help="half-life of the averaged generator in kimg")
    p.add_argument("--snap", type=float, default=5.0, help="minutes between grids and checkpoints")
    p.add_argument("--predictor", help="predictor.pt: measure the distance with every grid")
    p.add_argument("--segmenter", help="segmenter.pt: compare pairs by its maps too, at full resolution")
    p.add_argument("--resume", help="last.pt or slim.pt")
    return p.parse_args()


class Workers:
    """The processes that share a batch; on one device there is one."""

    def __init__(self, rank, count, meeting):
        self.rank, self.count = rank, count
        if count > 1:
            dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=count)

    def average(self, parameters):
        """Averages gradients over processes, and removes what is not a number."""
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.reshape(-1) for g in grads])
        if self.count > 1:
            dist.all_reduce(flat)
            flat /= self.count
        flat = torch.nan_to_num(flat, 0, 1e3, -1e3)
        for g, part in zip(grads, flat.split([g.numel() for g in grads])):
            g.copy_(part.view_as(g))

    def clock(self, minutes):
        """The first process's time: all must change stage and stop at the same step."""
        if self.count == 1:
            return minutes
        t = torch.tensor([minutes])
        dist.broadcast(t, 0)
        return t.item()


class Losses:
    """What one process computes on its share of a batch."""

    def __init__(self, G, D, pairs, opt, share, device):
        self.G, self.D, self.pairs, self.opt, self.share, self.device = G, D, pairs, opt, share, device
        self.mean_path = torch.zeros([], device=device)

    def z(self, n):
        return torch.randn(n, self.G.z_dim, device=self.device)

    def styles(self, z, track=False):
        """Styles of faces [n, num_ws, w_dim], some of which change to another face's at a random layer, and which those are."""
        G, n = self.G, len(z)
        w = G.mapping(z, track)[:, None].repeat(1, G.num_ws, 1)
        other = G.mapping(self.z(n))[:, None]
        cut = torch.randint(1, G.num_ws, (n, 1), device=self.device)
        mixed = torch.rand(n, 1, device=self.device) < self.opt.mix
        later = torch.arange(G.num_ws, device=self.device)[None] >= cut
        return torch.where((later & mixed)[:, :, None], other, w), mixed[:, 0]

    def fakes(self, res, alpha):
        with torch.no_grad():
            return self.G.synthesis(self.styles(self.z(self.share))[0], "random", res, alpha)

    def discriminator(self, fake, real, factors, alpha, gamma):
        """Non-saturating logistic loss, R1 (where gamma is not zero), and the factors of the renders."""
        on_fake = F.softplus(self.D(fake, alpha)).mean()
        on_fake.backward()
        real.requires_grad_(gamma > 0)
        logits, read = self.D(real, alpha, factors=True)
        on_real = F.softplus(-logits).mean()
        error = (read - factors).square()
        glasses = F.binary_cross_entropy_with_logits(read[:, GLASSES], factors[:, GLASSES])
        labels = error.mean() + (2 * glasses - error[:, GLASSES].mean()) / len(OUTPUTS)  # a logit has no squared error
        loss = on_real + self.opt.labels * labels
        if gamma > 0:
            slope, = torch.autograd.grad(logits.sum(), real, create_graph=True)
            loss = loss + slope.square().sum((1, 2, 3)).mean() * (gamma / 2 * R1_EVERY)
        loss.backward()
        return dict(d_fake=on_fake.item(), d_real=on_real.item(), labels=labels.item(), sign=logits.detach().sign().mean().item())

    def generator(self, z, real, labels, factors, res, alpha):
        """Non-saturating loss, and how far the faces of one style are from the renders that the z belong to."""
        ws, mixed = self.styles(z, True)
        fake = self.G.synthesis(ws, "random", res, alpha)
        whole = (~mixed).float()
        unread = self.pairs.unread(ws[:, 0], factors)  # the first layer's w is the face's own, mixed or not
        apart = (self.pairs.distance(fake, real, labels) * whole).sum() / whole.sum().clamp(min=1)
        loss = self.opt.pairs * (apart + READING * unread)
        if self.opt.adversarial > 0:
            judged = F.softplus(-self.D(fake, alpha)).mean()
            loss = loss + self.opt.adversarial * judged
        loss.backward()
        return dict(pairs=apart.item(), unread=unread.item(), **(dict(g=judged.item()) if self.opt.adversarial > 0 else {}))

    def path_length(self, res, alpha):
        """Keeps the length of J^T y near its running mean, on half a batch."""
        ws, _ = self.styles(self.z(max(1, self.share // 2)))
        img = self.G.synthesis(ws, "random", res, alpha)
        noise = torch.randn_like(img) / res
        slope, = torch.autograd.grad((img * noise).sum(), ws, create_graph=True)
        lengths = slope.square().sum(2).mean(1).sqrt()
        self.mean_path.lerp_(lengths.detach().mean(), 0.01)
        penalty = (lengths - self.mean_path).square().mean()
        (penalty * self.opt.path * PATH_EVERY).backward()
        return dict(path=lengths.detach().mean().item())


def stage(stages, minutes):
    """Resolution at a time."""
    total = 0
    for res, length in stages:
        total += length
        if minutes < total:
            return res
    return stages[-1][0]


def halves(state):
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def main(rank, opt):
    cuda = opt.device.startswith("cuda")
    if not cuda:
        torch.set_num_threads(1)
    workers = Workers(rank, 1 if cuda else opt.procs, opt.meeting)
    first, device, share = rank == 0, torch.device(opt.device), opt.batch // workers.count
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    last = dict(memory_format=torch.channels_last)
    stages = [(int(r), float(m)) for r, m in (s.split(":") for s in opt.stages.split(","))]
    full = max(MODELS[opt.model]["channels"])
    G = make_generator(opt.model).to(device, **last)
    D = make_discriminator(opt.model, len(OUTPUTS)).to(device, **last)
    E = copy.deepcopy(G).eval().requires_grad_(False)
    rg, rd = PATH_EVERY / (PATH_EVERY + 1), R1_EVERY / (R1_EVERY + 1)  # lazy regularisation: fewer, smaller steps
    data = Renders(opt.data, "train", full)
    factors = torch.from_numpy(targets(data.factors)[0]).to(device)
    segmenter = None
    if opt.segmenter:
        segmenter = Segmenter(bn=False).to(device).eval().requires_grad_(False)
        segmenter.load_state_dict(torch.load(opt.segmenter, map_location=device)["sd"])
    pairs = Pairs(data.dice, G.z_dim, G.w_dim, segmenter).to(device)
    betas = 0.0 if opt.adversarial > 0 else 0.9, BETA2**rg  # only a game needs steps without memory
    og = torch.optim.Adam(
        [dict(params=G.synthesis.parameters(), rate=1.0),
         dict(params=G.mapping.parameters(), rate=MAPPING_RATE if opt.pairs > 0 else 1.0),
         dict(params=pairs.reading.parameters(), rate=1.0)],
        lr=opt.lr, betas=betas, eps=1e-8)
    od = torch.optim.Adam(D.parameters(), lr=opt.lr, betas=(0.0, BETA2**rd), eps=1e-8)
    losses = Losses(G, D, pairs, opt, share, device)
    at = dict(images=0, iterations=0, minutes=0.0, res=stages[0][0], stage_start=-10**9)
    warm = 0
    if not opt.resume and opt.pairs > 0:
        pairs.teach(G.mapping, factors)
    if opt.resume:
        k = torch.load(opt.resume, map_location=device)
        for net, name in ((G, "G"), (D, "D"), (E, "E")):
            net.load_state_dict({n: v.float() for n, v in k[name].items()})
        if "reading" in k:
            pairs.reading.load_state_dict({n: v.float() for n, v in k["reading"].items()})
        if "og" in k:
            og.load_state_dict(k["og"])
            for group in og.param_groups:
                group["betas"] = betas
            od.load_state_dict(k["od"])
        losses.mean_path.fill_(k["mean_path"])
        at = k["at"]
        warm = 0 if "og" in k else at["iterations"] + 200  # without Adam's moments, which remember 100 steps: first small ones
    torch.manual_seed(1000 + rank + at["iterations"])
    rng = np.random.default_rng(77 + rank + at["iterations"])
    grid_z = torch.randn(64, G.z_dim, generator=torch.Generator().manual_seed(5)).to(device)
    predictor = real_features = None
    if opt.predictor and first:
        state = torch.load(opt.predictor, map_location=device)["sd"]
        predictor = Predictor(full, bn=False).to(device).eval()
        predictor.load_state_dict(state)
        real_features = render_features(predictor, data, np.arange(5000), device)
    log = open(f"{opt.run}/log.jsonl", "a") if first else None

    def say(**line):
        print(json.dumps({k: round(v, 5) if isinstance(v, float) else v for k, v in line.items()}), file=log, flush=True)

    def checkpoint():
        nets = dict(G=G.state_dict(), D=D.state_dict(), E=E.state_dict(), reading=pairs.reading.state_dict())
        rest = dict(at=at, mean_path=losses.mean_path.item(), model=opt.model)
        for name, content in (
            ("last", dict(nets, og=og.state_dict(), od=od.state_dict(), **rest)),
            ("slim", dict({n: halves(s) for n, s in nets.items()}, **rest)),
        ):
            torch.save(content, f"{opt.run}/{name}.tmp")
            os.replace(f"{opt.run}/{name}.tmp", f"{opt.run}/{name}.pt")

    def snapshot():
        checkpoint()
        with torch.no_grad():
            save_grid(E(grid_z, res=at["res"]), f"{opt.run}/grid-{at['images'] // 1000:05d}.png", 8, 128 // at["res"] or 1)
            if predictor is not None and at["res"] == full:
                z = torch.randn(2500, G.z_dim, generator=torch.Generator().manual_seed(9)).to(device)
                distance = frechet(real_features, generated_features(predictor, E, z))
                say(minutes=at["minutes"], kimg=at["images"] / 1000, frechet_2500=distance)

    started = time.time() - at["minutes"] * 60
    snapped, reported, stats, path = at["minutes"], (time.time(), at["images"]), [], 0.0
    while True:
        at["minutes"] = minutes = workers.clock((time.time() - started) / 60)
        if minutes > opt.minutes:
            break
        res, it = stage(stages, minutes), at["iterations"]
        if res != at["res"]:
            at.update(res=res, stage_start=at["images"])
        alpha = min(1.0, (at["images"] - at["stage_start"]) / (opt.fade * 1000) + 0.02)
        lr = opt.lr * min(1.0, max(0.02, (opt.minutes - minutes) / opt.decay)) * (0.1 if it < warm else 1)
        for optimiser, ratio in ((og, rg), (od, rd)):
            for group in optimiser.param_groups:
                group["lr"] = lr * ratio * group.get("rate", 1.0)

        rows = np.sort(rng.integers(0, len(data), share))
        real, line = data.batch(rows, res, device).contiguous(**last), {}
        if opt.adversarial > 0:
            G.requires_grad_(False)
            D.requires_grad_(True)
            od.zero_grad(set_to_none=True)
            gamma = opt.gamma * 0.0002 * res * res / opt.batch if it % R1_EVERY == 0 else 0.0
            line.update(losses.discriminator(losses.fakes(res, alpha), real, factors[rows], alpha, gamma))
            workers.average(D.parameters())
            od.step()

        D.requires_grad_(False)
        G.requires_grad_(True)
        og.zero_grad(set_to_none=True)
        labels = data.labels(rows, device)[:, :: full // res, :: full // res]
        line.update(losses.generator(losses.pairs.z(rows), real.detach(), labels, factors[rows], res, alpha))
        if opt.path > 0 and it % PATH_EVERY == 0:
            path = losses.path_length(res, alpha)["path"]
        workers.average([*G.parameters(), *pairs.reading.parameters()])
        og.step()

        at["images"] += opt.batch
        at["iterations"] += 1
        with torch.no_grad():
            half_life = min(opt.ema * 1000, max(at["images"] * 0.06, 200))
            keep = 0.5 ** (opt.batch / half_life)
            for e, p in zip(E.parameters(), G.parameters()):
                e.lerp_(p, 1 - keep)
            E.mapping.w_avg.copy_(G.mapping.w_avg)
        stats.append(line)
        if first and at["iterations"] % 100 == 0:
            now = (time.time(), at["images"])
            speed = (now[1] - reported[1]) / (now[0] - reported[0])
            means = {k: float(np.mean([s[k] for s in stats])) for k in line}
            say(minutes=minutes, kimg=at["images"] / 1000, res=res, alpha=alpha, lr=lr, path=path, images_per_second=speed, **means)
            reported, stats = now, []
        if first and minutes - snapped > opt.snap:
            snapped = minutes
            snapshot()
            reported = (time.time(), at["images"])
    if first:
        snapshot()


if __name__ == "__main__":
    opt = options()
    os.makedirs(opt.run, exist_ok=True)
    opt.procs = opt.procs or len(os.sched_getaffinity(0))
    if opt.device.startswith("cuda") or opt.procs == 1:
        opt.procs, opt.meeting = 1, None
        main(0, opt)
    else:
        import torch.multiprocessing as mp

        opt.meeting = os.path.join(tempfile.mkdtemp(), "meeting")
        mp.spawn(main, args=(opt,), nprocs=opt.procs)
