"""Tables: Rendle's toy, real MovieLens, a made-up sample for days without a network, made-up click logs."""

from course_utils.datasets.tables import Dataset

__all__ = ["Dataset"]
