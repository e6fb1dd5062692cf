"""The codec's inner loops, compiled: many records at a time, laid out as all known writers do it.

**Eight bytes at once.** A byte array is also seen as overlapping numbers, one from each byte on
(:func:`views`): ``words[at]`` is bytes ``at`` to ``at + 7``. So a tag, a length and a name are one number,
and a varint is another. What is stored too much is overwritten by what comes next.

**Short records.** If every length in a record is below 128, as with a rating, then its first 24 bytes are
three numbers, the same in all such records but for the lengths::

    0a 23 d7 ce  payload (4 bytes)
    0a entry  0a 06  v a l u
    e s  12 value  12 tensor  0a values

**Safety.** Compiled code does not check its indices. :func:`encode` may write ``WRITE_SLACK`` bytes behind
the room it has; :func:`decode` leaves a record alone that fewer than ``READ_SLACK`` bytes follow; inside a
record a length is compared with the end of what holds it before it is used.

Positions are cast to ``uint64`` where they index, which spares Python's rule for negative ones. Small
functions get numbers, never arrays: numba counts references to arrays, which costs more than the work. numba
takes a while to load, so import this module through :func:`course_utils.recordio.compiled.kernels_for` alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from course_utils.recordio.framing import LENGTH_LIMIT, MAGIC
from course_utils.recordio.protobuf import LABEL_HEAD

WRITE_SLACK = 256
READ_SLACK = 32
SHORT_TENSOR = 127 - 12  # the map entry round it is 12 bytes longer
_HEAD_1 = int.from_bytes(b"\n\0\n\x06valu", "little")
_HEAD_2 = int.from_bytes(b"es\x12\0\x12\0\n\0", "little")
_NAME = int.from_bytes(b"\n\x06values", "little")
_LABEL_1 = int.from_bytes(LABEL_HEAD[:8], "little")
_LABEL_2 = int.from_bytes(LABEL_HEAD[8:], "little")
_LABEL_SIZE = len(LABEL_HEAD) + 4
_NO_LENGTH = -(1 << 62)  # so far below zero that no position makes up for it

_compiled = njit(cache=True, nogil=True, error_model="numpy")


def overlapping(data: np.ndarray, dtype) -> np.ndarray:
    """A byte array as numbers that overlap: item ``at`` is made of the bytes from ``at`` on."""
    size = max(len(data) - np.dtype(dtype).itemsize + 1, 0)
    return np.ndarray(size, dtype, buffer=data, strides=(1,))


def views(data: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A byte array as such, and as overlapping numbers of four and of eight bytes."""
    return data, overlapping(data, np.int32), overlapping(data, np.int64)


