"""Training on several hosts: algo-1 keeps the parameters, every host works out gradients of its own rows.

The real algorithm uses MXNet's key-value store in its mode ``dist_async``: servers keep the parameters, and
take an Adam step with every gradient when it arrives. Here, too, each batch of each host is a step of
its own, taken with a gradient that was worked out on parameters a little older. But the hosts work in rounds,
and algo-1 takes their steps in the order of their numbers, so a seed decides the result. As in the real
thing, a host with more rows than the others goes on alone when they have done their epochs. On one machine
hosts share the processors, so several are no faster than one: they are here to be seen at work.

In every round each host tells algo-1 the gradient of its last batch and the columns of its next one, and gets
the parameters of these columns. Hosts find algo-1 by the file ``exchange`` in the folder that the environment
variable ``SAGEMAKER_HOSTS_DIR`` names: a port on this machine, and a password, as it is read only by whoever
may read the job's data.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.fm import adam
from course_utils.fm_container import messages
from course_utils.fm_container.failure import PlatformError

_LOOK_SECONDS = 0.02
_GREETING_SECONDS = 5
_LONGEST_GREETING = 200


class Stopped(Exception):
    """The job was stopped before all hosts had met."""


@dataclass(frozen=True)
class Hosts:
    """The hosts of a job, ``current`` among them; the first of ``all`` leads."""

    current: str
    all: list[str]

    @classmethod
    def of(cls, resources: Mapping[str, Any]) -> Hosts:
        """From the content of ``resourceconfig.json``."""
        current = resources.get("current_host", "algo-1")
        return cls(current, sorted(resources.get("hosts", [current]), key=lambda name: (len(name), name)))

    @property
    def several(self) -> bool:
        return len(self.all) > 1

    @property
    def leading(self) -> bool:
        return self.current == self.all[0]


def meet(hosts: Hosts, folder: Path, should_stop: Callable[[], bool]) -> Callable[..., adam.Optimiser]:
    """Wait until all hosts are there.

    Parameters
    ----------
    hosts : Hosts
    folder : Path
        Shared by all hosts.
    should_stop : callable
        Asked while waiting.

    Returns
    -------
    callable
        What :func:`course_utils.fm.adam.fit` takes as its ``optimiser``.

    Raises
    ------
    Stopped
        When ``should_stop()`` said so.
    """
    if hosts.leading:
        return partial(Leading, _lead(hosts, folder / "exchange", should_stop))
    return partial(Following, hosts.all[0], _follow(hosts, folder / "exchange", should_stop))


def _lead(hosts: Hosts, file: Path, should_stop: Callable[[], bool]) -> dict[str, Connection]:
    """Connections to all other hosts, in the order of their numbers."""
    found: dict[str, Connection] = {}
    password = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_LOOK_SECONDS)
        draft = file.with_name("exchange.new")
        with open(draft, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as stream:
            stream.write(f"{server.getsockname()[1]} {password}")
        draft.replace(file)
        while len(found) < len(hosts.all) - 1:
            if should_stop():
                raise Stopped
            try:
                link = _connection(server.accept()[0])
            except TimeoutError:
                continue
            if name := _greeted_by(link, password):
                found[name] = link
    return {name: found[name] for name in hosts.all[1:]}


def _connection(plug: socket.socket) -> Connection:
    # A message goes out in two pieces, its length and its content. They would cost 40 ms (Nagle's algorithm
    # against delayed acknowledgements).
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(plug.detach())


def _greeted_by(link: Connection, password: str) -> str | None:
    """Which host that is; None for somebody who does not know the password."""
    try:
        if link.poll(_GREETING_SECONDS):
            given, _, name = link.recv_bytes(_LONGEST_GREETING).decode().partition(" ")
            if hmac.compare_digest(given.encode(), password.encode()):
                return name
    except (OSError, EOFError, ValueError):
        pass
    link.close()
    return None


def _follow(hosts: Hosts, file: Path, should_stop: Callable[[], bool]) -> Connection:
    while not should_stop() and not file.exists():
        time.sleep(_LOOK_SECONDS)  # the platform ends the job when algo-1 does not even get so far
    if should_stop():
        raise Stopped
    port, password = file.read_text("utf-8").split()
    try:
        link = _connection(socket.create_connection(("127.0.0.1", int(port))))
    except OSError as error:
        raise PlatformError(messages.LOST_HOST.format(host=hosts.all[0])) from error
    link.send_bytes(f"{password} {hosts.current}".encode())
    return link


class Leading(adam.Optimiser):
    """Keeps the parameters: takes a step for each own batch, and one for each batch of every other host.

    Parameters
    ----------
    links : dict
        Host to connection.
    *arguments
        Those of :class:`~course_utils.fm.adam.Optimiser`.
    """

    def __init__(self, links: dict[str, Connection], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._links = links

    def step(self, batch: tuple, scores: np.ndarray) -> None:
        """A round: the others' steps, then an own one, while the others work on their next batches."""
        self._serve()
        self.update(batch[5], self.gradient(batch, scores))

    def parameters(self) -> adam.FMParameters:
        """Their values when every host has done its epochs."""
        while self._links:
            self._serve()
        return super().parameters()

    def _serve(self) -> None:
        wanted = {}
        for host, link in list(self._links.items()):
            push, columns = _guarded(host, link.recv)
            if push is not None:
                self.update(*push)
            if columns is None:
                self._links.pop(host).close()
            else:
                wanted[host] = columns
        for host, columns in wanted.items():
            rows = self.bias.theta, self.linear.theta[columns], self.factors.theta[columns]
            _guarded(host, self._links[host].send, rows)


class Following(adam.Optimiser):
    """Asks the leader for the parameters of every batch, and tells it the gradient with the next question.

    Parameters
    ----------
    leader : str
        Its name.
    link : Connection
    *arguments
        Those of :class:`~course_utils.fm.adam.Optimiser`.
    """

    def __init__(self, leader: str, link: Connection, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._leader, self._link = leader, link
        self._push: tuple | None = None

    def step(self, batch: tuple, scores: np.ndarray) -> None:
        """Score the batch with the leader's parameters and keep its gradient for the next question."""
        columns = batch[5]
        _guarded(self._leader, self._link.send, (self._push, columns))
        bias, linear, factors = _guarded(self._leader, self._link.recv)
        self.bias.theta[:] = bias
        self.linear.theta[columns] = linear
        self.factors.theta[columns] = factors
        self._push = columns, self.gradient(batch, scores)

    def parameters(self) -> adam.FMParameters:
        """Say goodbye. What is known here of the parameters is no model: only the leader has them all."""
        _guarded(self._leader, self._link.send, (self._push, None))
        self._link.close()
        return super().parameters()


def _guarded(host: str, exchange: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return exchange(*arguments)
    except (EOFError, OSError) as error:
        raise PlatformError(messages.LOST_HOST.format(host=host)) from error
