"""Reading what render_dataset.sh wrote: pictures, part masks, factors and the dice they were drawn by."""
import numpy as np
import torch
import torch.nn.functional as F

from factors import NAMES


class Renders:
    """One split of a data set.  Pictures stay bytes in the file until a batch is asked for."""

    def __init__(self, folder, split, res):
        self.factors = np.fromfile(f"{folder}/{split}.f32", np.float32).reshape(-1, len(NAMES))
        self.dice = np.fromfile(f"{folder}/{split}.dice", np.float32).reshape(len(self.factors), -1)
        self.pictures = np.memmap(f"{folder}/{split}.rgb", np.uint8, "r").reshape(-1, res, res, 3)
        self.masks = np.memmap(f"{folder}/{split}.mask", np.uint8, "r").reshape(-1, res, res)

    def __len__(self):
        return len(self.factors)

    def batch(self, rows, res=None, device="cpu"):
        """Pictures [n, 3, res, res] in -1..1, averaged down where res is smaller than they are."""
        x = torch.from_numpy(np.ascontiguousarray(self.pictures[rows])).to(device)
        x = x.permute(0, 3, 1, 2).float() / 127.5 - 1  # channels last in memory, as the convolutions like it
        return x if res in (None, x.shape[2]) else F.avg_pool2d(x, x.shape[2] // res)

    def labels(self, rows, device="cpu"):
        return torch.from_numpy(np.ascontiguousarray(self.masks[rows])).long().to(device)


def to_bytes(x):
    """Pictures [n, 3, h, w] in -1..1 -> bytes [n, h, w, 3]."""
    return ((x.clamp(-1, 1) + 1) * 127.5 + 0.5).byte().permute(0, 2, 3, 1).cpu().numpy()


def save_grid(x, path, columns, scale=1):
    """Writes pictures as one PNG, row by row; x as to_bytes takes or gives it."""
    from PIL import Image

    x = to_bytes(x) if torch.is_tensor(x) else x
    n, h, w, c = x.shape
    rows = n // columns
    grid = x[: rows * columns].reshape(rows, columns, h, w, c).transpose(0, 2, 1, 3, 4).reshape(rows * h, columns * w, c)
    Image.fromarray(grid).resize((columns * w * scale, rows * h * scale), Image.NEAREST).save(path, optimize=True)
