"""``record``: name a number, so that whoever runs the course can collect it. Nothing is written anywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import publish_display_data

#: Key of a recorded figure in the metadata of an output.
METADATA_KEY = "application/vnd.fm-course.record+json"


def record(name: str, value: Any) -> None:
    """Attach a named figure to the notebook's output, for ``report.json``.

    It travels as the metadata of an output without content: readers see nothing, nbval compares nothing, and
    `course_utils.build.execute` collects it. Outside a notebook nothing happens.

    Parameters
    ----------
    name : str
        Dotted, such as ``"rmse.fm"``.
    value : number, str, bool, None, array, data frame, or lists and dicts of these
        A data frame becomes a list of rows.

    Raises
    ------
    ValueError
        For numbers that JSON has no word for: NaN and infinity.
    TypeError
        For anything else that JSON cannot hold.
    """
    content = {"name": name, "value": plain(value)}
    if InteractiveShell.initialized():
        publish_display_data({}, metadata={METADATA_KEY: content})


def plain(value: Any) -> Any:
    """Turn NumPy and pandas values into what JSON knows; see `record` for what is refused."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, pd.Series | np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} cannot be recorded: JSON has finite numbers only. What made it {value}?")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(
        f"a {type(value).__name__} cannot be recorded; give a number, a text, an array or a table"
    )
