"""The writer against Google's protobuf runtime and against files that the real SDK wrote."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from course_utils import recordio
from course_utils.recordio import writer

pytestmark = pytest.mark.usefixtures("way")


def written(X, y=None) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


def pairs(n: int, d: int = 2625, seed: int = 0) -> tuple[sparse.csr_array, np.ndarray]:
    """Rows with two ones, as ratings of a user and a film are, with whole stars as labels."""
    rng = np.random.default_rng(seed)
    user, film = rng.integers(0, d // 2, n), rng.integers(d // 2, d, n)
    indices = np.stack([user, film], axis=1).ravel()
    X = sparse.csr_array((np.ones(2 * n, np.float32), indices, np.arange(0, 2 * n + 1, 2)), shape=(n, d))
    return X, rng.integers(1, 6, n).astype(np.float32)


def test_known_bytes():
    """The annotated record of a real file, typed in by hand."""
    X = sparse.csr_array((np.float32([1, 1]), np.array([0, 948]), np.array([0, 2])), shape=(1, 2625))
    assert written(X, np.float32([5])) == bytes.fromhex(
        "0a23d7ce 35000000 0a1f 0a0676616c756573 1215 1213 0a080000803f0000803f 120300b407 1a02c114"
        "1212 0a0676616c756573 1208 1206 0a040000a040 000000"
    )


def test_same_bytes_as_the_sdk(golden_dir):
    folder = golden_dir / "fm-regressor-ml-latest-small"
    labels, rows = [], []
    for line in (folder / "user_movie_test.svm").read_text().splitlines():
        label, *entries = line.split()
        labels.append(float(label))
        rows.append([int(entry.split(":")[0]) for entry in entries])
    indices = np.array(rows).ravel()
    X = sparse.csr_array(
        (np.ones(len(indices), np.float32), indices, np.arange(0, len(indices) + 1, 2)),
        shape=(len(rows), 10334),
    )
    assert written(X, np.array(labels, np.float32)) == (folder / "user_movie_test.recordio").read_bytes()


def test_reading_and_writing_a_real_test_file_changes_nothing(golden_dir):
    data = (golden_dir / "fm-regressor-ml-100k-u1" / "test.protobuf").read_bytes()
    X, y = recordio.read(io.BytesIO(data))
    assert X.shape == (20000, 2625)
    assert written(X, y) == data


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(
    ("rows", "d"),
    [
        ([{}, {}], 5),
        ([{3: 1.0}, {}, {0: 2.5, 4: -1.0}], 5),
        ([{0: 1.0}], 1),
        ([dict.fromkeys(range(20), 0.5), {127: 1, 128: 2, 16383: 3, 16384: 4}], 20000),
        ([{2**28 - 1: 1, 2**28: 1, 2**28 + 5: 1, 2**35: 1, 2**62: 1}], 2**63 - 1),
        ([{7: 0.0, 2: -0.0, 5: 1.0}], 8),
        ([dict.fromkeys(range(4000), 1.0), dict.fromkeys(range(0, 40000, 3), 1.0)], 40000),
    ],
    ids=["empty", "mixed", "one column", "varint edges", "huge keys", "unsorted zeros", "wide"],
)
def test_same_bytes_as_protobuf(reference, matrix, rows, d, labelled):
    X = matrix(rows, d)
    y = np.linspace(-1, 5, len(rows), dtype=np.float32) if labelled else None
    assert written(X, y) == reference.write(X, y)


@pytest.mark.parametrize("d", [60, 127, 128, 2**14, 2**21, 2**28, 2**35, 2**62])
def test_lengths_of_one_byte_become_two(reference, matrix, d):
    """Rows of ever more non-zeros, with keys as long as they get: each length passes 127 somewhere."""
    X = matrix([{d - 1 - i: 1.0 for i in range(n)} for n in range(45)], d)
    for y in (None, np.arange(45, dtype=np.float32)):
        assert written(X, y) == reference.write(X, y)


ROWS = st.lists(
    st.dictionaries(
        st.integers(0, 2**40 - 1), st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=40
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100)
@given(
    rows=ROWS, d=st.sampled_from([2**7, 2**14, 2**21, 2**28, 2**32, 2**40, 2**63 - 1]), labelled=st.booleans()
)
def test_same_bytes_as_protobuf_for_any_rows(reference, matrix, rows, d, labelled):
    rows = [{key % d: value for key, value in row.items()} for row in rows]
    X = matrix(rows, d)
    y = np.arange(len(rows), dtype=np.float32) if labelled else None
    data = written(X, y)
    assert data == reference.write(X, y)
    for record, row in zip(reference.read(data), rows, strict=True):
        tensor = record.features["values"].float32_tensor
        assert dict(zip(tensor.keys, tensor.values, strict=True)) == row


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("d", [1, 5, 31, 32, 784, 5000])
def test_dense_rows_as_protobuf_writes_them(reference, d, labelled):
    X = np.random.default_rng(0).normal(size=(7, d)).astype(np.float32)
    y = np.arange(7, dtype=np.float32) if labelled else None
    assert written(X, y) == reference.write(X, y)
    assert written(np.asfortranarray(X), y) == reference.write(X, y)


def test_pieces_join_seamlessly(reference, monkeypatch):
    X, y = pairs(50)
    whole = written(X, y)
    for size in (0, 300, 640):  # a piece holds at least the largest record
        monkeypatch.setattr(writer, "PIECE_BYTES", size)
        assert written(X, y) == whole == reference.write(X, y)
        assert written(X.toarray()[:, :300], y) == reference.write(X.toarray()[:, :300], y)


def test_no_rows_give_no_bytes():
    assert written(sparse.csr_array((0, 4), dtype=np.float32)) == b""


@pytest.mark.parametrize("form", ["coo", "csc", "lil", "csr_matrix"])
def test_other_sparse_formats_are_converted(form):
    X, y = pairs(30)
    other = sparse.csr_matrix(X) if form == "csr_matrix" else X.asformat(form)
    assert written(other, y) == written(X.sorted_indices(), y)


# ---- shards ----


def test_shards_join_to_the_whole_and_keep_their_limit(tmp_path):
    X, y = pairs(5000)
    whole = written(X, y)
    paths = recordio.write_shards(tmp_path / "train", X, y, max_bytes=100_000)
    assert [path.name for path in paths] == [f"part-{i:05}.pbr" for i in range(len(paths))]
    assert sorted((tmp_path / "train").iterdir()) == paths
    assert b"".join(path.read_bytes() for path in paths) == whole
    assert all(path.stat().st_size <= 100_000 for path in paths)
    assert len(paths) == -(-5000 // (100_000 // 64))  # as few as whole records of 64 bytes allow


@settings(max_examples=40)
@given(rows=ROWS, max_bytes=st.integers(60, 1500), dense=st.booleans())
def test_shards_of_any_rows(matrix, tmp_path_factory, rows, max_bytes, dense):
    X = matrix([{key % 50: value for key, value in row.items()} for row in rows], 50)
    X = X.toarray() if dense else X
    folder = tmp_path_factory.mktemp("shards")
    sizes = [len(written(X[[i]])) for i in range(X.shape[0])]
    if max(sizes) > max_bytes:
        with pytest.raises(recordio.RecordIOError, match=rf"Row {np.argmax(sizes)} takes {max(sizes)} bytes"):
            recordio.write_shards(folder, X, max_bytes=max_bytes)
        return
    paths = recordio.write_shards(folder, X, max_bytes=max_bytes)
    contents = [path.read_bytes() for path in paths]
    assert b"".join(contents) == written(X)
    assert all(len(content) <= max_bytes for content in contents)
    for content, following in pairwise(contents):
        first = recordio.inspect(following)
        assert len(content) + first[-1].stop > max_bytes  # the next record would not have fitted


def test_a_shard_may_be_exactly_full(tmp_path):
    X, y = pairs(5)  # 64 bytes each
    paths = recordio.write_shards(tmp_path, X, y, max_bytes=128)
    assert [path.stat().st_size for path in paths] == [128, 128, 64]


def test_shards_replace_those_of_an_earlier_call_and_nothing_else(tmp_path):
    X, y = pairs(100)
    recordio.write_shards(tmp_path, X, y, max_bytes=640)
    (tmp_path / "notes.txt").write_text("mine")
    assert len(recordio.write_shards(tmp_path, X, y)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "part-00000.pbr"]


def test_shards_of_nothing_are_refused_and_leave_earlier_ones(tmp_path):
    X, y = pairs(3)
    recordio.write_shards(tmp_path, X, y)
    with pytest.raises(recordio.RecordIOError, match="no rows"):
        recordio.write_shards(tmp_path, X[:0], y[:0])
    with pytest.raises(recordio.RecordIOError, match="row 0 of y is nan"):
        recordio.write_shards(tmp_path, X, y * np.float32("nan"))
    assert len(list(tmp_path.iterdir())) == 1


# ---- what is refused ----


class Untouched:
    def write(self, data):
        raise AssertionError("nothing may be written before X and y are checked")


def broken(change) -> tuple:
    X, y = pairs(6)
    X.data[:] = np.arange(1, 13)
    return change(X, y)


def with_entry(position, value):
    def change(X, y):
        X.data[position] = value
        return X, y

    return change


def with_key(position, key):
    def change(X, y):
        X.indices[position] = key
        return X, y

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X.astype(np.float64), y), r"X holds float64.*X\.astype\(np\.float32\)"),
        (lambda X, y: (X.astype(np.int64), y), r"X holds int64.*X\.astype\(np\.float32\)"),
        (lambda X, y: (X.toarray().astype(np.float64), y), r"X holds float64"),
        (lambda X, y: (X, y.astype(np.float64)), r"y holds float64.*y\.astype\(np\.float32\)"),
        (with_entry(5, np.nan), r"row 2, column \d+ of X is nan.*before encoding"),
        (with_entry(11, np.inf), r"row 5, column \d+ of X is inf"),
        (lambda X, y: (with_entry(0, -np.inf)(X, y)[0].toarray(), y), r"row 0, column \d+ of X is -inf"),
        (lambda X, y: (X, np.float32([1, 2, np.nan, 4, 5, 6])), r"row 2 of y is nan"),
        (lambda X, y: (X, y[:-1]), r"y has shape \(5,\).*one label per row, shape \(6,\)"),
        (lambda X, y: (X, y[:, None]), r"y has shape \(6, 1\).*y\.ravel\(\)"),
        (with_key(6, -1), r"Row 3 of X names column -1; expected 0 to 2624"),
        (with_key(7, 2625), r"Row 3 of X names column 2625; expected 0 to 2624.*FeatureMap"),
        (lambda X, y: with_key(5, X.indices[4])(X, y), r"Row 2 of X names column \d+ twice.*sum_duplicates"),
        (lambda X, y: (X.toarray()[0], y), r"X has shape \(2625,\).*X\.reshape\(1, -1\)"),
        (lambda X, y: (X.toarray()[None], y), r"X has shape \(1, 6, 2625\); expected two dimensions"),
        (lambda X, y: (X.toarray().tolist(), y), r"X is a list.*FeatureMap"),
        (lambda X, y: (X[:, :0], y), r"X has no columns"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(change, message):
    X, y = broken(change)
    with pytest.raises(recordio.RecordIOError, match=message):
        recordio.write(Untouched(), X, y)


def test_unsorted_rows_with_a_repeated_column_are_refused():
    X = sparse.csr_array(
        (np.ones(5, np.float32), np.array([1, 0, 3, 1, 3]), np.array([0, 2, 5])), shape=(2, 4)
    )
    with pytest.raises(recordio.RecordIOError, match="Row 1 of X names column 3 twice"):
        recordio.write(Untouched(), X)
    assert X.indices.tolist() == [1, 0, 3, 1, 3]  # the caller's matrix is left as it was


def test_arrays_that_do_not_fit_together_are_refused():
    for indptr in ([1, 2, 2], [0, 3, 2], [0, 1, 9]):
        X, _ = pairs(2)
        X.indptr = np.array(indptr, X.indptr.dtype)
        with pytest.raises(recordio.RecordIOError, match="X is not a valid sparse matrix: "):
            recordio.write(Untouched(), X)


def test_entries_behind_the_last_row_are_left_out():
    X, y = pairs(5)
    roomy = X.copy()
    roomy.data = np.append(X.data, np.float32("nan"))
    roomy.indices = np.append(X.indices, -1).astype(X.indices.dtype)
    assert written(roomy, y) == written(X, y)
    assert len(roomy.data) == 11


def test_a_row_may_not_reach_the_length_limit(monkeypatch):
    monkeypatch.setattr(writer, "LENGTH_LIMIT", 64)
    X, y = pairs(3)
    assert written(X, y)  # 53 bytes each
    wide = sparse.csr_array(np.ones((1, 40), np.float32))
    for form in (wide, wide.toarray()):
        with pytest.raises(
            recordio.RecordIOError, match=r"Row 0 takes \d{3} bytes; RecordIO allows 72 in a record"
        ):
            written(form)
