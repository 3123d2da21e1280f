"""The generator and the discriminator, arranged for CPUs and small pictures.

The generator is StyleGAN2's with skips: parameter names, shapes and arithmetic are those of the published StyleGAN2-ADA
checkpoints, so a loader of those reads it.  Modulation is applied to the activations and demodulation to the result,
which is the same function of the weights (Karras et al. 2020, section 2.2) and shares one convolution over a batch.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

SQRT2 = math.sqrt(2.0)

# Channels by resolution, and the widths of z and w.
MODELS = {
    "face64": dict(
        dim=128, mapping_layers=4,
        channels={4: 128, 8: 128, 16: 64, 32: 32, 64: 16},
        critic={4: 128, 8: 128, 16: 64, 32: 32, 64: 16},
    ),
    "face128": dict(
        dim=192, mapping_layers=4,
        channels={4: 256, 8: 256, 16: 128, 32: 64, 64: 32, 128: 16},
        critic={4: 256, 8: 256, 16: 128, 32: 64, 64: 32, 128: 16},
    ),
}


def make_generator(model):
    c = MODELS[model]
    return Generator(c["dim"], c["dim"], c["channels"], c["mapping_layers"])


def make_discriminator(model, factors):
    return Discriminator(MODELS[model]["critic"], factors)


def fir():
    """The filter [1, 3, 3, 1] in two dimensions, with sum 1."""
    f = torch.tensor([1.0, 3.0, 3.0, 1.0])
    f = f[:, None] * f[None, :]
    return f / f.sum()


def upsample2(x):
    """Doubles a map with that filter and zeros around it, which is bilinear interpolation of the zero-padded map."""
    x = F.interpolate(F.pad(x, (1, 1, 1, 1)), scale_factor=2, mode="bilinear", align_corners=False)
    return x[:, :, 2:-2, 2:-2]


class UpConv(torch.autograd.Function):
    """Transposed 3x3 convolution of stride 2, by a CPU's kernels for gradients, which take 0.5 to 0.8 of the time."""

    @staticmethod
    def forward(ctx, x, w):  # x [B, I, r, r], w [I, O, 3, 3]
        ctx.save_for_backward(x, w)
        return input_gradient(x, w)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gx = F.conv2d(g, w, stride=2) if ctx.needs_input_grad[0] else None
        gw = weight_gradient(g, x, w) if ctx.needs_input_grad[1] else None
        return gx, gw


def input_gradient(x, w):
    size = (x.shape[0], w.shape[1], 2 * x.shape[2] + 1, 2 * x.shape[3] + 1)
    like = x.new_empty(1).expand(size).contiguous(memory_format=torch.channels_last)
    return strided_backward(x, like, w, [True, False, False])[0]


def weight_gradient(g, x, w):
    return strided_backward(x, g, w, [False, True, False])[1]


def strided_backward(grad, x, w, mask):
    return torch.ops.aten.convolution_backward(grad, x, w, None, [2, 2], [0, 0], [1, 1], False, [0, 0], 1, mask)


def up_conv(x, w):
    return UpConv.apply(x, w) if x.device.type == "cpu" else F.conv_transpose2d(x, w, stride=2)


def conv1x1(x, w, b=None):
    y = x.permute(0, 2, 3, 1).matmul(w.flatten(1).t())
    if b is not None:
        y = y + b
    return y.permute(0, 3, 1, 2)


class FullyConnectedLayer(nn.Module):
    def __init__(self, i, o, lrelu=False, lr_mul=1.0, bias_init=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i) / lr_mul)
        self.bias = nn.Parameter(torch.full([o], float(bias_init)))
        self.weight_gain, self.bias_gain, self.lrelu = lr_mul / math.sqrt(i), lr_mul, lrelu

    def forward(self, x):
        b = self.bias if self.bias_gain == 1 else self.bias * self.bias_gain
        x = torch.addmm(b, x, (self.weight * self.weight_gain).t())
        return F.leaky_relu(x, 0.2) * SQRT2 if self.lrelu else x


