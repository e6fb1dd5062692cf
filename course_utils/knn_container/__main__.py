"""``python -m course_utils.knn_container train|serve``: the container's entry point."""

from __future__ import annotations

import sys

_USAGE = """usage: python -m course_utils.knn_container train|serve

  train   run the training job described in <root>/input/config, leave the model in <root>/model
  serve   answer predictions of the model in <root>/model on 127.0.0.1

environment:
  SAGEMAKER_BASE_DIR      <root>, /opt/ml if unset
  SAGEMAKER_BIND_TO_PORT  serve: port, 8080 if unset
  SAGEMAKER_BATCH         serve: "true" while a batch transform job runs it
"""


def main(arguments: list[str]) -> int:
    """Run one of the two commands; returns the exit code (64 for a wrong call)."""
    if arguments not in (["train"], ["serve"]):
        sys.stderr.write(_USAGE)
        return 64
    print(f"Docker entrypoint called with argument(s): {arguments[0]}", flush=True)
    print("Running default environment configuration script", flush=True)
    # Imported this late so that the first lines of the log appear at once.
    if arguments == ["train"]:
        # jsonschema would load this for a format that no schema here has, and that takes over a second.
        sys.modules.setdefault("rfc3987_syntax", None)
        from course_utils.knn_container import train

        return train.main()
    from course_utils.knn_container import serve

    return serve.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