def read_only(*arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays as the kernels take them: without gaps, float32 as its bits, and read-only.

    (numba would compile a second time for arrays that may be written to.)
    """
    views = [
        np.ascontiguousarray(array).view(np.int32 if array.dtype == np.float32 else array.dtype)
        for array in arrays
    ]
    for view in views:
        view.flags.writeable = False
    return views


# ---- varints: seven bits a byte, low bits first, the high bit set in all bytes but the last ----------------


@_compiled
def varint_length(number):
    """Bytes that a number ≥ 0 takes."""
    length = 1 + (number > 0x7F) + (number > 0x3FFF) + (number > 0x1FFFFF)
    rest = number >> 28
    while rest:
        length += 1
        rest >>= 7
    return length


@_compiled
def to_varint(number):
    """The bytes of a number from 0 to 2²⁸ - 1, and how many: groups of bits move apart, high bits come in."""
    length = 1 + (number > 0x7F) + (number > 0x3FFF) + (number > 0x1FFFFF)
    groups = number & 0x7F | (number & 0x3F80) << 1 | (number & 0x1FC000) << 2 | (number & 0xFE00000) << 3
    return groups | 0x808080 & (1 << 8 * (length - 1)) - 1, length


@_compiled
def from_varint(word):
    """The number that a word begins with, and how many bytes it takes; ``_NO_LENGTH`` if more than eight."""
    number = word & 0x7F
    if not word & 0x80:
        return number, 1
    number |= (word & 0x7F00) >> 1
    if not word & 0x8000:
        return number, 2
    number |= (word & 0x7F0000) >> 2
    if not word & 0x800000:
        return number, 3
    for j in range(3, 8):
        number |= (word >> 8 * j & 0x7F) << 7 * j
        if not word >> 8 * j & 0x80:
            return number, j + 1
    return np.int64(_NO_LENGTH), 0


# ---- writing -----------------------------------------------------------------------------------------------


@_compiled
def is_sound(indptr, indices, values, width):
    """Does each row hold finite numbers, in columns from 0 to ``width - 1``, each higher than the last?

    ``values`` (int32) are the bits of float32 numbers; NaN and infinity have all bits of the exponent set.
    """
    start = np.int64(indptr[0])
    if start < 0:
        return False
    for row in range(indptr.size - 1):
        stop = np.int64(indptr[row + 1])
        if stop < start or stop > indices.size or stop > values.size:
            return False
        last = np.int64(-1)
        for i in range(start, stop):
            key = np.int64(indices[i])
            if key <= last or key >= width or values[i] & 0x7F800000 == 0x7F800000:
                return False
            last = key
        start = stop
    return True


@_compiled
def encode(
    first, indptr, indices, values, labels, tail, tail_size, shape_size, short, out, halves, words, room
):
    """Write the rows from ``first`` on, as many as there is room for: (next row, bytes written).

    Parameters
    ----------
    indptr, indices : CSR that is known to be sound
    values, labels : int32
        The bits of float32 numbers; no labels at all for records without.
    tail : int64
        What follows the keys, up to the label itself: ``tail_size`` bytes, ``shape_size`` of them for the
        shape.
    short : int
        Tensors of rows with at most so many non-zeros surely take at most ``SHORT_TENSOR`` bytes.
    out, halves, words : uint8, int32, int64
        The same ``room + WRITE_SLACK`` bytes, overlapping.
    """
    label_size = _LABEL_SIZE if labels.size else 0
    begin = np.int64(0)
    for row in range(first, indptr.size - 1):
        start, stop = np.int64(indptr[row]), np.int64(indptr[row + 1])
        value_bytes = 4 * (stop - start)
        is_short = 0 < stop - start <= short
        at = begin + 24
        key_bytes = np.int64(0)
        if not is_short:  # what comes first tells how long everything is, so measure
            for i in range(start, stop):
                key_bytes += varint_length(indices[i])
            tensor = np.int64(shape_size)
            if value_bytes:
                tensor += 2 + varint_length(value_bytes) + value_bytes + varint_length(key_bytes) + key_bytes
            value = 1 + varint_length(tensor) + tensor
            entry = 9 + varint_length(value) + value
            payload = 1 + varint_length(entry) + entry + label_size
            if begin + 8 + (payload + 3 & ~3) > room:
                return row, begin
            at = begin + 8
            words[np.uint64(at)] = 0x0A
            words[np.uint64(at + 1)], length = to_varint(entry)
            at += 1 + length
            words[np.uint64(at)] = _NAME
            words[np.uint64(at + 8)] = 0x12
            words[np.uint64(at + 9)], length = to_varint(value)
            at += 9 + length
            words[np.uint64(at)] = 0x12
            words[np.uint64(at + 1)], length = to_varint(tensor)
            at += 1 + length
            if value_bytes:
                words[np.uint64(at)] = 0x0A
                words[np.uint64(at + 1)], length = to_varint(value_bytes)
                at += 1 + length

        for i in range(start, stop):
            halves[np.uint64(at)] = values[i]
            at += 4
        before_keys = at
        if is_short:
            at += 2
        elif value_bytes:
            words[np.uint64(at)] = 0x12
            words[np.uint64(at + 1)], length = to_varint(key_bytes)
            at += 1 + length
        for i in range(start, stop):
            key = np.int64(indices[i])
            while key >> 28:
                words[np.uint64(at)] = key & 0x7F | 0x80
                key >>= 7
                at += 1
            words[np.uint64(at)], length = to_varint(key)
            at += length

        payload = at - begin - 8 + shape_size + label_size
        end = begin + 8 + (payload + 3 & ~3)
        if end > room:
            return row, begin
        if is_short:  # now the lengths are known
            tensor = at - begin - 22 + shape_size
            out[np.uint64(before_keys)] = 0x12
            out[np.uint64(before_keys + 1)] = at - before_keys - 2
            words[np.uint64(begin + 8)] = _HEAD_1 | tensor + 12 << 8
            words[np.uint64(begin + 16)] = _HEAD_2 | tensor + 2 << 24 | tensor << 40 | value_bytes << 56
        words[np.uint64(begin)] = MAGIC | payload << 32
        for i in range(tail.size):
            words[np.uint64(at + 8 * i)] = tail[i]
        at += tail_size
        words[np.uint64(at)] = np.int64(labels[row]) & 0xFFFFFFFF if label_size else 0  # and padding
        begin = end
    return indptr.size - 1, begin


# ---- reading -----------------------------------------------------------------------------------------------


@_compiled
def decode(data, halves, words, begin, width, labelled, indptr, indices, values, labels, row):
    """Read the records from byte ``begin`` on: (where the next one begins, rows so far, room wanted).

    Stops at the first record that is laid out otherwise, or that has not what all share. Stops also where the
    arrays are full; then the room wanted is the number of non-zeros of the next row, and else -1.

    Parameters
    ----------
    data, halves, words : uint8, int32, int64
        The same bytes, overlapping.
    width, labelled : int, bool
        The number of columns; has each record a label?
    indptr, indices, values, labels
        Filled from ``row`` on. ``values`` and ``labels`` are int32, the bits of float32 numbers.
    """
    label_size = _LABEL_SIZE if labelled else 0
    nonzeros = np.int64(indptr[row])
    while begin + 8 + READ_SLACK <= data.size:
        header = words[np.uint64(begin)]
        payload = header >> 32 & 0xFFFFFFFF
        stop = begin + 8 + payload
        end = stop - label_size  # of the features: entry, Value and tensor all end here
        if header & 0xFFFFFFFF != MAGIC or payload >= LENGTH_LIMIT or stop + READ_SLACK > data.size:
            break
        if end < begin + 8:
            break
        if labelled and (words[np.uint64(end)] != _LABEL_1 or words[np.uint64(end + 8)] != _LABEL_2):
            break

        tensor = end - begin - 22
        head = words[np.uint64(begin + 16)]
        value_bytes = head >> 56 & 0xFF
        if (
            0 <= tensor <= SHORT_TENSOR
            and value_bytes < 0x80
            and words[np.uint64(begin + 8)] == _HEAD_1 | tensor + 12 << 8
            and head == _HEAD_2 | tensor + 2 << 24 | tensor << 40 | value_bytes << 56
        ):
            at = begin + 24
        else:
            entry, length = from_varint(words[np.uint64(begin + 9)])
            at = begin + 9 + length
            if data[np.uint64(begin + 8)] != 0x0A or at + entry != end:
                break
            if words[np.uint64(at)] != _NAME or data[np.uint64(at + 8)] != 0x12:
                break
            value, length = from_varint(words[np.uint64(at + 9)])
            at += 9 + length
            if at + value != end or data[np.uint64(at)] != 0x12:
                break
            tensor, length = from_varint(words[np.uint64(at + 1)])
            at += 1 + length
            if at + tensor != end:
                break
            value_bytes = np.int64(0)
            if at < end and data[np.uint64(at)] == 0x0A:
                value_bytes, length = from_varint(words[np.uint64(at + 1)])
                at += 1 + length
        if not 0 <= value_bytes <= end - at or value_bytes % 4:
            break
        count = value_bytes // 4
        if row + 1 >= indptr.size or nonzeros + count > indices.size:
            return begin, row, count

        if count and at + value_bytes == end:  # dense
            if count != width:
                break
            for i in range(count):
                bits = halves[np.uint64(at + 4 * i)]
                if bits & 0x7FFFFFFF:  # neither 0 nor -0
                    indices[nonzeros] = i
                    values[nonzeros] = bits
                    nonzeros += 1
        else:
            key = at + value_bytes
            if count:
                key_bytes, length = from_varint(words[np.uint64(key + 1)])
                if data[np.uint64(key)] != 0x12:
                    break
                key += 1 + length
                last = key + key_bytes
                if not key <= last <= end:
                    break
                for i in range(nonzeros, nonzeros + count):
                    number, length = from_varint(words[np.uint64(key)])
                    if key >= last or not 0 <= number < width:
                        key = -1
                        break
                    indices[np.uint64(i)] = number
                    key += length
                if key != last:
                    break
            if key >= end or data[np.uint64(key)] != 0x1A:
                break
            size, length = from_varint(words[np.uint64(key + 1)])
            key += 1 + length
            if key + size != end:
                break
            number, length = from_varint(words[np.uint64(key)])
            if number != width or key + length != end:
                break
            for i in range(count):
                values[np.uint64(nonzeros + i)] = halves[np.uint64(at + 4 * i)]
            nonzeros += count
        if labelled:
            labels[row] = halves[np.uint64(stop - 4)]
        row += 1
        indptr[row] = nonzeros
        begin = begin + 8 + (payload + 3 & ~3)
    return begin, row, np.int64(-1)
