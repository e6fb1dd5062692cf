"""One door to SageMaker, local or at AWS: ``connect``, ``follow…``, no surprise bill, nothing left running.

The same notebook runs in both worlds; ``connect("local")`` or ``connect("aws")`` is the only line that
differs::

    from course_utils import aws

    here = aws.connect("local")
    sagemaker = here.client("sagemaker")

SDK clients read their settings when they are made, and the SageMaker SDK keeps its clients, so connect first.
What guards the bill::

    modes.py       who pays is named, checked and shown before anything is made
    gate.py        the one place that every SageMaker call of the process passes
    estimate.py    what a request costs at most, from the request alone
    budget.py      the limit, what was started under it, and what it was billed
    preflight.py   what a training job would fail of, before it is started
    serving.py     an endpoint that lives as long as a ``with`` block
    leftovers.py   what is still there, found by tags across runs and crashes
    prices.py      the one price table, with its sources and dates
"""

from course_utils.aws.budget import Budget, BudgetRefused
from course_utils.aws.connection import Connection
from course_utils.aws.modes import ConnectionRefused, connect
from course_utils.aws.training_log import TrainingFailed, follow
from course_utils.aws.transform_log import TransformFailed, follow_transform
from course_utils.aws.tuning_log import TuningFailed, follow_tuning

__all__ = [
    "Budget",
    "BudgetRefused",
    "Connection",
    "ConnectionRefused",
    "TrainingFailed",
    "TransformFailed",
    "TuningFailed",
    "connect",
    "follow",
    "follow_transform",
    "follow_tuning",
]
