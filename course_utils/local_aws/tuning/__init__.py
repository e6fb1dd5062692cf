"""Hyperparameter tuning jobs: many training jobs, each with other values, and the best of them.

``operations`` answers the requests and ``checks`` refuses the wrong ones; ``run`` carries a tuning job
through its training jobs, which are ordinary ones of :mod:`course_utils.local_aws.training`. ``ranges`` say
which values may be tried, ``strategies`` (and ``bayesian``) choose among them, ``early_stopping`` ends
hopeless training jobs, ``completion`` ends the tuning job, and ``results`` reads off the training jobs how
things stand.

``MaxParallelTrainingJobs`` really runs that many programs at a time, all on this one machine. More than it
has cores makes each of them slower and the whole no faster.
"""
