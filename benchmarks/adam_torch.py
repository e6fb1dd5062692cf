"""The PyTorch side of ``benchmarks/adam.py``: a factorization machine as PyTorch users write it.

Runs in an environment of its own, on rows that an .npz file holds: ``columns (n, 2)`` and ``y (n,)``. Prints
JSON: for each variant the CPU seconds of every epoch and the training RMSE in the last one.

    python benchmarks/adam_torch.py rows.npz --feature-dim 2625 --num-factors 8 --epochs 3
"""

from __future__ import annotations

import argparse
import json
from time import process_time

import numpy as np
import torch

LR, BATCH = 0.001, 1000


class FactorizationMachine(torch.nn.Module):
    """Rows of two one-hot columns, so the pair term is one inner product: PyTorch's shortest way."""

    def __init__(self, feature_dim: int, num_factors: int, sparse: bool) -> None:
        super().__init__()
        self.w0 = torch.nn.Parameter(torch.zeros(1))
        self.w = torch.nn.Embedding(feature_dim, 1, sparse=sparse)
        self.V = torch.nn.Embedding(feature_dim, num_factors, sparse=sparse)
        torch.nn.init.normal_(self.V.weight, std=0.05)

    def forward(self, columns: torch.Tensor) -> torch.Tensor:
        v = self.V(columns)
        return self.w0 + self.w(columns).sum(dim=(1, 2)) + (v[:, 0] * v[:, 1]).sum(dim=1)


def optimisers(model: FactorizationMachine, variant: str) -> list[torch.optim.Optimizer]:
    if variant == "sparse":
        tables = [model.w.weight, model.V.weight]
        return [torch.optim.SparseAdam(tables, lr=LR), torch.optim.Adam([model.w0], lr=LR)]
    return [torch.optim.Adam(model.parameters(), lr=LR, **{variant: True} if variant != "dense" else {})]


def train(columns: torch.Tensor, y: torch.Tensor, options: argparse.Namespace, variant: str) -> dict:
    torch.manual_seed(0)
    model = FactorizationMachine(options.feature_dim, options.num_factors, sparse=variant == "sparse")
    steps = optimisers(model, variant)
    seconds = []
    for _ in range(options.epochs):
        started, squares = process_time(), 0.0
        for rows, labels in zip(columns.split(BATCH), y.split(BATCH), strict=True):
            loss = torch.nn.functional.mse_loss(model(rows), labels)
            for step in steps:
                step.zero_grad()
            loss.backward()
            for step in steps:
                step.step()
            squares += loss.detach() * len(labels)
        seconds.append(process_time() - started)
    return {"seconds": seconds, "rmse": float(squares / len(y)) ** 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows")
    for name in ("feature-dim", "num-factors", "epochs"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = np.load(options.rows)
    columns, y = torch.from_numpy(data["columns"]).long(), torch.from_numpy(data["y"])
    variants = ("dense", "fused", "foreach", "sparse")
    print(json.dumps({variant: train(columns, y, options, variant) for variant in variants}))


if __name__ == "__main__":
    main()
