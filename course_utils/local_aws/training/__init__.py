"""Training jobs: ``operations`` (what clients call), ``request`` (what is checked), ``run`` (one job, from
start to end), ``channels`` and ``pipes`` (its data), ``cluster`` (its hosts), ``opt_ml`` (their folders),
``metrics`` (read from its log) and ``job_metrics`` (told to CloudWatch).
"""
