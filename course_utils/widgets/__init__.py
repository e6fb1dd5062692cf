"""Explorables, one module each, with a static twin for pages without a kernel; see `widgets.parts`."""

from course_utils.widgets.star_trek_lab import StarTrekLab

__all__ = ["StarTrekLab"]
