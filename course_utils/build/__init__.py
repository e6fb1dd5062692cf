"""The builder: ``notebooks/source/NN_name.py`` becomes a notebook, one edition at a time.

Marker language
---------------
A source is py:percent text. Every cell begins with a line ``# %%`` (code) or ``# %% [markdown]``, followed
where needed by tags and slide metadata: ``# %% tags=["live"] slideshow={"slide_type": "slide"}``.

=============================  =======================================================================
tag                            meaning
=============================  =======================================================================
``solution``                   the cell is in the solved edition only
``notes``                      a speaker's note: folded in the live edition, behind the S key in the
                               slides, in no other edition
``live``                       typed in front of the class: blank in the live edition, with a line
                               above it to catch up with; in the other editions as it is
``nbval-check-output``         the output is kept, committed, and compared by nbval: rounded text,
                               or a widget's static twin
=============================  =======================================================================

Other ``nbval-*`` tags and ``raises-exception`` reach the notebook as they are. Inside a cell::

    def interactions(x, V):
        ### BEGIN SOLUTION
        s = x @ V
        return 0.5 * np.sum(s**2 - (x**2) @ V**2)
        ### END SOLUTION

    row = [1, 0, 0, 1]  ### SOLUTION: row = ...
    return 0.5 * np.sum(s**2 - q)  ### SOLUTION: return 0.5 * np.sum(... - ...)

Between the marker lines stands the solution; learners see ``...`` in its place, or the text after a colon.
The source is therefore the solved lesson. A stub must be its solution with ``...`` where learners fill in;
anything else is refused, as is a cell that is not Python in either form. The live edition keeps the stubs of
exercises and says above them how to see what is missing.
"""

from course_utils.build.builder import build_all, build_environment, check_built
from course_utils.build.execute import CellFailed
from course_utils.build.live import catch_up
from course_utils.build.outputs import UnstableOutput, for_reading
from course_utils.build.source import SourceError
from course_utils.build.style import lint

__all__ = [
    "CellFailed",
    "SourceError",
    "UnstableOutput",
    "build_all",
    "build_environment",
    "catch_up",
    "check_built",
    "for_reading",
    "lint",
]
