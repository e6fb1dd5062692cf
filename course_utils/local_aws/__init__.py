"""A SageMaker on the loopback interface: code written for AWS runs against it unchanged.

:mod:`~course_utils.local_aws.server` starts, finds and stops it. A request travels down these modules:

``http_server`` → ``app`` (whose request is it?) → ``control_plane`` (SageMaker's operations: ``training``,
``models``, ``endpoints``, ``tags``) or ``runtime`` (InvokeEndpoint) or ``identity`` (two STS and IAM calls)
or ``moto_services`` (S3, IAM, STS, CloudWatch Logs). Algorithms are separate processes that are known only by
SageMaker's container contract (``images``, ``container``).
"""
