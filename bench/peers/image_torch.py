#!/usr/bin/env python3
"""The picture networks of task/image in plain PyTorch: how many examples a second a training step takes.

The same layers, shapes, loss, optimiser and average as task/image/unet.go, transformer.go and caption/encode.go, channels last, eager or compiled.
"""

import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

SIDE, WORDS, PER_WORD, PIECES, PIECE = 32, 16, 10, 8192, 64
TIME, FREQUENCIES, DATA = 128, 8, 0.5


class Attention(nn.Module):
    def __init__(self, width, keys, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key, self.value = nn.Linear(keys, width, bias=False), nn.Linear(keys, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x, keys, mask):
        def split(v):
            return v.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        out = F.scaled_dot_product_attention(split(self.query(x)), split(self.key(keys)), split(self.value(keys)), attn_mask=mask)
        return self.out(out.transpose(1, 2).flatten(2))


class Text(nn.Module):
    def __init__(self, width, heads=4, layers=2):
        super().__init__()
        self.pieces = nn.Parameter(0.3 * torch.randn(PIECES, PIECE))
        self.into = nn.Linear(PIECE, width)
        self.place = nn.Parameter(0.3 * torch.randn(WORDS, width))
        self.begin = nn.Parameter(0.3 * torch.randn(1, 1, width))
        self.layers = nn.ModuleList(
            nn.ModuleDict({"norm0": nn.LayerNorm(2 * width), "beside": nn.Linear(2 * width, width),
                           "norm1": nn.LayerNorm(width), "attend": Attention(width, width, heads), "norm2": nn.LayerNorm(width),
                           "up": nn.Linear(width, 2 * width), "down": nn.Linear(2 * width, width, bias=False)}) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, words):
        there = (words > 0).float()
        h = (F.embedding(words, self.pieces) * there[..., None]).unflatten(1, (WORDS, PER_WORD)).sum(2)
        h = self.into(h) + self.place
        h = torch.cat([self.begin.expand(len(h), 1, -1), h], 1)
        mask = torch.cat([torch.ones(len(h), 1), there.unflatten(1, (WORDS, PER_WORD)).amax(2)], 1)
        keys = mask.bool()[:, None, None]
        for l in self.layers:
            v = F.pad(h * mask[..., None], (0, 0, 1, 1))
            h = h + l["beside"](l["norm0"](torch.cat([v[:, :-2], v[:, 2:]], -1)))
            u = l["norm1"](h)
            h = h + l["attend"](u, u, keys)
            h = h + l["down"](F.silu(l["up"](l["norm2"](h))))
        h = self.norm(h)
        return h, mask, (h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


class Modulate(nn.Module):
    """A norm place by place, or of the whole picture, whose gain and shift depend on the noise level and the caption."""

    def __init__(self, width, whole=False):
        super().__init__()
        self.both, self.whole = nn.Linear(TIME, 2 * width), whole

    def forward(self, x, t):
        gain, shift = self.both(t).view(len(x), *[1] * (x.dim() - 2), -1).chunk(2, -1)
        return F.layer_norm(x, x.shape[1 if self.whole else -1 :]) * (1 + gain) + shift


class WholeNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain, self.shift = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[1:]) * self.gain + self.shift


class Convolve(nn.Conv2d):
    """A convolution of channels-last tensors [batch, height, width, channels]."""

    def __init__(self, into, out, stride=1):
        super().__init__(into, out, 3, stride, 1)

    def forward(self, x):
        return super().forward(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Block(nn.Module):
    def __init__(self, into, out, text, heads, side):
        super().__init__()
        self.norm1, self.conv1 = WholeNorm(into), Convolve(into, out)
        self.norm2, self.conv2 = Modulate(out, whole=True), Convolve(out, out)
        self.skip = nn.Linear(into, out, bias=False) if into != out else nn.Identity()
        self.attend = side < 16
        if self.attend:
            self.places, self.level, self.layout = nn.Parameter(torch.randn(side * side, out)), nn.Linear(TIME, out, bias=False), Attention(out, text, heads)
            self.norm3, self.text, self.attention = nn.LayerNorm(out), nn.Linear(text, out), Attention(out, out, heads)

    def forward(self, x, f):
        h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))), f["time"])))
        h = self.skip(x) + h
        if not self.attend:
            return h
        at = self.places + self.level(f["time"])[:, None]
        h = h + self.layout(at, f["text"], f["mask"](0)).view(h.shape)
        u = self.norm3(h).flatten(1, 2)
        keys = torch.cat([u, self.text(f["text"])], 1)
        return h + self.attention(u, keys, f["mask"](u.shape[1])).view(h.shape)


