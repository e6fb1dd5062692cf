"""Where SageMaker puts what a container reads, and expects what it writes."""

from __future__ import annotations

import os
from pathlib import Path

from course_utils.artifact.archive import MODEL_FILE


def base_dir() -> Path:
    """The container's root folder: ``SAGEMAKER_BASE_DIR``, or ``/opt/ml`` as on AWS."""
    return Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml")


def model_file(root: Path) -> Path:
    """The one file of a model: written by training, packed and unpacked by the platform, read by serving."""
    return root / "model" / MODEL_FILE
