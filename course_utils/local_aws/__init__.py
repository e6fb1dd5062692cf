"""A SageMaker on the loopback interface: code written for AWS runs against it unchanged.

:mod:`~course_utils.local_aws.server` starts, finds and stops it, and :mod:`~course_utils.local_aws.profile`
points other programs at it. A request travels down these modules:

``http_server`` → ``app`` (whose request is it?) → ``control_plane`` (SageMaker's operations: ``training``,
``models``, ``endpoints``, …) or ``runtime`` (InvokeEndpoint) or ``s3`` or ``log_service`` (CloudWatch Logs)
or ``identity`` (roles) or ``moto_services`` (what is left). Algorithms are separate processes that are known
only by SageMaker's container contract (``images``, ``container``). ``state`` remembers all resources, and
``recovery`` takes them up again after a restart.

Where to look for what:

- training jobs: ``training`` (operations), ``training_request`` (what is checked), ``training_run`` (a job),
  ``channels`` and ``pipes`` (its data), ``cluster`` (its hosts), ``opt_ml`` (their folders), ``metrics`` and
  ``job_metrics``; tuning jobs: ``tuning``;
- models and endpoints: ``models``, ``artefacts``, ``endpoints``, ``endpoint_run``, ``fleet``, ``serving``;
- batch transform jobs: ``transform``, ``transform_run``, ``transform_worker``, ``batches``,
  ``data_processing``;
- what all of them use: ``container`` and ``guard`` (processes), ``quota``, ``listing``, ``tags``,
  ``validation``, ``replies``, ``errors``, and ``texts``, which holds every sentence that a client may read;
- storage: ``s3``, ``storage``, ``log_store``, ``logs``, ``database``.
"""
