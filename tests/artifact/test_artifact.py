"""Models as artefacts: a real one, round trips, and files that must not be trusted."""

from __future__ import annotations

import gzip
import io
import json
import math
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import artifact, recordio
from course_utils.artifact import ArtifactError, archive, ndarray
from course_utils.fm.model import FMParameters

HYPERPARAMETERS = {"epochs": "3", "bias_lr": "0.1", "mini_batch_size": "100"}


def model(d: int = 4, k: int = 2, task: str = "regressor", seed: int = 0) -> FMParameters:
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.normal(size=shape).astype(np.float32)  # noqa: E731
    return FMParameters(np.float32(3.25), draw(d), draw(d, k), task)


def assert_same(a: FMParameters, b: FMParameters) -> None:
    assert (a.w0, a.task) == (b.w0, b.task)
    np.testing.assert_array_equal(a.w, b.w)
    np.testing.assert_array_equal(a.V, b.V)


@pytest.fixture
def real_file(golden_dir) -> Path:
    return golden_dir / "fm-regressor-ml-100k-u1" / "model.tar.gz"


# ---- the real artefact ----


def test_a_real_model_predicts_as_its_log_says(golden_dir, real_file):
    job = artifact.load(real_file)
    assert job.params.task == "regressor"
    assert job.params.V.shape == (2625, 64)
    np.testing.assert_allclose(job.params.w[:3], [0.03414861, 0.0541822, -0.10261885], rtol=1e-6)
    assert job.hyperparameters["epochs"] == "50"
    assert len(job.hyperparameters) == 30
    with (real_file.parent / "test.protobuf").open("rb") as stream:
        X, y = recordio.read(stream)
    errors = job.params.predict(X).astype(np.float64) - y
    assert math.sqrt(np.mean(errors**2)) == pytest.approx(1.0002629948968227, abs=5e-7)
    assert np.mean(np.abs(errors)) == pytest.approx(0.7952481262207032, abs=5e-7)


def test_a_real_artefact_survives_a_round_trip_unchanged(real_file, tmp_path):
    job = artifact.load(real_file)
    artifact.save(tmp_path / "again.tar.gz", job.params, job.hyperparameters, mtime=job.mtime)
    again, real = (tmp_path / "again.tar.gz").read_bytes(), real_file.read_bytes()
    assert gzip.decompress(again) == gzip.decompress(real)  # the tar, and so model_algo-1 in it
    if "ng" not in zlib.ZLIB_RUNTIME_VERSION:  # zlib-ng, a rewrite of zlib, compresses differently
        assert again == real


def test_a_real_model_file_without_its_boxes(real_file, tmp_path):
    with tarfile.open(real_file) as tar:
        content = tar.extractfile("model_algo-1").read()
    (tmp_path / "model_algo-1").write_bytes(content)
    job = artifact.load(tmp_path / "model_algo-1")
    assert_same(job.params, artifact.load(real_file).params)
    assert artifact.model_file(job.params, job.hyperparameters, mtime=job.mtime) == content


def test_the_parts_of_a_real_artefact(real_file):
    with tarfile.open(real_file) as tar, zipfile.ZipFile(tar.extractfile("model_algo-1")) as members:
        params = members.read("params")
    assert len(params) == 275 + 2625 * (20 + 4 * 64)
    arrays = artifact.read_params(params)
    assert list(arrays) == ["arg:w1_weight", "arg:w0_weight", "arg:v"]
    assert artifact.write_params(arrays) == params
    np.testing.assert_array_equal(arrays["arg:v"].indices, np.arange(2625))


# ---- round trips ----


@settings(max_examples=25)
@given(
    d=st.integers(1, 30),
    k=st.integers(1, 5),
    task=st.sampled_from(["regressor", "binary_classifier"]),
    mtime=st.sampled_from([0, 315532800, 1682087221, 4354819198]),
    seed=st.integers(0, 9),
)
def test_what_was_saved_is_loaded(tmp_path_factory, d, k, task, mtime, seed):
    path = tmp_path_factory.mktemp("model") / "model.tar.gz"
    params = model(d, k, task, seed)
    artifact.save(path, params, HYPERPARAMETERS, mtime=mtime)
    job = artifact.load(path)
    assert_same(job.params, params)
    assert job.mtime == mtime
    sizes = {"feature_dim": str(d), "num_factors": str(k), "predictor_type": task}
    assert job.hyperparameters == HYPERPARAMETERS | sizes


