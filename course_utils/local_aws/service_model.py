"""botocore's own description of SageMaker: the operations, their inputs and their outputs."""

from __future__ import annotations

from functools import cache

import botocore.loaders
from botocore.model import OperationModel, ServiceModel


@cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """The newest API description of ``service`` that the installed botocore carries."""
    return ServiceModel(botocore.loaders.Loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(operation: str) -> OperationModel:
    return service_model().operation_model(operation)
