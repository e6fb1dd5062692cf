"""Benchmarks: each can be started, and what they share does what it says. Nothing here is timed."""

from __future__ import annotations

import importlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PARTS = {"report", "peers", "adam_torch"}  # of other benchmarks; the last is for a Python that has PyTorch
COMMANDS = [path for path in sorted(BENCHMARKS.glob("*.py")) if path.stem not in PARTS]


@pytest.fixture(autouse=True)
def as_from_the_folder(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # benchmarks set them; here they are put back


@pytest.fixture
def report():
    return importlib.import_module("report")


@pytest.fixture
def peers(monkeypatch, tmp_path):
    module = importlib.import_module("peers")
    monkeypatch.setattr(module, "PEERS", tmp_path / "peers")
    monkeypatch.delenv("LIBFM", raising=False)
    return module


def cells(markdown: str) -> list[list[str]]:
    """The rows of the one table in it, headings first."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_every_benchmark_explains_itself(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert ended.value.code == 0
    assert f"usage: {path.name}" in capsys.readouterr().out


def test_a_table_is_markdown(report, capsys):
    rows = ([k, "ALS", 1234.5 * k, None, np.float32(0.5)] for k in (8, 16))
    report.Report("x", "Intro.").table("Speed", ["k", "solver", "ours", "peer", "a | b"], rows, "A note.")
    printed = capsys.readouterr().out
    assert printed.startswith("Intro.\n\n## Speed\n\n| k |")
    assert printed.rstrip().endswith("\n\nA note.")
    head, sides, *body = cells(printed.replace("\\|", "or"))
    assert head == ["k", "solver", "ours", "peer", "a or b"]
    assert sides == ["--:", "---", "--:", "---", "--:"]
    assert body == [["8", "ALS", "9,876", "–", "0.5"], ["16", "ALS", "19,752", "–", "0.5"]]


def test_rows_are_printed_as_they_come(report, capsys):
    def rows():
        yield ["first", 1]
        assert "| first | 1 |" in capsys.readouterr().out
        yield ["second", 2]

    report.Report("x", "Intro.").table("Slow", ["name", "number"], rows())


def test_a_row_of_another_length_is_refused(report):
    with pytest.raises(ValueError, match=r"columns \['a', 'b'\], but a row holds \[1, 2, 3\]"):
        report.Report("x", "Intro.").table("T", ["a", "b"], [[1, 2, 3]])


def test_a_saved_report_says_where_it_came_from(report, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(sys, "argv", [str(BENCHMARKS / "x.py"), "--rows", "5", "--data", str(tmp_path)])
    made = report.Report("x", "Intro.")
    made.text("A paragraph.")
    made.table("T", ["a"], [[1]])
    text = made.save().read_text(encoding="utf-8")
    assert text.startswith("# x\n\nIntro.\n\n```\npython benchmarks/x.py --rows 5 --data ")
    assert str(tmp_path) not in text
    assert f"NumPy {np.__version__}" in text
    assert text.index("A paragraph.") < text.index("## T")
    assert text.endswith("| 1 |\n")


def test_contestants_take_turns(report):
    calls, now = [], [0.0]

    def takes(name, seconds):
        def run():
            calls.append(name)
            now[0] += seconds

        return run

    times = report.timed({"a": takes("a", 1), "b": takes("b", 2)}, 3, clock=lambda: now[0])
    assert calls == ["a", "b"] * 3
    assert times == {"a": [1, 1, 1], "b": [2, 2, 2]}


def test_the_clock_counts_children_that_have_ended(report):
    before = report.cpu_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    assert report.cpu_seconds() - before > 0.05


def test_an_environment_is_made_once(peers, monkeypatch):
    commands = []

    def call(command, complaint):
        commands.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)

    monkeypatch.setattr(peers, "_call", call)
    python = peers.environment("x", ["a", "b"])
    assert peers.environment("x", ["a", "b"]) == python
    assert python.is_relative_to(peers.PEERS / "x")
    assert [command[-2:] for command in commands] == [["venv", str(peers.PEERS / "x")], ["a", "b"]]
    peers.environment("x", ["a"])
    assert len(commands) == 4


def test_a_peer_that_cannot_be_had_is_named(peers, monkeypatch):
    with pytest.raises(peers.PeerUnavailable, match=r"^no luck: .*is not installed"):
        peers._call(["surely-no-such-program"], "no luck")
    with pytest.raises(peers.PeerUnavailable, match=r"^no luck: ValueError: because$"):
        peers._call([sys.executable, "-c", "raise ValueError('because')"], "no luck")
    monkeypatch.setenv("LIBFM", "surely/no/such/program")
    with pytest.raises(peers.PeerUnavailable, match="LIBFM names 'surely/no/such/program'"):
        peers.libfm()


def test_libfm_reads_rows_as_text(peers, tmp_path):
    X = csr_array(np.array([[1, 0, 0.5], [0, 0, 0], [0, 2, 0]], np.float32))
    path = peers.libfm_file(tmp_path / "rows", X, np.array([4, 3.5, 1]))
    assert path.read_text() == "4 0:1 2:0.5\n3.5 \n1 1:2\n"


def test_libfm_is_asked_and_read(peers, monkeypatch, tmp_path):
    asked = {}

    def call(command, complaint):
        asked.update(zip(command[1::2], command[2::2], strict=True))
        log = "time_learn\trmse_mcmc_this\trmse_mcmc_all_but5\n0.5\t0.9\tnan\n0.25\t0.8\t0.7\n"
        Path(asked["-rlog"]).write_text(log)
        Path(asked["-out"]).write_text("3\n4.5\n")
        if "-meta" in asked:
            asked["groups"] = Path(asked["-meta"]).read_text()

    monkeypatch.setattr(peers, "_call", call)
    monkeypatch.setenv("LIBFM", sys.executable)
    train, test = tmp_path / "train", tmp_path / "test"
    run = peers.run_libfm(train, test, "als", 8, 2, "-regular", "0,5,15", seed=3)
    assert (run.seconds, run.prediction.tolist(), run.test_rmse) == ([0.5, 0.25], [3, 4.5], 0.8)
    assert "-meta" not in asked
    assert peers.run_libfm(train, test, "mcmc", 8, 2, groups=np.array([0, 0, 1])).test_rmse == 0.7
    assert asked["groups"].split() == ["0", "0", "1"]
    expected = {"-train": str(train), "-test": str(test), "-dim": "1,1,8", "-iter": "2", "-regular": "0,5,15"}
    assert expected.items() <= asked.items()


def test_the_median_iteration_counts_without_the_first(peers):
    solvers = importlib.import_module("solvers")
    runs = iter([[9, 1, 1, 7], [9, 3, 3, 3], [9, 2, 2, 2]])
    contestant = lambda: peers.PeerRun(next(runs), np.zeros(0), 0.5)  # noqa: E731
    assert solvers.contest({"a": contestant}, 3) == {"a": solvers.Result(2000, 0.5)}


def test_exponents_and_the_memory_limit():
    scaling = importlib.import_module("scaling")
    assert scaling.exponent([1, 2, 4], [3, 3 * 2**1.5, 3 * 4**1.5]) == pytest.approx(1.5)
    size = scaling.Size(rows=100, nonzeros=3, k=4)
    X, y = scaling.random_rows(size, ones=False)
    w_and_V = X.nnz * (1 + size.k)
    assert size.bytes() == 4 * (len(X.indices) + len(X.data) + len(y) + w_and_V)
    assert (np.diff(X.indptr) == 3).all()
    assert (X.indices.reshape(-1, 3) // (scaling.COLUMNS // 3) == [0, 1, 2]).all()


def test_the_figure_says_what_was_found():
    scaling = importlib.import_module("scaling")
    linear = {p.title: {"ALS": [x / 1e6 for x in p.sizes]} for p in scaling.PANELS}
    fig = scaling.figure(linear, 1e10)
    assert fig.get_suptitle() == "The cost of a pass grows no faster than rows, non-zeros and factors"
    assert fig.axes[0].get_title() == "Twice the rows: 2.0 to 2.0 times the time"
    linear["Factors"]["ALS"] = [k**2 / 1e6 for k in scaling.PANELS[-1].sizes]
    assert scaling.figure(linear, 1e10).get_suptitle().endswith("an exponent of up to 2.0")


def test_the_readme_quotes_what_was_measured():
    """Each number in a line of its engine tables stands in the result file that the line names."""
    section = (BENCHMARKS.parent / "README.md").read_text(encoding="utf-8").partition("## The engine")[2]
    lines = [
        line
        for line in section.partition("\n## ")[0].splitlines()
        if re.match(r"\|.*\(benchmarks/results/", line)
    ]
    assert len(lines) >= 10
    for line in lines:
        cells = r"\|[^|]*\|(.*)\|[^|]*\(benchmarks/results/(\w+\.md)\)[^|]*\|"
        figures, name = re.fullmatch(cells, line).groups()
        measured = re.findall(r"[\d.,]*\d", (BENCHMARKS / "results" / name).read_text(encoding="utf-8"))
        quoted = re.findall(r"[\d.,]*\d", figures)
        assert quoted
        assert not set(quoted) - set(measured), f"not in {name}: {line}"


def test_every_benchmark_is_listed_with_its_result():
    listed = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    for path in COMMANDS:
        assert f"`python benchmarks/{path.name}" in listed
        assert f"(results/{path.stem}.md)" in listed
        assert (BENCHMARKS / "results" / f"{path.stem}.md").is_file()