def test_boxes_as_ordinary_tools_see_them(tmp_path):
    path = tmp_path / "model.tar.gz"
    artifact.save(path, model(), HYPERPARAMETERS, mtime=1682087221)
    with tarfile.open(path) as tar:
        (info,) = tar.getmembers()
        seen = (info.name, info.mode, info.uid, info.gid, info.uname, info.gname, info.mtime, info.isreg())
        assert seen == ("model_algo-1", 0o100644, 0, 0, "", "", 1682087221, True)
        content = tar.extractfile(info).read()
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        assert members.testzip() is None
        assert members.namelist() == ["meta.json", "symbol.json", "params"]
        assert len(content) == sum(entry.file_size for entry in members.infolist()) + 302
        assert members.infolist()[0].date_time == (2023, 4, 21, 14, 27, 0)
        meta = json.loads(members.read("meta.json"))
    assert list(meta) == ["version", "epoch_number", "training_parameters", "label_names"]


def test_the_same_model_makes_the_same_file(tmp_path):
    for name in ("a", "b"):
        artifact.save(tmp_path / name, model(), HYPERPARAMETERS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_hyperparameters_are_enough(tmp_path):
    artifact.save(tmp_path / "m", model(), {})
    assert_same(artifact.load(tmp_path / "m").params, model())


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ({"feature_dim": "5"}, "feature_dim is '5', but the parameters say '4'"),
        ({"num_factors": "64"}, "num_factors is '64', but the parameters say '2'"),
        ({"predictor_type": "binary_classifier"}, "predictor_type is 'binary_classifier'"),
        ({"bias_lr": "fast"}, "not usable"),
        ({"linear_init_method": "uniform"}, "linear_init_scale"),
    ],
)
def test_hyperparameters_that_contradict_the_model(tmp_path, hyperparameters, message):
    with pytest.raises(ArtifactError, match=message):
        artifact.save(tmp_path / "m", model(), hyperparameters)
    assert not (tmp_path / "m").exists()


def test_models_that_no_artefact_can_hold(tmp_path, monkeypatch):
    for d, k in ((4, 0), (0, 2), (0, 0)):
        with pytest.raises(ArtifactError, match=rf"shape \({d}, {k}\).*one column and one factor"):
            artifact.save(tmp_path / "m", model(d, k), {})
    for mtime in (-1, 4354819200, 2**63):
        with pytest.raises(ArtifactError, match=f"mtime is {mtime}; expected Unix seconds"):
            artifact.save(tmp_path / "m", model(), {}, mtime=mtime)
    monkeypatch.setattr("course_utils.artifact.model.MAX_BYTES", 4000)
    with pytest.raises(ArtifactError, match="more than 4000"):
        artifact.save(tmp_path / "m", model(100), {})
    assert not (tmp_path / "m").exists()


def test_numbers_at_the_ends_of_float32_survive(tmp_path):
    least, most = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max
    params = FMParameters(
        -most, np.float32([0, -0.0, least, most]), np.float32([[least], [most], [-most], [0]])
    )
    artifact.save(tmp_path / "m", params, {})
    loaded = artifact.load(tmp_path / "m").params
    assert_same(loaded, params)
    np.testing.assert_array_equal(np.signbit(loaded.w), np.signbit(params.w))
    loaded.V[:] = 0  # what was loaded is the reader's own


# ---- files that must not be trusted ----


