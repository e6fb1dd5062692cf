"""One door to SageMaker, local or at AWS: ``connect``, ``follow…``, and nothing left running.

The same notebook runs in both worlds; ``connect("local")`` or ``connect("aws")`` is the only line that
differs::

    from course_utils import aws

    here = aws.connect("local")
    sagemaker = here.client("sagemaker")

SDK clients read their settings when they are made, and the SageMaker SDK keeps its clients, so connect first.
"""

from course_utils.aws.connection import Connection
from course_utils.aws.modes import ConnectionRefused, connect
from course_utils.aws.training_log import TrainingFailed, follow
from course_utils.aws.transform_log import TransformFailed, follow_transform
from course_utils.aws.tuning_log import TuningFailed, follow_tuning

__all__ = [
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
