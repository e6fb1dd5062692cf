"""``python -m course_utils.fm_container train|serve``: the container's entry point."""

from __future__ import annotations

import sys

from course_utils.fm_container.entry import enter

_USAGE = """usage: python -m course_utils.fm_container train|serve

  train   run the training job described in <root>/input/config, leave the model in <root>/model
  serve   answer predictions of <root>/model/model_algo-1 on 127.0.0.1

environment:
  SAGEMAKER_BASE_DIR      <root>, /opt/ml if unset
  FM_SEED                 train: fixes the random numbers; fresh ones if unset
  SAGEMAKER_BIND_TO_PORT  serve: port, 8080 if unset
  SAGEMAKER_BATCH         serve: "true" while a batch transform job runs it
"""


if __name__ == "__main__":
    sys.exit(enter("course_utils.fm_container", sys.argv[1:], _USAGE))