def tarred(*members: tuple[tarfile.TarInfo, bytes], form=tarfile.GNU_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", format=form) as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


MODEL = artifact.model_file(model(), HYPERPARAMETERS)


@pytest.mark.parametrize(
    "members",
    [
        [(named("../model_algo-1"), MODEL)],
        [(named("/etc/model_algo-1"), MODEL)],
        [(named("model_algo-1"), MODEL), (named("../../.bashrc"), b"x")],
        [(named("model_algo-1", tarfile.SYMTYPE, "/etc/passwd"), b"")],
        [(named("model_algo-1", tarfile.LNKTYPE, "/etc/passwd"), b"")],
        [(named("model_algo-1", tarfile.CHRTYPE), b"")],
        [(named("model_algo-1", tarfile.DIRTYPE), b"")],
        [(named("model_algo-1"), MODEL), (named("model_algo-1"), MODEL)],
        [],
    ],
    ids=["above", "absolute", "extra", "symlink", "hard link", "device", "folder", "twice", "empty"],
)
def test_unexpected_tar_members_are_refused(tmp_path, members):
    (tmp_path / "model.tar.gz").write_bytes(tarred(*members))
    with pytest.raises(ArtifactError, match="expected model_algo-1 alone"):
        artifact.load(tmp_path / "model.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]


def test_a_sparse_tar_member_is_refused(tmp_path):
    """A file of holes: a few bytes that read as 8 GiB of zeros."""
    info = named("model_algo-1")
    info.pax_headers = {"GNU.sparse.map": "0,4", "GNU.sparse.size": str(2**33), "GNU.sparse.numblocks": "1"}
    (tmp_path / "m").write_bytes(tarred((info, b"PK\3\4"), form=tarfile.PAX_FORMAT))
    with pytest.raises(ArtifactError, match="as a plain file"):
        artifact.load(tmp_path / "m")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_model_that_was_packed_again_is_read(tmp_path, form):
    (tmp_path / "m").write_bytes(tarred((named("model_algo-1"), MODEL), form=form))
    assert_same(artifact.load(tmp_path / "m").params, model())


def zipped(compression=zipfile.ZIP_STORED, **members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as box:
        for name, content in members.items():
            box.writestr(name, content)
    return stream.getvalue()


def real_members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(MODEL)) as box:
        return {name: box.read(name) for name in box.namelist()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(**real_members() | {"../evil": b"x"}), r"holds .*expected"),
        (zipped(**{"meta.json": b"{}"}), r"holds \['meta.json'\]; expected"),
        (zipped(zipfile.ZIP_DEFLATED, **real_members()), "compressed"),
        (zipped(**real_members() | {"meta.json": b"{"}), "does not describe a factorization machine"),
        (
            zipped(**real_members() | {"meta.json": b"[" * 100_000}),
            "does not describe a factorization machine",
        ),
        (zipped(**real_members() | {"meta.json": b"{}"}), "meta.json lacks 'training_parameters'"),
        (zipped(**real_members() | {"meta.json": b"[]"}), "does not describe"),
        (zipped(**real_members() | {"meta.json": b'{"training_parameters": {}}'}), "lacks 'feature_dim'"),
        (MODEL[:-30], "damaged zip"),
        (MODEL.replace(b'"feature_dim": "4"', b'"feature_dim": "5"'), "damaged zip.*CRC"),
    ],
)
def test_damaged_model_files_are_refused(tmp_path, content, message):
    (tmp_path / "model_algo-1").write_bytes(content)
    with pytest.raises(ArtifactError, match=message):
        artifact.load(tmp_path / "model_algo-1")


def test_meta_and_parameters_must_agree(tmp_path):
    members = real_members()
    for old, new, message in (
        (b'"feature_dim": "4"', b'"feature_dim": "5"', "feature_dim is 5, but the parameters have 4"),
        (b'"num_factors": "2"', b'"num_factors": "3"', "num_factors is 3"),
        (b"regressor", b"forester", "task must be one of"),
    ):
        changed = members | {"meta.json": members["meta.json"].replace(old, new)}
        (tmp_path / "m").write_bytes(zipped(**changed))
        with pytest.raises(ArtifactError, match=message):
            artifact.load(tmp_path / "m")


def test_models_of_other_algorithms_are_named(tmp_path):
    arrays = {"arg:fc_weight": np.zeros((2, 2), np.float32)}
    (tmp_path / "m").write_bytes(zipped(**real_members() | {"params": artifact.write_params(arrays)}))
    with pytest.raises(ArtifactError, match=r"arrays \['arg:fc_weight'\].*another algorithm"):
        artifact.load(tmp_path / "m")
    arrays = dict.fromkeys(("arg:w1_weight", "arg:w0_weight", "arg:v"), np.zeros((2, 2), np.float32))
    (tmp_path / "m").write_bytes(zipped(**real_members() | {"params": artifact.write_params(arrays)}))
    with pytest.raises(ArtifactError, match="Shapes"):
        artifact.load(tmp_path / "m")


def test_something_else_altogether(tmp_path):
    for content in (b"", b"hello", b"%PDF-1.7"):
        (tmp_path / "m").write_bytes(content)
        with pytest.raises(ArtifactError, match=r"neither a model\.tar\.gz"):
            artifact.load(tmp_path / "m")
    with pytest.raises(FileNotFoundError):
        artifact.load(tmp_path / "absent")


def test_a_gzip_bomb_stops_at_the_cap(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 20)
    (tmp_path / "m").write_bytes(gzip.compress(bytes(1 << 25)))
    tracemalloc.start()
    with pytest.raises(ArtifactError, match=r"more than 1048576 bytes"):
        artifact.load(tmp_path / "m")
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()


