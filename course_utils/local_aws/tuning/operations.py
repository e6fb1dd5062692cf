"""Tuning jobs as a client sees them: Create, Describe, Stop, List, Delete."""

from __future__ import annotations

import secrets
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.errors import AwsError, in_use, validation
from course_utils.local_aws.listing import page
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.training.run import KIND as TRAINING_JOB
from course_utils.local_aws.tuning import jobs, results
from course_utils.local_aws.tuning.checks import check
from course_utils.local_aws.tuning.jobs import ENDED, KIND
from course_utils.local_aws.tuning.results import Objective
from course_utils.local_aws.tuning.run import TuningRun

_OBJECTIVE_SETTING = "_tuning_objective_metric"  # the hyperparameter that real tuning jobs add


def create_tuning_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["HyperParameterTuningJobName"]
    arn = sagemaker_arn(region, KIND, name)
    request = _with_machines(request)
    check(platform, region, request)
    if not platform.registry.add(KIND, region, name, _record(platform, request, arn)):
        raise in_use(texts.tuning_job_exists(arn))
    platform.registry.tag(arn, request.get("Tags", []))
    run = TuningRun(platform, region, name)
    try:
        run.launch()  # what is wrong with the training jobs is refused here
    except AwsError:
        run.abandon()
        _remove(platform, region, name)
        raise
    run.start()
    return {"HyperParameterTuningJobArn": arn}


def _with_machines(request: dict[str, Any]) -> dict[str, Any]:
    """Read the machines of HyperParameterTuningResourceConfig, all that SDK v2 sends, as a ResourceConfig.

    The reply of Describe holds both, which SDK v2 counts on.
    """
    definition = request.get("TrainingJobDefinition", {})
    machines = definition.get("HyperParameterTuningResourceConfig")
    if machines is None or "ResourceConfig" in definition:
        return request
    return {**request, "TrainingJobDefinition": {**definition, "ResourceConfig": machines}}


def _record(platform: Platform, request: dict[str, Any], arn: str) -> Record:
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    specification = definition["AlgorithmSpecification"]
    built_in = platform.images.find(specification["TrainingImage"]).metrics
    created = now()
    return {
        **request,
        "HyperParameterTuningJobArn": arn,
        "TrainingJobDefinition": {
            **definition,
            "OutputDataConfig": {"KmsKeyId": "", **definition["OutputDataConfig"]},
            "StaticHyperParameters": {
                _OBJECTIVE_SETTING: config["HyperParameterTuningJobObjective"]["MetricName"],
                **definition.get("StaticHyperParameters", {}),
            },
            "AlgorithmSpecification": {
                **specification,
                **({"MetricDefinitions": built_in} if built_in else {}),
            },
        },
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
        "Seed": config.get("RandomSeed", secrets.randbits(32)),
    }


def describe_tuning_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    tuning_job = jobs.find(platform, region, request["HyperParameterTuningJobName"])
    objective = Objective.of(tuning_job)
    own = jobs.training_jobs(platform, region, tuning_job)
    seconds = (tuning_job.get("HyperParameterTuningEndTime", now()) - tuning_job["CreationTime"]).seconds
    reply = {
        **tuning_job,
        **results.counters(own, objective),
        "TuningJobCompletionDetails": {
            "NumberOfTrainingJobsObjectiveNotImproving": results.not_improving(own, objective)
        },
        "ConsumedResources": {"RuntimeInSeconds": seconds},
    }
    if best := results.best(own, objective):
        reply["BestTrainingJob"] = results.summary(best, objective)
    if warm_start := tuning_job.get("WarmStartConfig"):
        reply["OverallBestTrainingJob"] = _overall_best(platform, region, tuning_job, warm_start)
    return reply


def _overall_best(
    platform: Platform, region: str, tuning_job: Record, warm_start: dict[str, Any]
) -> Record | None:
    """The best training job of a tuning job and its parents."""
    objective = Objective.of(tuning_job)
    bests = []
    for each in [tuning_job, *jobs.parents(platform, region, warm_start)]:
        if best := results.best(jobs.training_jobs(platform, region, each), objective):
            bests.append({**best, "TuningJobName": each["HyperParameterTuningJobName"]})
    best = results.best(bests, objective)
    return best and results.summary(best, objective)


def stop_tuning_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["HyperParameterTuningJobName"]
    status = jobs.find(platform, region, name)["HyperParameterTuningJobStatus"]
    if status in ENDED:
        raise validation(texts.tuning_job_already_ended(status))

    def mark(tuning_job: Record) -> None:
        if tuning_job["HyperParameterTuningJobStatus"] == "InProgress":
            tuning_job["HyperParameterTuningJobStatus"] = "Stopping"

    platform.registry.change(KIND, region, name, mark)
    run = platform.running.get((KIND, region, name))
    if run is not None:  # None: it ended in this very moment
        run.request_stop()
    return {}


def delete_tuning_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["HyperParameterTuningJobName"]
    status = jobs.find(platform, region, name)["HyperParameterTuningJobStatus"]
    if status not in ENDED:
        raise validation(texts.hinted(texts.TUNING_JOB_NOT_TERMINAL, f"it is {status}."))
    _remove(platform, region, name)
    return {}


def _remove(platform: Platform, region: str, name: str) -> None:
    platform.registry.remove(KIND, region, name)
    platform.registry.untag(sagemaker_arn(region, KIND, name))


def list_tuning_jobs(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records, token = page(
        platform.registry.all(KIND, region),
        request,
        name="HyperParameterTuningJobName",
        status="HyperParameterTuningJobStatus",
        sort_by="Name",
        descending=False,
        after_is_exclusive=True,
    )
    training_jobs = platform.registry.all(TRAINING_JOB, region)
    summaries = [_summary(each, jobs.launched_by(each, training_jobs)) for each in records]
    return {"HyperParameterTuningJobSummaries": summaries, **token}


def _summary(tuning_job: Record, own: list[Record]) -> Record:
    config = tuning_job["HyperParameterTuningJobConfig"]
    return {
        **tuning_job,
        **results.counters(own, Objective.of(tuning_job)),
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }


def list_training_jobs(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    tuning_job = jobs.find(platform, region, request["HyperParameterTuningJobName"])
    objective = Objective.of(tuning_job)
    summaries = [results.summary(job, objective) for job in jobs.training_jobs(platform, region, tuning_job)]
    records, token = page(
        summaries,
        request,
        name="TrainingJobName",
        status="TrainingJobStatus",
        sort_by="Name",
        descending=False,
        keys={"FinalObjectiveMetricValue": objective.value},
    )
    return {"TrainingJobSummaries": records, **token}


OPERATIONS = {
    "CreateHyperParameterTuningJob": create_tuning_job,
    "DescribeHyperParameterTuningJob": describe_tuning_job,
    "StopHyperParameterTuningJob": stop_tuning_job,
    "DeleteHyperParameterTuningJob": delete_tuning_job,
    "ListHyperParameterTuningJobs": list_tuning_jobs,
    "ListTrainingJobsForHyperParameterTuningJob": list_training_jobs,
}
