"""The image table: which command stands for which ECR repository.

An image URI such as ``382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1`` is looked up by
its repository name. A file ``images.json`` in the state folder adds rows, so any program that keeps
SageMaker's container contract can be trained and served::

    {"my-algorithm": {"train": ["python", "/home/me/algorithm.py", "train"],
                      "serve": ["python", "/home/me/algorithm.py", "serve"],
                      "metrics": [{"Name": "test:rmse", "Regex": "test rmse=(\\\\S+)"}]}}
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

_URI = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<repository>[a-z0-9._/-]+)(?:[:@].+)?"
)


@dataclass(frozen=True)
class Image:
    """One algorithm.

    Attributes
    ----------
    repository : str
        Name of its ECR repository.
    train, serve : list of str
        Commands, as the container would be called with ``train`` and ``serve``.
    metrics : list of dict
        Built-in metric definitions, ``{"Name": …, "Regex": …}``; empty: the job's own are used.
    input_modes : list of str
        How it can read a channel.
    distributed : bool
        Whether it can train on several instances.
    checkpoints : bool
        Whether it writes checkpoints; if not, managed spot training is held to one hour of waiting.
    """

    repository: str
    train: list[str]
    serve: list[str]
    metrics: list[dict[str, str]] = field(default_factory=list)
    input_modes: list[str] = field(default_factory=lambda: ["File", "Pipe", "FastFile"])
    distributed: bool = True
    checkpoints: bool = True


class ImageTable:
    """Finds images by URI."""

    def __init__(self, images: list[Image]) -> None:
        self._images = {image.repository: image for image in images}

    @classmethod
    def load(cls, state_dir: Path) -> ImageTable:
        """The built-in images and those of ``<state_dir>/images.json``."""
        own = state_dir / "images.json"
        rows = json.loads(own.read_text("utf-8")) if own.is_file() else {}
        return cls([*built_in(), *(Image(name, **row) for name, row in rows.items())])

    def find(self, uri: str) -> Image | None:
        """The image of ``uri``, or None when the URI is malformed or its repository is not here."""
        match = _URI.fullmatch(uri)
        return self._images.get(match["repository"]) if match else None

    def repositories(self) -> list[str]:
        return sorted(self._images)


def built_in() -> list[Image]:
    """The algorithms of SageMaker that this package can run."""
    fm, knn = ([sys.executable, "-m", f"course_utils.{name}_container"] for name in ("fm", "knn"))
    return [
        Image("factorization-machines", [*fm, "train"], [*fm, "serve"], fm_metrics(), checkpoints=False),
        Image("knn", [*knn, "train"], [*knn, "serve"], knn_metrics(), distributed=False, checkpoints=False),
    ]


def fm_metrics() -> list[dict[str, str]]:
    """Metric definitions of factorization-machines, as a real job's description lists them.

    The forms of the three binary ``test:`` lines were seen in a real description; the others follow the log
    lines and other first-party algorithms.
    """
    kinds = {
        "binary_classification_accuracy": ("binary_classification_accuracy", "score"),
        "binary_classification_cross_entropy": ("binary_classification_cross_entropy", "loss"),
        "binary_f_beta": ("binary_f_1.000", "score"),
        "rmse": ("rmse", "loss"),
        "mse": ("mse", "loss"),
        "absolute_loss": ("absolute_loss", "loss"),
    }
    host = r"#quality_metric: host=\S+,"
    definitions = {
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
    }
    for name, (logged, kind) in kinds.items():
        value = rf"{logged} <{kind}>=(\S+)"
        definitions[f"test:{name}"] = rf"{host} test {value}"
        definitions[f"train:{name}"] = rf"{host} train {value}"
        definitions[f"train:{name}:epoch"] = rf"{host} epoch=\S+, train {value}"
        definitions[f"train:{name}:batch"] = rf"{host} epoch=\S+, batch=\S+ train {value}"
    return [{"Name": name, "Regex": definitions[name]} for name in sorted(definitions)]


def knn_metrics() -> list[dict[str, str]]:
    """Metric definitions of k-NN: the documented names, found in lines of its family's form."""
    return [
        {"Name": "test:accuracy", "Regex": r"#quality_metric: host=\S+, test accuracy <score>=(\S+)"},
        {"Name": "test:mse", "Regex": r"#quality_metric: host=\S+, test mse <loss>=(\S+)"},
        {"Name": "train:progress", "Regex": r"#progress_metric: host=\S+, completed (\S+) %"},
        {
            "Name": "train:throughput",
            "Regex": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
        },
    ]
