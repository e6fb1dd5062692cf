"""A SageMaker on the loopback interface: code written for AWS runs against it unchanged.

:mod:`~course_utils.local_aws.server` starts, finds and stops it, and :mod:`~course_utils.local_aws.profile`
points other programs at it. A request travels down these modules:

``http_server`` → ``app`` (whose request is it?) → ``control_plane`` (SageMaker's operations, in a folder for
each kind of resource: ``training``, ``tuning``, ``endpoints``, ``transform``) or ``runtime``
(InvokeEndpoint) or ``s3`` or ``logs`` (CloudWatch Logs) or ``identity`` (roles) or ``moto_services`` (what
is left). Algorithms are separate processes (``containers``). ``state`` remembers all resources, and
``recovery`` takes them up again after a restart.

Each folder's docstring says what lies in it. All of them use ``platform`` (what the operations share),
``quota``, ``listing``, ``tags``, ``validation``, ``replies``, ``errors``, ``storage``, ``database``, and
``texts``, which holds every sentence that a client may read.
"""
