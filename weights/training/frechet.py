"""Frechet distance between renders and generated faces on the predictor's last features (not FID: no Inception here)."""
import numpy as np
import torch


def frechet(a, b):
    """Between Gaussians fitted to two sets of features [n, d] (Heusel et al. 2017)."""
    mean = a.mean(0) - b.mean(0)
    ca, cb = np.cov(a.T), np.cov(b.T)
    # The trace of the root of a product of covariances, by the symmetric form, which stays real.
    values, vectors = np.linalg.eigh(ca)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    trace = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ cb @ root), 0)).sum()
    return float(mean @ mean + np.trace(ca) + np.trace(cb) - 2 * trace)


@torch.no_grad()
def render_features(predictor, renders, rows, device="cpu"):
    return features(predictor, (renders.batch(c, device=device) for c in np.array_split(rows, max(1, len(rows) // 200))))


@torch.no_grad()
def generated_features(predictor, generator, z, psi=1.0):
    return features(predictor, (generator(c, psi) for c in z.split(50)))


def features(predictor, batches):
    return torch.cat([predictor.features(x.clamp(-1, 1)) for x in batches]).double().cpu().numpy()
