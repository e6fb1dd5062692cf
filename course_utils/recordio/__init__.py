"""RecordIO-protobuf, the binary format that SageMaker's factorization machines train on.

A file is a row of *records*; each record is one rating: a frame (magic number, length, padding) round a
protobuf message ``aialgs.data.Record``, which holds the features of the row and its label::

    framing.py     where a record begins and ends
    protobuf.py    what is inside one: tags, lengths, varints, tensors (plain, one record at a time)
    cursors.py     the same steps for thousands of records at once
    checks.py      what may be written
    writer.py      X, y -> bytes
    reader.py      bytes -> X, y
    microscope.py  bytes -> a list of segments that explains every byte

SageMaker's Python SDK v3 has no working writer for this format (its functions raise an error), and that of
v2 builds one message per row. The codec here makes the same bytes for a whole matrix at once.
"""

from course_utils.recordio.framing import MAGIC, RecordIOError
from course_utils.recordio.microscope import Segment, inspect
from course_utils.recordio.reader import read, read_labels
from course_utils.recordio.writer import write, write_labels, write_shards

__all__ = [
    "MAGIC",
    "RecordIOError",
    "Segment",
    "inspect",
    "read",
    "read_labels",
    "write",
    "write_labels",
    "write_shards",
]
