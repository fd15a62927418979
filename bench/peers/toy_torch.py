#!/usr/bin/env python3
"""The toy experiment of `task/gauss` in plain PyTorch: the speed of tuning, and a second opinion on the numbers.

A ring of Gaussian modes, its exact denoiser with a learned residual as the pre-trained model, an ancestral chain that ends above t = 0, a quadratic
reward, and an anchor to the pre-trained model. Two algorithms tune it, step for step as Keel's `tune` package does:

  ddpo-is   clipped importance ratios on all transitions of the batch
  diffac    a critic on perturbed fresh samples, a pathwise actor, and a score-matched reference

Everything is batched over samples; the only Python loops are those over the chain's steps and over the optimiser's.
"""

import argparse
import copy
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


# ---------------------------------------------------------------------------------------------------------------- the problem

class VP:
    """The variance-preserving process with a linear noise rate from 0.1 to 20."""
    low, high = 0.1, 20.0

    @classmethod
    def kernel(cls, t):
        b = t * cls.low + t * t / 2 * (cls.high - cls.low)
        return torch.exp(-b / 2), torch.sqrt(-torch.expm1(-b))

    @classmethod
    def time(cls, level):
        b = torch.log1p(level * level)
        return 2 * b / (cls.low + torch.sqrt(cls.low ** 2 + 2 * (cls.high - cls.low) * b))


class Chain:
    """Ancestral steps: x_s = x x_t + d x̂_0 + std eps. Every member is [steps], float32; index `steps` of a kernel is where the chain ends."""

    def __init__(self, steps, rho=7.0, lowest=0.01, highest=40.0):
        u = torch.arange(1, steps + 1, dtype=torch.float64) / steps
        levels = (highest ** (1 / rho) + u * (lowest ** (1 / rho) - highest ** (1 / rho))) ** rho
        grid = torch.cat([torch.ones(1, dtype=torch.float64), VP.time(levels)])
        alpha, sigma = VP.kernel(grid)
        at, st, as_, ss = alpha[:-1], sigma[:-1], alpha[1:], sigma[1:]
        a = at / as_
        v = (st ** 2 - a ** 2 * ss ** 2).clamp(min=0)
        self.steps = steps
        self.x, self.d, self.std = ((a * ss ** 2 / st ** 2).float(), (as_ * v / st ** 2).float(), (v.sqrt() * ss / st).float())
        self.alpha, self.sigma = alpha.float(), sigma.float()  # [steps + 1]
        # The forward process from grid time j to an earlier index k (more noise): x_k = ratio[j, k] x_j + spread[j, k] eps.
        ratio = alpha[None, :] / alpha[:, None]
        self.ratio = ratio.float()
        self.spread = (sigma[None, :] ** 2 - ratio ** 2 * sigma[:, None] ** 2).clamp(min=0).sqrt().float()

    def kernel(self, index):
        """alpha and sigma [batch, 2] at the grid's indices [batch]."""
        return torch.stack([self.alpha[index], self.sigma[index]], -1)

    def perturb(self, x, start, to):
        """Draws x at index `to` given x [batch, dims] at index `start`."""
        return self.ratio[start, to, None] * x + self.spread[start, to, None] * torch.randn_like(x)

    def shift(self, index, clean, other):
        """The distance of the means that two estimates give, in standard deviations."""
        return (clean - other) * (self.d[index] / self.std[index])[:, None]

    def kl(self, index, clean, other):
        return self.shift(index, clean, other).square().sum(-1) / 2


