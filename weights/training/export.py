"""Exports a training checkpoint and the small networks with their measurements.

usage: export.py DATA CHECKPOINT NETS OUT
Writes NAME-*.safetensors (NAME is face64 or face128), sample grids, test-renders/ and metrics.json.
"""
import argparse
import copy
import hashlib
import json
import os

import numpy as np
import torch
from PIL import Image

import safetensors_io as st
from factors import NAMES
from frechet import features, frechet, render_features
from model import MODELS, make_generator
from nets import ENCODER, GLASSES, OUTPUTS, PARTS, Predictor, Segmenter, make_encoder
from renders import Renders, save_grid
from train_encoder import load_generator

LICENCE = "CC0-1.0; trained on procedural renders only"


def halves(net):
    """Rounds a network to halves, in place, and gives its tensors so."""
    sd = {n: v.half() for n, v in net.state_dict().items()}
    net.load_state_dict({n: v.float() for n, v in sd.items()})
    return {n: v.contiguous().numpy() for n, v in sd.items()}


def model_hash(tensors):
    """ganvas's identity of a network (src/checkpoints/modelHash.ts)."""
    lines = ""
    for n in sorted(tensors):
        shape, data = ",".join(map(str, tensors[n].shape)), np.asarray(tensors[n], "<f4").tobytes()
        lines += f"{json.dumps(n)} [{shape}] {hashlib.sha256(data).hexdigest()}\n"
    return hashlib.sha256(lines.encode()).hexdigest()


def golden(G, res):
    """z -> ws -> pictures, pictures up to each resolution, and one vector-Jacobian product, all of it in doubles."""
    G = copy.deepcopy(G).double()
    seeded = torch.Generator().manual_seed(2024)
    z = torch.randn(4, G.z_dim, generator=seeded).double()
    cotangent = torch.randn(4, 3, res, res, generator=seeded).double()
    gold = {"z": z, "w": G.mapping(z)}
    for psi, tag in ((1.0, "psi1"), (0.7, "psi07")):
        ws = G.mapping.w_avg.lerp(gold["w"], psi)[:, None].repeat(1, G.num_ws, 1).requires_grad_(True)
        img = G.synthesis(ws, "const")
        gold[f"ws_{tag}"], gold[f"image_{tag}"] = ws, img
        if tag == "psi1":
            gold["cotangent"] = cotangent
            gold["grad_ws_psi1"], = torch.autograd.grad((img * cotangent).sum(), ws)
            with torch.no_grad():
                for r in G.synthesis.resolutions[:-1]:
                    gold[f"image_psi1_upto_b{r}"] = G.synthesis(ws, "const", r)
                gold["image_psi1_no_noise"] = G.synthesis(ws, "none")
    return {n: v.detach().float().contiguous() for n, v in gold.items()}


@torch.no_grad()
def pictures(G, w, psi):
    return torch.cat([G.synthesis(G.mapping.w_avg.lerp(c, psi)[:, None].expand(-1, G.num_ws, -1), "const") for c in w.split(50)])


def factor_table(P, renders, fakes, w):
    """What each predicted factor does among samples, and how well a linear map reads it off w."""
    ones = torch.ones(len(w), 1)
    A, cut = torch.cat([w, ones], 1), len(w) * 4 // 5
    a, b, fitted = A[:cut], A[cut:], fakes[:cut]
    solution = torch.linalg.solve(a.t() @ a + 1e-2 * torch.eye(A.shape[1]), a.t() @ fitted)
    r2 = 1 - (b @ solution - fakes[cut:]).square().mean(0) / fakes[cut:].var(0)
    return {
        o: dict(
            real_mean=round(renders[:, i].mean().item(), 3),
            fake_mean=round(fakes[:, i].mean().item(), 3),
            spread_ratio=round((fakes[:, i].std() / renders[:, i].std()).item(), 3),
            r2_linear_from_w=round(r2[i].item(), 3),
        )
        for i, o in enumerate(OUTPUTS)
    }


