"""``follow_tuning``: the jobs of a tuning job as they end, and the table of them all."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from course_utils.aws.polling import ENDED, seconds_between_looks


class TuningFailed(RuntimeError):
    """A tuning job ended as Failed; the text holds its reason.

    Attributes
    ----------
    description : dict
        The job's last DescribeHyperParameterTuningJob reply.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        reason = description.get("FailureReason", "no reason was given")
        super().__init__(
            f"Tuning job {description['HyperParameterTuningJobName']} failed.\n  {reason}\n"
            "Look at one of its training jobs: follow(its name) shows the log with the reason."
        )


def follow_tuning(
    name: str, *, poll: float | None = None, show: Callable[[str], object] = print
) -> pd.DataFrame:
    """Print each training job of a tuning job as it ends; return them all, the best first.

    Parameters
    ----------
    name : str
        Of the tuning job.
    poll : float, optional
        Seconds between two looks; default 0.2 locally, 5 at AWS.
    show : callable
        Called with every line.

    Returns
    -------
    DataFrame
        One row a training job: ``job``, ``status``, a column for each tuned hyperparameter (text turned into
        numbers where it is one), and the objective under its own name, such as ``test:rmse``; NaN for a job
        that never measured it.

    Raises
    ------
    TuningFailed
        When the tuning job failed as a whole. Single training jobs may fail without that.
    """
    import boto3

    sagemaker = boto3.session.Session().client("sagemaker")
    shown: set[str] = set()
    while True:
        tuning = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        table = _table(sagemaker, tuning)
        for row in table.to_dict("records"):
            if row["status"] in ENDED and row["job"] not in shown:
                shown.add(row["job"])
                show(_line(row, name))
        if tuning["HyperParameterTuningJobStatus"] in ENDED:
            break
        time.sleep(seconds_between_looks(poll))
    if tuning["HyperParameterTuningJobStatus"] == "Failed":
        raise TuningFailed(tuning)
    return table


def _table(sagemaker: Any, tuning: dict[str, Any]) -> pd.DataFrame:
    objective = tuning["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=tuning["HyperParameterTuningJobName"]
    )
    metric = objective["MetricName"]
    rows = [_row(summary, metric) for page in pages for summary in page["TrainingJobSummaries"]]
    if not rows:
        return pd.DataFrame(columns=["job", "status", metric])
    table = pd.DataFrame(rows)
    best_first = table.sort_values(metric, ascending=objective["Type"] == "Minimize", kind="stable")
    return best_first.reset_index(drop=True)


def _row(summary: dict[str, Any], metric: str) -> dict[str, Any]:
    measured = summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value", float("nan"))
    return {
        "job": summary["TrainingJobName"],
        "status": summary["TrainingJobStatus"],
        **{key: _number(value) for key, value in sorted(summary["TunedHyperParameters"].items())},
        metric: measured,
    }


def _number(text: str) -> float | int | str:
    text = text.strip('"')
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _line(row: dict[str, Any], tuning_job: str) -> str:
    """One training job in a line; its name begins with the tuning job's, which need not be repeated."""
    job, status, *rest = row.items()
    values = "  ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in rest
    )
    return f"{job[1].removeprefix(tuning_job)[1:]}  {status[1]}  {values}"
