"""Rating tables: Rendle's toy, real MovieLens, and a made-up sample for days without a network."""

from course_utils.datasets.tables import Dataset

__all__ = ["Dataset"]