class MappingNetwork(nn.Module):
    def __init__(self, z_dim, w_dim, layers):
        super().__init__()
        self.layers = layers
        for i in range(layers):
            setattr(self, f"fc{i}", FullyConnectedLayer(z_dim if i == 0 else w_dim, w_dim, True, 0.01))
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z, track=False):
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for i in range(self.layers):
            x = getattr(self, f"fc{i}")(x)
        if track:
            self.w_avg.copy_(x.detach().mean(0).lerp(self.w_avg, 0.995))
        return x


class SynthesisLayer(nn.Module):
    def __init__(self, i, o, w_dim, res, up=1):
        super().__init__()
        self.up, self.res = up, res
        self.affine = FullyConnectedLayer(w_dim, i, bias_init=1)
        self.weight = nn.Parameter(torch.randn(o, i, 3, 3))
        self.register_buffer("noise_const", torch.randn(res, res))
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(o))
        self.register_buffer("resample_filter", fir())

    def forward(self, x, w, noise):
        s = self.affine(w)
        weight = self.weight
        demod = (weight.square().sum((2, 3)) @ s.square().t() + 1e-8).rsqrt().t()  # [B, O]
        x = x * s[:, :, None, None]
        if self.up == 2:
            x = up_conv(x, weight.transpose(0, 1).contiguous(memory_format=torch.channels_last))
            k = (self.resample_filter * 4)[None, None].expand(x.shape[1], 1, 4, 4)
            x = F.conv2d(x, k, padding=1, groups=x.shape[1])
        else:
            x = F.conv2d(x, weight, padding=1)
        # The activation's gain, sqrt 2, goes through a leaky ReLU and is multiplied in before it.
        x = torch.addcmul((self.bias * SQRT2)[None, :, None, None], x, (demod * SQRT2)[:, :, None, None])
        if noise != "none":
            n = self.noise_const[None, None] if noise == "const" else torch.randn_like(x[:, :1])
            x = x + n * (self.noise_strength * SQRT2)
        return F.leaky_relu_(x, 0.2)


class ToRGBLayer(nn.Module):
    def __init__(self, i, w_dim):
        super().__init__()
        self.affine = FullyConnectedLayer(w_dim, i, bias_init=1)
        self.weight = nn.Parameter(torch.randn(3, i, 1, 1))
        self.bias = nn.Parameter(torch.zeros(3))
        self.gain = 1 / math.sqrt(i)

    def forward(self, x, w):
        s = self.affine(w) * self.gain
        return conv1x1(x * s[:, :, None, None], self.weight, self.bias)


class SynthesisBlock(nn.Module):
    def __init__(self, i, o, w_dim, res):
        super().__init__()
        self.res = res
        self.register_buffer("resample_filter", fir())
        if i == 0:
            self.const = nn.Parameter(torch.randn(o, res, res))
            self.num_conv = 1
        else:
            self.conv0 = SynthesisLayer(i, o, w_dim, res, 2)
            self.num_conv = 2
        self.conv1 = SynthesisLayer(o, o, w_dim, res)
        self.torgb = ToRGBLayer(o, w_dim)

    def forward(self, x, img, ws, noise, alpha=1.0):
        """alpha fades the block's picture in while its resolution is new."""
        ws = iter(ws.unbind(1))
        if self.num_conv == 1:
            x = self.const[None]  # the first modulation makes a batch of it
        else:
            x = self.conv0(x, next(ws), noise)
        x = self.conv1(x, next(ws), noise)
        y = self.torgb(x, next(ws)) * alpha
        return x, y if img is None else upsample2(img) + y


