"""Training on several hosts: threads that play the hosts, against the same rounds done by hand."""

from __future__ import annotations

import os
import socket
import threading

import numpy as np
import pytest

from course_utils import artifact
from course_utils.fm import adam
from course_utils.fm_container import exchange
from course_utils.fm_container.failure import PlatformError

WORKS = {"feature_dim": "20", "num_factors": "3", "predictor_type": "regressor", "mini_batch_size": "20"}


@pytest.fixture
def hosts(tmp_path, empty_job, toy, records, monkeypatch):
    """``hosts(rows, rows, …)``: one job for each host, with these of the toy's rows; all share a folder."""
    monkeypatch.setenv("SAGEMAKER_HOSTS_DIR", str(tmp_path))
    monkeypatch.setenv("FM_SEED", "3")
    X, y = toy

    def make(*shares, **settings):
        names = [f"algo-{number}" for number in range(1, len(shares) + 1)]
        jobs = []
        for name, share in zip(names, shares, strict=True):
            job = type(empty_job)(tmp_path / name).hyperparameters(**WORKS | settings)
            job._config("resourceconfig", {"current_host": name, "hosts": names})
            jobs.append(job.channel("train", {"a": records(X[share], y[share])}))
        return jobs

    return make


def run(jobs, should_stop=lambda: False):
    """Train all at once; returns exit codes and logs."""
    ends = [None] * len(jobs)

    def train(number):
        ends[number] = jobs[number].train(should_stop)

    threads = [threading.Thread(target=train, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


class Recorder(adam.Optimiser):
    """Keeps the batches instead of learning from them."""

    def __init__(self, kept, *arguments):
        super().__init__(*arguments)
        self._kept = kept

    def step(self, batch, scores):
        scores[:] = 0
        self._kept.append(batch)


def by_hand(X, y, shares, config, seed):
    """The rounds, one after another in one process: gradients of all hosts first, then their steps."""
    batches = []
    for share in shares:
        kept = []
        adam.fit(X[share], y[share], config, optimiser=lambda *rest, kept=kept: Recorder(kept, *rest))
        batches.append(kept)
    model = adam.Optimiser(config, X.shape[1], 1, np.random.default_rng(seed))
    for number in range(max(map(len, batches))):
        now = [each[number] for each in batches if number < len(each)]
        scores = np.empty(config.mini_batch_size, np.float32)
        pushes = [(batch[5], model.gradient(batch, scores)) for batch in now]
        for push in pushes:
            model.update(*push)
    return model.parameters()


@pytest.mark.parametrize(
    "shares",
    [
        [slice(0, 65), slice(65, 130)],
        [slice(0, 20), slice(20, 130)],  # algo-1 is done long before the other
        [slice(0, 90), slice(90, 110), slice(110, 130)],
    ],
)
def test_hosts_take_turns(hosts, toy, shares):
    X, y = toy
    jobs = hosts(*shares, epochs="3")
    ends = run(jobs)
    assert [code for code, _ in ends] == [0] * len(shares), ends
    config = adam.AdamConfig(num_factors=3, mini_batch_size=20, epochs=3)
    expected = by_hand(X, y, shares, config, seed=3)
    found = artifact.load(jobs[0].model).params
    np.testing.assert_allclose(found.V, expected.V, rtol=1e-6)
    np.testing.assert_allclose(found.w, expected.w, rtol=1e-6)
    assert found.w0 == pytest.approx(expected.w0)
    assert not any(job.model.exists() for job in jobs[1:])


def test_each_host_tells_of_itself(hosts):
    (_, first), (_, second) = run(hosts(slice(0, 60), slice(60, 130)))
    for log, name in ((first, "algo-1"), (second, "algo-2")):
        assert f"#quality_metric: host={name}, epoch=0, train rmse" in log
        assert f'"Host": "{name}"' in log
        assert "Create Store: dist_async" in log
        assert "wait_for_all_workers" not in log
    assert "Saved checkpoint" in first
    assert "Saved checkpoint" not in second


def test_a_stop_ends_all_and_keeps_the_model(hosts):
    jobs = hosts(slice(0, 60), slice(60, 130), epochs="1000000")
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    ends = run(jobs, stop.is_set)
    assert [code for code, _ in ends] == [143, 143]
    assert jobs[0].model.exists() or "no model to save" in ends[0][1]
    assert "algo-1 saves the model" in ends[1][1]


def test_a_stop_before_the_hosts_have_met(hosts):
    first, second = hosts(slice(0, 60), slice(60, 130))
    for job in (first, second):
        code, log = job.train(lambda: True)
        assert code == 143
        assert "there is no model to save" in log


def test_a_host_that_fails_takes_the_others_along(hosts, records, toy):
    """The one without labels is the customer's fault, what it does to the other the platform's."""
    jobs = hosts(slice(0, 60), slice(60, 130), epochs="1000000", linear_lr="1e30")
    codes = [code for code, _ in run(jobs)]
    assert 2 in codes
    assert set(codes) <= {2, 3}
    lost = jobs[codes.index(3)] if 3 in codes else None
    assert lost is None or "Lost the connection to algo-" in lost.failure


def test_strangers_are_turned_away(tmp_path, monkeypatch):
    """A connection that does not know the password joins no job, and stops none."""
    hosts = [exchange.Hosts(name, ["algo-1", "algo-2"]) for name in ("algo-1", "algo-2")]
    found = {}
    leader = threading.Thread(
        target=lambda: found.update(make=exchange.meet(hosts[0], tmp_path, lambda: False))
    )
    leader.start()
    while not (tmp_path / "exchange").exists():
        pass
    assert (tmp_path / "exchange").stat().st_mode & 0o77 == 0 or os.name != "posix"
    port = int((tmp_path / "exchange").read_text().split()[0])
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(b"\x00\x00\x00\x05wrong")
        follower = exchange.meet(hosts[1], tmp_path, lambda: False)
        leader.join()
    (link,) = found["make"].args[0].values()
    with socket.socket(fileno=os.dup(link.fileno())) as plug:  # without this a large round takes 40 ms
        assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    link.close()
    with pytest.raises(PlatformError, match="Lost the connection to algo-1"):
        exchange._guarded("algo-1", follower.args[1].recv)


def test_hosts_without_a_meeting_place(hosts, monkeypatch):
    monkeypatch.delenv("SAGEMAKER_HOSTS_DIR")
    job, _ = hosts(slice(0, 60), slice(60, 130))
    assert job.train()[0] == 3
    assert "SAGEMAKER_HOSTS_DIR" in job.failure
