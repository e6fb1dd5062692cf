"""DataProcessing of a batch transform job: what of a record the model sees, and what of both is kept.

``InputFilter`` picks from an input record, ``JoinSource: Input`` puts the model's answer beside it, and
``OutputFilter`` picks from the result. Filters are JSONPath of the kind that SageMaker documents (*Associate
prediction results with input records*): ``$``, ``.name``, ``.*``, ``['a','b']``, ``[0]``, ``[-1]``, ``[1:]``,
``[0,5:]``. A CSV row is an array of its cells.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import regex

from course_utils.local_aws import texts
from course_utils.local_aws.transform.batches import BadInput

CSV, JSON, JSONLINES = "text/csv", "application/json", "application/jsonlines"
_STEP = regex.compile(
    r"""\.(?P<name>[^.\[\]'*\s]+) | \.?(?P<all>\*|\[\*\])
    | \.?\[\s*'(?P<names>[^']*)'(?:\s*,\s*'(?P<names>[^']*)')*\s*\]
    | \[\s*(?P<cells>-?\d*:-?\d*|-?\d+)(?:\s*,\s*(?P<cells>-?\d*:-?\d*|-?\d+))*\s*\]""",
    regex.VERBOSE,
)


class Path:
    """One JSONPath expression.

    Raises
    ------
    ValueError
        When it cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._steps: list[regex.Match[str]] = []
        if not text.startswith("$"):
            raise ValueError(text)
        at = 1
        while at < len(text):
            step = _STEP.match(text, at)
            if step is None:
                raise ValueError(text)
            self._steps.append(step)
            at = step.end()

    def pick(self, value: Any) -> Any:
        """What the expression selects.

        Raises
        ------
        LookupError, TypeError
            When ``value`` has no such part.
        """
        for step in self._steps:
            if step["name"] is not None:
                value = value[step["name"]]
            elif step["all"]:
                value = list(value.values()) if isinstance(value, dict) else list(value)
            elif names := step.captures("names"):
                value = value[names[0]] if len(names) == 1 else {name: value[name] for name in names}
            else:
                value = _cells(value, step.captures("cells"))
        return value


def _cells(value: Any, wanted: list[str]) -> Any:
    """One element, or a list of those that several indexes and slices name."""
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} is no array")
    if len(wanted) == 1 and ":" not in wanted[0]:
        return value[int(wanted[0])]
    picked: list[Any] = []
    for each in wanted:
        if ":" in each:
            first, last = (int(bound) if bound else None for bound in each.split(":"))
            picked += value[first:last]
        else:
            picked.append(value[int(each)])
    return picked


class Processing:
    """Turns records into request bodies, and answers into output.

    Parameters
    ----------
    settings : dict
        ``DataProcessing`` of the request, with all its members.
    content_type, accept : str
        Of the input and of the output; only looked at where there is something to filter or to join.
    split : bool
        Whether objects are split into records.

    Attributes
    ----------
    joins : bool
        Whether :meth:`output` needs the records.
    """

    def __init__(self, settings: dict[str, str], content_type: str, accept: str, *, split: bool) -> None:
        self._input, self._output = Path(settings["InputFilter"]), Path(settings["OutputFilter"])
        self.joins = settings["JoinSource"] == "Input"
        self._content_type, self._accept, self._split = content_type, accept, split

    def request(self, records: list[bytes]) -> bytes:
        """The body to send for some records.

        Raises
        ------
        BadInput
            When a record cannot be read, or lacks what the filter asks for.
        """
        if self._input.text == "$":
            return b"".join(records)
        rows = [self._picked(self._input, row) for row in self._parse(records, self._content_type)]
        return self._write(rows, self._content_type)

    def output(self, records: list[bytes], answer: bytes) -> bytes:
        """What to keep of the answer to some records.

        Raises
        ------
        BadInput
            When the answer does not fit the records, or lacks what the filter asks for.
        """
        if not self.joins and self._output.text == "$":
            return answer
        rows = self._parse([answer], self._accept)
        if self.joins:
            sources = self._parse(records, self._content_type)
            if len(rows) != len(sources):
                raise BadInput(texts.answers_do_not_fit(len(sources), len(rows)))
            rows = [self._joined(source, row) for source, row in zip(sources, rows, strict=True)]
        return self._write([self._picked(self._output, row) for row in rows], self._accept)

    def _joined(self, source: Any, row: Any) -> Any:
        if self._accept == CSV:
            return [*source, *row]
        if isinstance(source, dict):
            return {**source, "SageMakerOutput": row}
        return {"SageMakerInput": source, "SageMakerOutput": row}

    def _picked(self, path: Path, row: Any) -> Any:
        try:
            return path.pick(row)
        except (LookupError, TypeError, AttributeError) as error:
            raise BadInput(texts.nothing_at(path.text)) from error

    @staticmethod
    def _parse(chunks: list[bytes], kind: str) -> list[Any]:
        """The rows in some pieces of a file; a piece of JSON is one document."""
        try:
            if kind == JSON:
                return [json.loads(chunk) for chunk in chunks]
            text = b"".join(chunks).decode()
            if kind == CSV:
                return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        except (ValueError, csv.Error) as error:
            raise BadInput(texts.not_parsed(kind, str(error))) from error

    def _write(self, rows: list[Any], kind: str) -> bytes:
        if kind == CSV:
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows(row if isinstance(row, list) else [row] for row in rows)
            return text.getvalue().encode()
        end = "\n" if self._split or kind == JSONLINES else ""
        return "".join(
            json.dumps(row, separators=(",", ":"), ensure_ascii=False) + end for row in rows
        ).encode()
