"""SageMaker's built-in factorization-machines algorithm, as a container without Docker.

``python -m course_utils.fm_container train`` and ``… serve`` do what the real image does for the same two
words, by the same contract: files under ``/opt/ml`` (or ``SAGEMAKER_BASE_DIR``), log lines on standard
output, exit codes, an HTTP server for predictions.

    config.py    hyperparameters: hidden defaults and merging
    schema.py    … and checking them by JSON Schema
    channels.py  data channels and what can be wrong with them
    train.py     one training job
    exchange.py  … on several hosts
    log.py       the training log, line for line
    serve.py     the endpoint's HTTP server
    failure.py   who is to blame, exit codes, output/failure
    messages.py  every sentence that AWS's container says too, each with its source
"""
