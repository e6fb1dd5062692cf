"""The one account of the local SageMaker: its number, its role, its bucket, and how its ARNs are spelt."""

from __future__ import annotations

ACCOUNT_ID = "123456789012"
ROLE_NAME = "SageMakerRole"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE_NAME}"
CALLER_ARN = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{ROLE_NAME}/local"
DEFAULT_REGION = "us-east-1"


def sagemaker_arn(region: str, kind: str, name: str) -> str:
    """ARN of a SageMaker resource; ``kind`` is the ARN's own word, such as ``"training-job"``."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT_ID}:{kind}/{name}"


def default_bucket(region: str) -> str:
    """The bucket that the SageMaker SDKs use when none is named."""
    return f"sagemaker-{region}-{ACCOUNT_ID}"