class UNet(nn.Module):
    def __init__(self, hidden=48, layers=1, heads=4, text=128):
        super().__init__()
        widths = [int(w * hidden) // heads * heads for w in (1, 2, 2.5)]
        self.first = Convolve(12, widths[0])
        self.down, self.up, skips, at = nn.ModuleList(), nn.ModuleList(), [widths[0]], widths[0]
        for level, w in enumerate(widths):
            if level:
                self.down.append(nn.ModuleDict({"scale": Convolve(at, w, 2)}))
                at = w
                skips.append(w)
            for _ in range(layers):
                self.down.append(nn.ModuleDict({"block": Block(at, w, text, heads, 16 >> level)}))
                skips.append(w)
        for level in reversed(range(len(widths))):
            for _ in range(layers + 1):
                self.up.append(nn.ModuleDict({"block": Block(at + skips.pop(), widths[level], text, heads, 16 >> level)}))
                at = widths[level]
            if level:
                self.up.append(nn.ModuleDict({"scale": Convolve(at, widths[level - 1])}))
                at = widths[level - 1]
        self.norm, self.last = Modulate(at, whole=True), Convolve(at, 12)

    def forward(self, x, f):
        h = self.first(x.view(-1, 16, 2, 16, 2, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, 16, 12))
        skips = [h]
        for part in self.down:
            h = part["block"](h, f) if "block" in part else part["scale"](h)
            skips.append(h)
        for part in self.up:
            if "block" in part:
                h = part["block"](torch.cat([h, skips.pop()], -1), f)
            else:
                h = part["scale"](h.repeat_interleave(2, 1).repeat_interleave(2, 2))
        h = self.last(F.silu(self.norm(h, f["time"])))
        return h.view(-1, 16, 16, 2, 2, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, SIDE, SIDE, 3)


class Transformer(nn.Module):
    def __init__(self, hidden=192, layers=5, heads=4, text=128, patch=4):
        super().__init__()
        self.patch, self.grid, self.depth = patch, SIDE // patch, layers
        self.into, self.place = nn.Linear(patch * patch * 3, hidden), nn.Parameter(0.5 * torch.randn(self.grid**2, hidden))
        self.layers = nn.ModuleList()
        for l in range(layers):
            parts = {"norm1": Modulate(hidden), "text": nn.Linear(text, hidden), "attend": Attention(hidden, hidden, heads), "norm2": Modulate(hidden),
                     "up": nn.Linear(hidden, 4 * hidden), "down": nn.Linear(4 * hidden, hidden, bias=False)}
            if l >= (layers + 1) // 2:
                parts["skip"] = nn.Linear(hidden, hidden, bias=False)
            self.layers.append(nn.ModuleDict(parts))
        self.norm, self.out = Modulate(hidden), nn.Linear(hidden, patch * patch * 3, bias=False)

    def forward(self, x, f):
        g, p = self.grid, self.patch
        h = self.into(x.view(-1, g, p, g, p, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, g * g, p * p * 3)) + self.place
        mask, earlier = f["mask"](g * g), []
        for l, part in enumerate(self.layers):
            if "skip" in part:
                h = h + part["skip"](F.layer_norm(earlier.pop(), h.shape[-1:]))
            u = part["norm1"](h, f["time"])
            h = h + part["attend"](u, torch.cat([u, part["text"](f["text"])], 1), mask)
            h = h + part["down"](F.silu(part["up"](part["norm2"](h, f["time"]))))
            if l < self.depth // 2:
                earlier.append(h)
        h = self.out(self.norm(h, f["time"]))
        return h.view(-1, g, g, p, p, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, SIDE, SIDE, 3)


class Denoiser(nn.Module):
    """Karras et al.'s frame around either, with the caption and the noise level."""

    def __init__(self, kind, text=128):
        super().__init__()
        self.words = Text(text)
        self.level, self.gist, self.mix = nn.Linear(2 * FREQUENCIES, TIME), nn.Linear(text, TIME), nn.Linear(TIME, TIME)
        self.net = {"unet": UNet, "transformer": Transformer}[kind]()

    def loss(self, x0, alpha, sigma, words):
        xt = alpha * x0 + sigma * torch.randn_like(x0)
        variance = sigma**2 + (alpha * DATA) ** 2
        skip, out = alpha * DATA**2 / variance, sigma * DATA / variance.sqrt()
        text, mask, gist = self.words(words)
        angle = (sigma / alpha).log().view(-1, 1) / 8 * 2 ** torch.arange(FREQUENCIES) * math.pi
        t = self.level(torch.cat([angle.sin(), angle.cos()], -1)) + self.gist(gist)

        def keys(places):
            return torch.cat([torch.ones(len(mask), places), mask], 1).bool()[:, None, None]

        f = {"time": F.silu(self.mix(F.silu(t))), "text": text, "mask": keys}
        raw = self.net(xt / variance.sqrt(), f)
        return ((raw - (x0 - skip * xt) / out) ** 2).mean()


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--kind", choices=["unet", "transformer"], default="unet")
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--steps", type=int, default=20)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--compile", action="store_true")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    net = Denoiser(args.kind).to(memory_format=torch.channels_last)
    parameters = list(net.parameters())
    average = [v.detach().clone() for v in parameters]
    adam = torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.99), fused=True)
    loss = torch.compile(net.loss) if args.compile else net.loss
    x0 = torch.rand(args.batch, SIDE, SIDE, 3) * 2 - 1
    words = torch.randint(1, PIECES, (args.batch, WORDS * PER_WORD)) * (torch.rand(args.batch, WORDS * PER_WORD) < 0.4)

    def step():
        level = torch.exp(1.4 * torch.randn(args.batch, 1, 1, 1) - 0.6)
        alpha = 1 / (1 + level**2).sqrt()
        loss(x0, alpha, level * alpha, words).backward()
        nn.utils.clip_grad_norm_(parameters, 1)
        adam.step()
        adam.zero_grad(set_to_none=True)
        torch._foreach_lerp_(average, [v.detach() for v in parameters], 1e-3)

    for _ in range(3):
        step()
    start = time.perf_counter()
    for _ in range(args.steps):
        step()
    speed = args.batch * args.steps / (time.perf_counter() - start)
    print(json.dumps({"per_second": speed, "parameters": sum(v.numel() for v in parameters)}))


if __name__ == "__main__":
    main()