def write_test_renders(data, out, count=400):
    os.makedirs(f"{out}/test-renders", exist_ok=True)
    for i in range(count):
        Image.fromarray(data.pictures[i]).save(f"{out}/test-renders/{i:03d}.png", optimize=True)
        Image.fromarray(data.masks[i]).save(f"{out}/test-renders/{i:03d}-mask.png", optimize=True)
    rows = [[round(float(v), 4) for v in r] for r in data.factors[:count]]
    with open(f"{out}/test-renders/factors.json", "w") as f:
        json.dump(dict(names=NAMES, parts=PARTS, rows=rows), f, separators=(",", ":"))


def main():
    p = argparse.ArgumentParser()
    for name in ("data", "checkpoint", "nets", "out"):
        p.add_argument(name)
    p.add_argument("--fakes", type=int, default=5000)
    opt = p.parse_args()
    os.makedirs(opt.out, exist_ok=True)
    with torch.no_grad():
        G, _, k = load_generator(opt.checkpoint, "cpu")
    name, res = k["model"], max(MODELS[k["model"]]["channels"])
    train, test = Renders(opt.data, "train", res), Renders(opt.data, "test", res)
    at = k["at"]

    tensors = {n: v.contiguous().numpy() for n, v in G.state_dict().items()}
    meta = dict(
        format="stylegan2-ada-pytorch generator, skip architecture", z_dim=G.z_dim, w_dim=G.w_dim, c_dim=0, img_resolution=res,
        img_channels=3, num_ws=G.num_ws, mapping_layers=G.mapping.layers, mapping_lr_multiplier=0.01,
        channels=json.dumps({str(a): b for a, b in MODELS[name]["channels"].items()}), conv_clamp="none",
        kimg=round(at["images"] / 1000, 1), output_range="-1..1", licence=LICENCE,
    )
    st.save(f"{opt.out}/{name}-g.safetensors", tensors, dict(meta, dtype="fp32"))
    st.save(f"{opt.out}/{name}-g-fp16.safetensors", {n: v.astype(np.float16) for n, v in tensors.items()}, dict(meta, dtype="fp16"))
    gold = golden(G, res)

    metrics = dict(model=name, kimg=meta["kimg"], minutes=round(at["minutes"], 1), iterations=at["iterations"],
                   g_parameters=int(sum(v.numel() for v in G.parameters())), train_renders=len(train))
    with torch.no_grad():
        w = torch.cat([G.mapping(c) for c in torch.randn(opt.fakes, G.z_dim, generator=torch.Generator().manual_seed(9)).split(1000)])
    fakes, truncated = pictures(G, w, 1.0), pictures(G, w, 0.7)
    save_grid(fakes[:96], f"{opt.out}/samples-psi1.png", 12)
    save_grid(truncated[:96], f"{opt.out}/samples-psi07.png", 12)
    save_grid(np.asarray(train.pictures[-96:]), f"{opt.out}/real.png", 12)

    kp = torch.load(f"{opt.nets}/predictor.pt")
    P = Predictor(res, bn=False).eval()
    P.load_state_dict(kp["sd"])
    mean, std = kp["stats"]
    st.save(f"{opt.out}/{name}-predictor.safetensors", halves(P), dict(
        outputs=json.dumps(OUTPUTS), target_mean=json.dumps([round(float(v), 6) for v in mean]),
        target_std=json.dumps([round(float(v), 6) for v in std]), licence=LICENCE,
        note="value = output * target_std + target_mean; glasses: sigmoid(output); age 0..1 = 18..80 years; NCHW input in -1..1",
        arch="4x (conv3x3 stride 2 pad 1 + leaky relu 0.2), flatten CHW, fc0 + leaky relu 0.2, fc1"))
    first, second = np.arange(opt.fakes), np.arange(opt.fakes, 2 * opt.fakes)
    with torch.no_grad():
        fr, fr2 = render_features(P, train, first), render_features(P, train, second)
        ff, ft = features(P, fakes.split(200)), features(P, truncated.split(200))
        s = fr.std(0)
        metrics["frechet_predictor_features"] = dict(fake_psi1=round(frechet(fr, ff), 3), fake_psi07=round(frechet(fr, ft), 3), real_vs_real=round(frechet(fr, fr2), 3))
        metrics["frechet_normalised"] = dict(fake_psi1=round(frechet(fr / s, ff / s), 3), real_vs_real=round(frechet(fr / s, fr2 / s), 3))
        read = [P.fc1(torch.from_numpy(x).float()) for x in (fr, ff)]
        for y in read:
            y[:, GLASSES] = y[:, GLASSES].sigmoid()
        metrics["factors"] = factor_table(P, *read, w)
        gold["predictor_psi07"] = P(gold["image_psi07"])
    metrics["predictor_test"] = kp["scores"]

    ks = torch.load(f"{opt.nets}/segmenter.pt")
    S = Segmenter(bn=False).eval()
    S.load_state_dict(ks["sd"])
    st.save(f"{opt.out}/{name}-segmenter.safetensors", halves(S), dict(
        parts=json.dumps(PARTS), licence=LICENCE,
        arch="enc0 s1, enc1-3 s2, mid, then nearest 2x + concat(skip) + dec2/dec1/dec0, out 1x1; conv3x3 pad 1 + leaky relu 0.2"))
    with torch.no_grad():
        labels = torch.cat([S(c).argmax(1) for c in fakes[:1000].split(100)])
        truth = torch.from_numpy(np.array(train.masks[:5000]))
        metrics["part_area_percent"] = {p: [round(100 * (q == i).float().mean().item(), 2) for q in (truth, labels)] for i, p in enumerate(PARTS)}
        gold["segmenter_psi07"] = S(gold["image_psi07"]).argmax(1).to(torch.uint8)
    metrics["segmenter_test"] = ks["scores"]

    if os.path.exists(f"{opt.nets}/encoder.pt"):
        ke = torch.load(f"{opt.nets}/encoder.pt")
        encoder = make_encoder(G, res, bn=False).eval()
        encoder.load_state_dict(ke["sd"])
        st.save(f"{opt.out}/{name}-encoder.safetensors", halves(encoder), dict(
            encoder_of=model_hash(tensors), encoder_styles=f"{G.num_ws},{G.w_dim}", licence=LICENCE,
            arch=f"as the predictor, channels {ENCODER['channels'][1:]}, hidden {ENCODER['hidden']}; numbers are W+"))
        with torch.no_grad():
            gold["encoder_psi07"] = encoder(gold["image_psi07"]).reshape(4, G.num_ws, G.w_dim)
        metrics["encoder_psnr_held_out"] = round(ke["psnr"], 2)

    st.save(f"{opt.out}/{name}-golden.safetensors", {n: v.numpy() if v.dtype == torch.uint8 else v.float().numpy() for n, v in gold.items()},
            dict(note="the generator in doubles, the fp16-rounded small networks in fp32; noise const unless no_noise; "
                      "grad_ws_psi1 = d sum(image_psi1*cotangent) / d ws"))
    rounded = make_generator(name)
    rounded.load_state_dict({n: v.half().float() for n, v in G.state_dict().items()})
    with torch.no_grad():
        metrics["fp16_weights_max_abs_error"] = round((rounded(gold["z"]) - gold["image_psi1"]).abs().max().item(), 5)

    write_test_renders(test, opt.out)
    C = np.corrcoef(train.factors.T)
    metrics["correlations_above_0.08"] = {
        f"{NAMES[i]}~{NAMES[j]}": round(float(C[i, j]), 3) for i in range(len(NAMES)) for j in range(i) if abs(C[i, j]) > 0.08
    }
    with open(f"{opt.out}/metrics.json", "w") as f:
        json.dump(metrics, f, indent=1)


if __name__ == "__main__":
    main()
