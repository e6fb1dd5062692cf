"""Factorization machines: the model and the solvers that fit it.

``model`` holds what was learned and predicts with it; ``lesson`` is the version built step by step in
lesson 04; ``adam`` is the optimiser that SageMaker's built-in algorithm runs; ``als`` and ``gibbs`` are
the solvers that predict best.
"""

from course_utils.fm.model import Epoch, FitResult, FMParameters, sigmoid

__all__ = ["Epoch", "FMParameters", "FitResult", "sigmoid"]
