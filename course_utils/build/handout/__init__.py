"""The handout: a website of all lessons to read without a kernel, without a server and without a network.

Lessons run once, as `course run` runs them; Sphinx and MyST-NB set what came of it. Where a lesson has a
widget, its static twin stands; where it has an exercise, its hints and its solution wait, folded away.
"""

from course_utils.build.handout.site import HandoutError, build

__all__ = ["HandoutError", "build"]