class SynthesisNetwork(nn.Module):
    def __init__(self, w_dim, channels):
        super().__init__()
        self.resolutions = sorted(channels)
        for r in self.resolutions:
            setattr(self, f"b{r}", SynthesisBlock(channels.get(r // 2, 0), channels[r], w_dim, r))
        self.num_ws = 2 * len(self.resolutions)

    def forward(self, ws, noise="random", res=None, alpha=1.0):
        """ws [B, num_ws, w_dim] -> pictures [B, 3, res, res] in -1..1; noise is "random", "const" or "none"."""
        res = res or self.resolutions[-1]
        x = img = None
        i = 0
        for r in self.resolutions[: self.resolutions.index(res) + 1]:
            block = getattr(self, f"b{r}")
            fade = alpha if r == res and r > 4 else 1.0
            x, img = block(x, img, ws[:, i : i + block.num_conv + 1], noise, fade)
            i += block.num_conv
        return img


class Generator(nn.Module):
    def __init__(self, z_dim, w_dim, channels, layers):
        super().__init__()
        self.z_dim, self.w_dim = z_dim, w_dim
        self.synthesis = SynthesisNetwork(w_dim, channels)
        self.mapping = MappingNetwork(z_dim, w_dim, layers)
        self.num_ws = self.synthesis.num_ws

    def forward(self, z, psi=1.0, noise="const", res=None):
        w = self.mapping.w_avg.lerp(self.mapping(z), psi)
        return self.synthesis(w[:, None].expand(-1, self.num_ws, -1), noise, res)


class EqualisedConv(nn.Module):
    def __init__(self, i, o, k, bias=True, act=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i, k, k))
        self.bias = nn.Parameter(torch.zeros(o)) if bias else None
        self.act, self.k = act, k
        self.gain = SQRT2 if act else 1.0
        self.weight_gain = self.gain / math.sqrt(i * k * k)

    def forward(self, x):
        w, b = self.weight * self.weight_gain, None if self.bias is None else self.bias * self.gain
        x = conv1x1(x, w, b) if self.k == 1 else F.conv2d(x, w, b, padding=self.k // 2)
        return F.leaky_relu(x, 0.2) if self.act else x


class DiscriminatorBlock(nn.Module):
    """Residual halving block of StyleGAN2, with 2x2 means where the paper has its FIR filter."""

    def __init__(self, i, o):
        super().__init__()
        self.conv0, self.conv1 = EqualisedConv(i, i, 3), EqualisedConv(i, o, 3)
        self.skip = EqualisedConv(i, o, 1, bias=False, act=False)

    def forward(self, x):
        y = self.conv1(F.avg_pool2d(self.conv0(x), 2))
        return (y + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """Pictures -> one logit each, and on request the factors read off them.

    `factors` is a second head on the trunk.  It learns from the labels of the renders and so keeps the trunk aware of
    small things (a smile, the gaze, a frame of spectacles).  It never judges what the generator makes.
    """

    def __init__(self, channels, factors, group=4):
        super().__init__()
        self.group = group
        self.resolutions = sorted(channels, reverse=True)
        for r in self.resolutions[:-1]:
            setattr(self, f"rgb{r}", EqualisedConv(3, channels[r], 1))
            setattr(self, f"b{r}", DiscriminatorBlock(channels[r], channels[r // 2]))
        c = channels[4]
        self.conv = EqualisedConv(c + 1, c, 3)
        self.fc = FullyConnectedLayer(c * 16, c, True)
        self.out = FullyConnectedLayer(c, 1)
        self.factors = FullyConnectedLayer(c, factors)

    def forward(self, img, alpha=1.0, factors=False):
        res = img.shape[2]
        x = getattr(self, f"b{res}")(getattr(self, f"rgb{res}")(img))
        if alpha < 1:
            x = getattr(self, f"rgb{res // 2}")(F.avg_pool2d(img, 2)).lerp(x, alpha)
        for r in self.resolutions[self.resolutions.index(res) + 1 : -1]:
            x = getattr(self, f"b{r}")(x)
        x = torch.cat([x, self.batch_deviation(x)], 1)
        x = self.fc(self.conv(x).flatten(1))
        return (self.out(x), self.factors(x)) if factors else self.out(x)

    def batch_deviation(self, x):
        """Mean deviation over groups of pictures, as one more map (Karras et al. 2018, section 3)."""
        n, c, h, w = x.shape
        g = math.gcd(self.group, n)
        y = x.reshape(g, n // g, c, h, w)
        y = (y.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
        return y.reshape(-1, 1, 1, 1).repeat(g, 1, h, w)