PACKED = archive.pack(MODEL, 0)


@pytest.mark.parametrize("keep", [2, 9, 10, 50, len(PACKED) // 2, len(PACKED) - 9, len(PACKED) - 1])
def test_a_download_that_broke_off(tmp_path, keep):
    (tmp_path / "m").write_bytes(PACKED[:keep])
    with pytest.raises(ArtifactError, match=r"cut short|damaged"):
        artifact.load(tmp_path / "m")


@settings(max_examples=150)
@given(
    content=st.sampled_from([MODEL, PACKED, gzip.decompress(PACKED)]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_damage_anywhere_is_an_artifact_error(tmp_path_factory, content, changes):
    data = bytearray(content)
    for at, byte in changes:
        data[at % len(data)] = byte
    if content[:2] != PACKED[:2] and content != MODEL:  # damage inside of an intact gzip
        data = bytearray(gzip.compress(data, 1))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data)
    try:
        params = artifact.load(path).params
    except ArtifactError:
        return
    assert isinstance(params, FMParameters)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE], ids=["long name", "pax"])
def test_a_tar_that_announces_names_without_end(tmp_path, kind):
    """Python's tarfile reads a header that belongs to the next one by calling itself."""
    header = named("././@LongLink", kind)
    header.size = archive.TAR_BLOCK
    content = b"20 path=aaaaaaaaaaa\n".ljust(archive.TAR_BLOCK, b"\0")
    (tmp_path / "m").write_bytes(gzip.compress(3000 * (header.tobuf() + content)))
    with pytest.raises(ArtifactError, match="damaged"):
        artifact.load(tmp_path / "m")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["training_parameters", "feature_dim", "num_factors", "predictor_type"]), inner
        )
    ),
    max_leaves=6,
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=200)
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=80).map(lambda tail: archive.ZIP_MAGIC + tail),
        st.binary(max_size=80).map(lambda tail: archive.GZIP_HEADER + tail),
        st.binary(max_size=1024).map(gzip.compress),
        st.binary(max_size=80).map(lambda inner: tarred((named("model_algo-1"), inner))),
        st.builds(
            lambda meta, params: zipped(**real_members() | {"meta.json": meta, "params": params}),
            ANY_JSON | st.binary(max_size=20),
            st.binary(max_size=80).map(lambda tail: struct.pack("<QQQ", ndarray.LIST_MAGIC, 0, 3) + tail),
        ),
        ANY_JSON.map(lambda meta: zipped(**real_members() | {"meta.json": meta})),
    )
)
def test_whatever_is_no_model_is_an_artifact_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "anything"
    path.write_bytes(content)
    with pytest.raises(ArtifactError):
        artifact.load(path)


# ---- the list of arrays ----


def test_known_bytes_of_a_list():
    """The layout of MXNet's ndarray.cc, put together by hand."""
    u64, i32 = struct.Struct("<Q").pack, struct.Struct("<i").pack
    shape = lambda *dims: i32(len(dims)) + b"".join(map(u64, dims))  # noqa: E731
    cpu, float32, int64, magic = i32(1) + i32(0), i32(0), i32(6), bytes.fromhex("c9fa93f9")
    expected = u64(0x112) + u64(0) + u64(2)
    expected += magic + i32(1) + shape(2, 1) + shape(5, 1) + cpu + float32 + int64 + shape(2)
    expected += struct.pack("<ff", 0.5, -2) + struct.pack("<qq", 1, 4)
    expected += magic + i32(0) + shape(3) + cpu + float32 + struct.pack("<fff", 1, 2, 3)
    expected += u64(2) + u64(5) + b"arg:v" + u64(1) + b"b"
    arrays = {
        "arg:v": artifact.RowSparse(np.float32([[0.5], [-2]]), np.array([1, 4]), (5, 1)),
        "b": np.float32([1, 2, 3]),
    }
    assert artifact.write_params(arrays) == expected
    back = artifact.read_params(expected)
    assert list(back) == ["arg:v", "b"]
    assert back["arg:v"].to_dense().tolist() == [[0], [0.5], [0], [0], [-2]]
    assert back["b"].tolist() == [1, 2, 3]
    assert artifact.write_params(back) == expected


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "u1", "i4", "i1", "i8"])
def test_other_types_of_number(dtype):
    array = np.arange(6).reshape(3, 2).astype(dtype)
    np.testing.assert_array_equal(artifact.read_params(artifact.write_params({"x": array}))["x"], array)
    with pytest.raises(ArtifactError, match="no arrays of complex64"):
        artifact.write_params({"x": array.astype(np.complex64)})


