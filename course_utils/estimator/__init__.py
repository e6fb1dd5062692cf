"""One factorization machine with scikit-learn's manners, over all solvers."""

from course_utils.estimator.machine import FactorizationMachine

__all__ = ["FactorizationMachine"]
