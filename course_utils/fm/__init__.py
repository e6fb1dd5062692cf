"""Factorization machines: the model and the solvers that fit it.

``model`` holds what was learned and predicts with it. ``lesson`` is the version built step by step in lesson
04, ``lesson_als`` a least-squares solver of one screen. The compiled solvers: ``sgd`` is the lesson's,
``adam`` is what SageMaker's built-in algorithm runs, ``als`` is the quickest to a good model, ``gibbs``
predicts best. One estimator over all of them is :class:`course_utils.estimator.FactorizationMachine`.
"""

from course_utils.fm.model import Epoch, FitResult, FMParameters, sigmoid

__all__ = ["Epoch", "FMParameters", "FitResult", "sigmoid"]