def test_rows_that_are_not_stored_are_zero(tmp_path):
    params = model(6, 3)
    rows = np.array([0, 2, 5])
    arrays = {
        "arg:w1_weight": artifact.RowSparse(params.w[rows, None], rows, (6, 1)),
        "arg:w0_weight": np.float32([params.w0]),
        "arg:v": artifact.RowSparse(params.V[rows[1:]], rows[1:], (6, 3)),
    }
    meta = {"training_parameters": {"feature_dim": "6", "num_factors": "3", "predictor_type": "regressor"}}
    members = {"meta.json": json.dumps(meta).encode(), "params": artifact.write_params(arrays)}
    (tmp_path / "m").write_bytes(zipped(**real_members() | members))
    loaded = artifact.load(tmp_path / "m").params
    stored = np.isin(np.arange(6), rows)
    np.testing.assert_array_equal(loaded.w, np.where(stored, params.w, 0))
    stored[0] = False
    np.testing.assert_array_equal(loaded.V, np.where(stored[:, None], params.V, 0))


TWO_ROWS = artifact.RowSparse(np.ones((2, 3), np.float32), np.array([0, 4]), (5, 3))
LIST = artifact.write_params({"v": TWO_ROWS, "b": np.ones(4, np.float32)})
# The fields of the first array begin at: magic 24, storage type 28, shape of the stored rows 32, shape 52,
# device 72, type of values 80, type of row numbers 84, how many 88, values 100, row numbers 124.


@pytest.mark.parametrize("keep", range(0, len(LIST), 7))
def test_a_list_cut_short(keep):
    with pytest.raises(ArtifactError, match="cut short"):
        artifact.read_params(LIST[:keep])


@pytest.mark.parametrize(
    ("at", "form", "value", "message"),
    [
        (0, "<Q", 0x113, "no MXNet parameter file"),
        (16, "<Q", 2**60, "cut short|header"),
        (16, "<Q", 1, "holds 1 arrays, but|header"),
        (24, "<I", 0xF993FAC8, "header 0xf993fac8"),
        (28, "<i", 2, "storage type 2"),
        (32, "<i", 2**31 - 1, "2147483647 dimensions"),
        (32, "<i", 0, "0 dimensions"),
        (32, "<i", -1, "-1 dimensions"),
        (36, "<q", 2**62, "cut short or corrupt"),
        (36, "<q", -2, "negative shape"),
        (44, "<q", 2**62, "cut short or corrupt"),
        (56, "<q", 4, "do not rise from 0 to at most 3"),
        (64, "<q", 4, "do not fit together"),
        (80, "<i", 99, "type 99"),
        (84, "<i", 0, "do not fit|cut short"),
        (92, "<q", 1, "do not fit|cut short|header"),
        (124, "<q", -1, "do not rise"),
        (124, "<q", 4, "do not rise"),
        (132, "<q", 5, "do not rise"),
        (len(LIST) - 1, "<B", ord("v"), "names an array twice"),
    ],
)
def test_corrupt_lists_are_named(at, form, value, message):
    data = bytearray(LIST)
    struct.pack_into(form, data, at, value)
    with pytest.raises(ArtifactError, match=message):
        artifact.read_params(bytes(data))


def test_bytes_behind_the_end():
    with pytest.raises(ArtifactError, match="behind its end"):
        artifact.read_params(LIST + b"x")


def test_an_absurd_shape_allocates_nothing():
    data = bytearray(LIST)
    struct.pack_into("<q", data, 56, 2**40)  # rows of the whole array: only two are stored
    tracemalloc.start()
    array = artifact.read_params(bytes(data))["v"]
    with pytest.raises(ArtifactError, match="more than 1073741824 bytes"):
        array.to_dense()
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@settings(max_examples=200)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(LIST) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_damaged_lists_never_crash(changes):
    data = bytearray(LIST)
    for at, byte in changes:
        data[at] = byte
    try:
        arrays = artifact.read_params(bytes(data))
        for array in arrays.values():
            if isinstance(array, artifact.RowSparse) and math.prod(array.shape) < ndarray.MAX_BYTES // 64:
                array.to_dense()
    except ArtifactError:
        return
