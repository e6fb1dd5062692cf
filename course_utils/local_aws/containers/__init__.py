"""Algorithms as separate processes, known only by SageMaker's container contract: ``images`` (which command
stands for which image), ``container`` (a process and its end), ``guard`` (lets none outlive the server).
"""