class Residual(nn.Module):
    """The exact denoiser of a ring of Gaussians plus a perceptron that starts at zero; or a critic of the same size."""

    def __init__(self, args, critic=False):
        super().__init__()
        angle = 2 * math.pi * torch.arange(args.modes) / args.modes
        means = torch.zeros(args.modes, args.dims)
        means[:, 0], means[:, 1] = args.radius * angle.cos(), args.radius * angle.sin()
        self.register_buffer("means", means)
        self.register_buffer("half_norms", means.square().sum(-1) / 2)
        self.register_buffer("freq", math.pi * 2.0 ** (torch.arange(3) - 1))
        self.variance = args.std ** 2
        self.scale = math.sqrt(means.square().sum(-1).mean().item() / args.dims + self.variance)
        self.critic = critic
        sizes = [2 * args.dims + 7] + [args.width] * args.depth
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.out = nn.Linear(args.width, 1 if critic else args.dims)
        for layer in [*self.hidden, self.out]:
            nn.init.normal_(layer.weight, std=layer.in_features ** -0.5)
            nn.init.zeros_(layer.bias)
        if not critic:
            nn.init.zeros_(self.out.weight)

    def forward(self, x, kernel):
        alpha, sigma = kernel[:, :1], kernel[:, 1:]
        var = alpha.square() * self.variance + sigma.square()
        shrink = alpha * self.variance / var
        nearest = torch.softmax((alpha * (x @ self.means.T) - alpha.square() * self.half_norms) / var, -1) @ self.means
        clean = shrink * x + (1 - alpha * shrink) * nearest
        total = (alpha.square() * self.scale ** 2 + sigma.square()).sqrt()
        level = (sigma.clamp(min=1e-4).log() - alpha.clamp(min=1e-4).log()) / 4
        waves = level * self.freq
        h = torch.cat([x / total, clean / self.scale, level, waves.sin() / 2, waves.cos() / 2], -1)
        for layer in self.hidden:
            h = F.silu(layer(h))
        if self.critic:
            return self.out(h)[:, 0]
        return clean + self.out(h) * (sigma * self.scale / total)


def reward(x0, target):
    return -(x0 - target).square().sum(-1)


@torch.no_grad()
def roll(net, chain, n, dims, keep=True):
    """Samples n paths: states [steps + 1, n, dims], noises and estimates [steps, n, dims]; without keep the finished samples alone."""
    x = torch.randn(n, dims)
    noise = torch.randn(chain.steps, n, dims)
    kernels = torch.stack([chain.alpha, chain.sigma], -1)[:, None].expand(-1, n, 2)
    coefficients = zip(chain.x.tolist(), chain.d.tolist(), chain.std.tolist())
    states, estimates = [x], []
    for i, (cx, cd, std) in enumerate(coefficients):
        clean = net(x, kernels[i])
        x = cx * x + cd * clean + std * noise[i]
        if keep:
            states.append(x)
            estimates.append(clean)
    if not keep:
        return x
    return torch.stack(states), noise, torch.stack(estimates)


class Problem:
    def __init__(self, args):
        self.args = args
        self.chain = Chain(args.steps)
        self.target = torch.zeros(args.dims)
        self.target[0] = args.target
        self.net = Residual(args)
        self.critic = Residual(args, critic=True)
        self.pre = frozen(self.net)
        if args.compile:
            for module in (self.net, self.critic, self.pre):
                module.compile()

    @torch.no_grad()
    def path_kl(self, states, estimates):
        """KL(policy || pre-trained) [steps, n] along paths, and the pre-trained model's estimates, in one batch."""
        steps, n, dims = estimates.shape
        index = torch.arange(steps).repeat_interleave(n)
        ref = self.pre(states[:-1].reshape(-1, dims), self.chain.kernel(index))
        return self.chain.kl(index, estimates.reshape(-1, dims), ref).view(steps, n), ref

    @torch.no_grad()
    def objective(self, n=4096):
        states, _, estimates = roll(self.net, self.chain, n, self.args.dims)
        kl, _ = self.path_kl(states, estimates)
        return (reward(states[-1], self.target).mean() - self.args.beta * kl.sum(0).mean()).item()


# ------------------------------------------------------------------------------------------------------------- the algorithms

def frozen(net):
    return copy.deepcopy(net).requires_grad_(False)


def adam(net, args):
    options = {"fused": True} if args.adam == "fused" else {"foreach": args.adam == "foreach"}
    return torch.optim.Adam(net.parameters(), lr=0.0, betas=(0.9, 0.99), eps=1e-8, **options)


