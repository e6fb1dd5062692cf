"""Read what a learner handed in: is it attempted at all, and what happens when we call it?"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import linecache
import reprlib
import textwrap
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from course_utils.learn.expect import NotYet

_FUNCTION_TYPES = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)


class NotAttempted(Exception):
    """The answer still holds a placeholder."""


def holds_placeholder(answer: Any) -> bool:
    """Say whether ``...`` sits anywhere in the answer, however deep."""
    seen: set[int] = set()
    waiting = [answer]
    while waiting:
        thing = waiting.pop()
        if thing is ...:
            return True
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        waiting.extend(_parts(thing))
    return False


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, Mapping):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, np.ndarray):
        return list(thing.ravel()) if thing.dtype == object else []
    if isinstance(thing, pd.DataFrame):
        return [thing[column] for column in thing]
    if isinstance(thing, pd.Series):
        return [thing.to_numpy()] if thing.dtype == object else []
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    return []


def is_function(answer: Any) -> bool:
    """Say whether the answer is a function to be called (a class is not)."""
    return isinstance(answer, _FUNCTION_TYPES)


class LearnersFunction:
    """A learner's function that turns everything which may go wrong inside it into words.

    Calling it raises `NotAttempted` while a placeholder is left, and `NotYet` with an explanation when Python
    raised, or when nothing was returned.
    """

    def __init__(self, function: Callable, *, none_is_an_answer: bool = False) -> None:
        self.function = function
        self.none_is_an_answer = none_is_an_answer
        self.__name__ = getattr(function, "__name__", "your function")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            result = self.function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            if _mentions_placeholder(self.function, error):
                raise NotAttempted from None
            raise NotYet(self._explain(error, args, kwargs)) from error
        if holds_placeholder(result):
            raise NotAttempted
        if result is None:
            self._must_mean_none(args, kwargs)
        return result

    def _must_mean_none(self, args: tuple, kwargs: dict) -> None:
        gap = _has_gap(self.function)
        if gap or (gap is None and not self.none_is_an_answer):
            raise NotAttempted
        if not self.none_is_an_answer:
            raise NotYet(
                f"I called `{self._call(args, kwargs)}` and it returned nothing (`None`). "
                "Does every path through the function end with `return`?"
            )

    def _explain(self, error: BaseException, args: tuple, kwargs: dict) -> str:
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        called, where = self._call(args, kwargs), _where(self.function, error)
        return f"I called `{called}` and Python raised `{message}`{where}."

    def _call(self, args: tuple, kwargs: dict) -> str:
        values = [_short(value) for value in args] + [f"{k}={_short(v)}" for k, v in kwargs.items()]
        return f"{self.__name__}({', '.join(values)})"


def _short(value: Any) -> str:
    """A value as an argument in a sentence: short, and on one line."""
    shape = getattr(value, "shape", None)
    if shape and np.prod(shape) > 8:
        return f"<{type(value).__name__} of shape {tuple(shape)}>"
    text = repr(value.tolist()) if isinstance(value, np.ndarray) else reprlib.repr(value)
    return " ".join(text.split())


def _code(function: Callable) -> types.CodeType | None:
    inner = function.func if isinstance(function, functools.partial) else function
    return getattr(inspect.unwrap(inner), "__code__", None)


def _where(function: Callable, error: BaseException) -> str:
    """The deepest line of the learner's own code that the error passed through."""
    code = _code(function)
    place = ""
    frame = error.__traceback__
    while code is not None and frame is not None:
        here = frame.tb_frame.f_code
        if here.co_filename == code.co_filename:
            line = linecache.getline(here.co_filename, frame.tb_lineno).strip()
            number = frame.tb_lineno - here.co_firstlineno + 1
            place = f", in line {number} of `{here.co_name}`" + (f": `{line}`" if line else "")
        frame = frame.tb_next
    return place


def _has_gap(function: Callable) -> bool | None:
    """Say whether ``...`` stands in the function's source as a placeholder; None if there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(_code(function) or function)))
    except (OSError, TypeError, SyntaxError):
        return None
    indices = {
        id(node) for sub in ast.walk(tree) if isinstance(sub, ast.Subscript) for node in ast.walk(sub.slice)
    }
    return any(
        isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices
        for node in ast.walk(tree)
    )


def _mentions_placeholder(function: Callable, error: BaseException) -> bool:
    """Say whether an error comes from a gap that is still open: computing with ``...`` raises a TypeError."""
    return "ellipsis" in str(error).lower() or _has_gap(function) is True
