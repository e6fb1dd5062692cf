"""Everything that the operations share: the registry, the images, S3, logs, and what is running now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils.local_aws.containers.images import ImageTable
from course_utils.local_aws.identity import Iam
from course_utils.local_aws.logs.store import LogStore
from course_utils.local_aws.logs.stream import LogStream
from course_utils.local_aws.s3.store import ObjectStore
from course_utils.local_aws.state import Registry
from course_utils.local_aws.storage import Storage


class Platform:
    """The machine room of one server.

    Parameters
    ----------
    state_dir : Path
        The only folder that is ever written to.
    """

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.registry = Registry(state_dir)
        self.iam = Iam(self.registry)
        self.images = ImageTable.load(state_dir)
        self.objects = ObjectStore(state_dir / "s3")
        self.storage = Storage(self.objects)
        self.logs = LogStore(state_dir / "logs.db")
        self.running: dict[tuple[str, str, str], Any] = {}

    def log_stream(self, region: str, group: str, stream: str) -> LogStream:
        return LogStream(self.logs, region, group, stream)

    def role_exists(self, arn: str) -> bool:
        """Whether IAM knows the role and lets SageMaker assume it."""
        return self.iam.lets_sagemaker_in(arn)

    def shut_down(self) -> None:
        """End every training job and every serving process."""
        for running in list(self.running.values()):
            running.shut_down()