def step(optimiser, net, loss, rate):
    """One step on the loss; the gradient's norm is clipped at 1."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.param_groups[0]["lr"] = rate
    optimiser.step()


class DDPO:
    """DDPO-IS (Black et al. 2023). Log-probabilities and KLs are means over dimensions."""

    def __init__(self, problem):
        self.p, self.optimiser = problem, adam(problem.net, problem.args)

    def iterate(self, rate):
        p, a = self.p, self.p.args
        states, noise, estimates = roll(p.net, p.chain, a.batch, a.dims)
        rewards = reward(states[-1], p.target)
        kl, ref = p.path_kl(states, estimates)
        returns = rewards - a.beta * (kl.flip(0).cumsum(0).flip(0) - kl)  # less the KLs of the later steps
        deviation = rewards.std(correction=0) + 1e-8
        advantage = ((returns - returns.mean(1, keepdim=True)) / deviation).clamp(-5, 5).flatten()
        weight = a.beta / deviation
        flat = [v.reshape(-1, a.dims) for v in (states[:-1], noise, estimates)] + [ref]
        for _ in range(a.epochs):
            for chosen in torch.randperm(a.batch * a.steps).chunk(a.updates):
                x, eps, old, pre = (v[chosen] for v in flat)
                index, adv = chosen // a.batch, advantage[chosen]
                clean = p.net(x, p.chain.kernel(index))
                u = p.chain.shift(index, clean, old)
                ratio = (u * eps - u.square() / 2).mean(-1).exp()
                gain = torch.minimum(adv * ratio, adv * ratio.clamp(1 - a.clip, 1 + a.clip)).mean()
                anchor = p.chain.kl(index, clean, pre).mean() / a.dims
                step(self.optimiser, p.net, weight * anchor - gain, rate * a.ddpo_rate)
        return rewards


class DiffAC:
    """DiffAC (Zhou et al. 2024) with a pathwise actor, on perturbed samples that are drawn afresh in each iteration. The memory of rewarded
    samples teaches the critic the reward, and the critic's value at the chain's end stands for the reward of a fresh sample."""

    def __init__(self, problem):
        self.p = problem
        self.optimiser, self.critic_optimiser = adam(problem.net, problem.args), adam(problem.critic, problem.args)
        self.x0, self.rewards = torch.empty(0, problem.args.dims), torch.empty(0)
        self.old, self.reference = frozen(problem.net), frozen(problem.net)
        if problem.args.compile:
            self.old.compile()
            self.reference.compile()

    def iterate(self, rate):
        p, a = self.p, self.p.args
        x0 = roll(p.net, p.chain, a.batch, a.dims, keep=False)
        rewards = reward(x0, p.target)
        self.x0, self.rewards = torch.cat([self.x0, x0])[-a.memory:], torch.cat([self.rewards, rewards])[-a.memory:]
        fresh = roll(p.net, p.chain, a.fresh, a.dims, keep=False)
        deviation = self.rewards.std(correction=0).clamp(min=1e-6)
        scaled = (self.rewards - self.rewards.mean()) / deviation
        self.old.load_state_dict(p.net.state_dict())
        self.restore(fresh)
        for _ in range(a.critic_steps):
            step(self.critic_optimiser, p.critic, self.critic_loss(fresh, scaled, deviation), rate * a.critic_rate)
        p.critic.requires_grad_(False)
        for _ in range(a.actor_steps):
            step(self.optimiser, p.net, self.actor_loss(fresh, deviation), rate * a.actor_rate)
        p.critic.requires_grad_(True)
        return rewards

    def restore(self, samples):
        """Makes the reference: the weight average of score matching on the samples, from the policy as it is."""
        p, a = self.p, self.p.args
        net = copy.deepcopy(p.net)
        optimiser = adam(net, a)
        average = [v.detach().clone() for v in net.parameters()]
        for k in range(1, a.consistency_steps + 1):
            x0 = samples[torch.randint(len(samples), (a.consistency_minibatch,))]
            level = (1.4 * torch.randn(len(x0)) - 1).exp().clamp(0.002, 80)
            kernel = torch.stack(VP.kernel(VP.time(level)), -1)
            alpha, sigma = kernel[:, :1], kernel[:, 1:]
            estimate = net(alpha * x0 + sigma * torch.randn_like(x0), kernel)
            out = sigma * net.scale / (alpha.square() * net.scale ** 2 + sigma.square()).sqrt()
            step(optimiser, net, ((estimate - x0) / out).square().mean(), a.consistency_rate)
            with torch.no_grad():
                torch._foreach_lerp_(average, list(net.parameters()), 1 - min((1 + k) / (10 + k), a.average))
        with torch.no_grad():
            torch._foreach_copy_(list(self.reference.parameters()), average)

    def critic_loss(self, fresh, scaled, deviation):
        p, a, chain = self.p, self.p.args, self.p.chain
        n, last = a.minibatch, chain.steps
        ends = torch.full((n,), last)
        with torch.no_grad():
            x0 = fresh[torch.randint(len(fresh), (n,))]
            k = torch.randint(last + 1, (n,))
            j = k.clamp(max=last - 1) + (torch.rand(n) * (last - k).clamp(min=1)).long()  # one later step stands for all
            xj = chain.perturb(x0, ends, j)
            done = k == last
            xk = torch.where(done[:, None], x0, chain.perturb(xj, j, k.minimum(j)))
            kernel = chain.kernel(j)
            cost = chain.kl(j, self.old(xj, kernel), p.pre(xj, kernel)) * (a.beta / deviation) * (last - k)
            kept = torch.randint(len(scaled), (n,))
            value = p.critic(x0, chain.kernel(ends)) - cost
        x = torch.cat([xk, self.x0[kept]])
        predicted = p.critic(x, chain.kernel(torch.cat([k, ends])))
        return (predicted - torch.cat([value, scaled[kept]])).square().mean() * 2  # the sum of both halves' means

    def actor_loss(self, fresh, deviation):
        p, a, chain = self.p, self.p.args, self.p.chain
        n = a.minibatch
        index = torch.randint(chain.steps, (n,))
        x = chain.perturb(fresh[torch.randint(len(fresh), (n,))], torch.full((n,), chain.steps), index)
        kernel = chain.kernel(index)
        clean = p.net(x, kernel)
        with torch.no_grad():
            reference, pre = self.reference(x, kernel), p.pre(x, kernel)
        after = chain.x[index, None] * x + chain.d[index, None] * clean + chain.std[index, None] * torch.randn_like(x)
        gain = p.critic(after, chain.kernel(index + 1)).mean()
        held = chain.kl(index, clean, reference).mean()
        return a.hold * held + a.beta / deviation * chain.kl(index, clean, pre).mean() - gain


# ---------------------------------------------------------------------------------------------------------------- measurement

def run(args, seed):
    torch.manual_seed(seed)
    problem = Problem(args)
    algorithm = {"ddpo-is": DDPO, "diffac": DiffAC}[args.algo](problem)
    seconds, curve = 0.0, []
    for i in range(args.iterations):
        begin = time.perf_counter()
        algorithm.iterate(1 - args.decay * i / args.iterations)
        seconds += time.perf_counter() - begin
        if args.points and (i + 1) * args.points // args.iterations > i * args.points // args.iterations:
            curve.append((i + 1, problem.objective()))
    return {"seed": seed, "per_second": args.iterations / seconds, "objective": problem.objective(), "curve": curve}


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = p.add_argument
    add("--algo", choices=["ddpo-is", "diffac"], default="ddpo-is")
    add("--iterations", type=int, default=60)
    add("--seeds", type=int, default=1)
    add("--first-seed", type=int, default=1)
    add("--warmup", type=int, default=10, help="iterations before the clock runs")
    add("--points", type=int, default=0, help="points of the learning curve")
    add("--threads", type=int, default=1)
    add("--compile", action="store_true", help="torch.compile the networks")
    add("--adam", choices=["fused", "foreach", "plain"], default="fused")
    add("--json", action="store_true")
    for name, value in dict(dims=2, modes=6, steps=50, width=64, depth=3, batch=32, epochs=1, updates=2, fresh=64, memory=512, minibatch=128,
                            critic_steps=32, actor_steps=16, consistency_steps=4, consistency_minibatch=64).items():
        add("--" + name.replace("_", "-"), type=int, default=value)
    for name, value in dict(radius=2.0, std=0.3, target=1.0, beta=0.2, decay=0.9, clip=0.2, ddpo_rate=1e-3, actor_rate=1e-3, critic_rate=3e-3,
                            consistency_rate=2e-5, average=0.9, hold=3.0).items():
        add("--" + name.replace("_", "-"), type=float, default=value)
    args = p.parse_args()
    if args.dims < 2 or args.iterations < 1:
        p.error("--dims: expected at least 2, and --iterations at least 1")
    return args


def main():
    args = parse()
    torch.set_num_threads(args.threads)
    warm = copy.copy(args)
    warm.iterations, warm.points = max(args.warmup, 1), 0
    run(warm, seed=0)
    runs = [run(args, seed) for seed in range(args.first_seed, args.first_seed + args.seeds)]
    out = {"torch": torch.__version__, "threads": args.threads, "compile": args.compile, "algo": args.algo, "iterations": args.iterations,
           "per_second": statistics.median(r["per_second"] for r in runs),
           "objective": statistics.median(r["objective"] for r in runs), "runs": runs}
    if args.json:
        print(json.dumps(out))
        return
    for r in runs:
        print(f"seed {r['seed']}: {r['per_second']:8.1f} iterations/s, objective {r['objective']:.4f}",
              *(f"\n  after {i:4d}: {v:.4f}" for i, v in r["curve"]), sep="")
    print(f"{args.algo}, {args.threads} thread(s): median {out['per_second']:.1f} iterations/s, objective {out['objective']:.4f}")


if __name__ == "__main__":
    main()
