"""A taken port, a proxy that leads nowhere, no loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.doctor import network
from course_utils.paths import ROOT

LISTEN = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("listening", flush=True)
    sys.stdin.read()
"""


def test_no_loopback(monkeypatch) -> None:
    def refuse(*_args, **_options):
        raise OSError("cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    assert network.loopback().fix


def test_the_port_is_taken_and_another_one_is_named(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        finding = network.port()
        assert f"{free_port}, where JupyterLab opens, is taken by" in finding.detail
        assert f"(process {os.getpid()})" in finding.detail
        other = int(finding.fix.rsplit(" --port ", 1)[1])
        with socket.create_server(("127.0.0.1", other)):
            pass
    assert network.port().ok


@pytest.mark.parametrize(
    ("name", "folder", "ok"),
    [("jupyter-lab", ROOT, True), ("jupyter-lab", ROOT.parent, False), ("tea", ROOT, False)],
)
def test_the_courses_own_jupyterlab_may_have_it(free_port: int, name: str, folder: Path, ok: bool) -> None:
    command = [sys.executable, "-c", LISTEN, str(free_port), name]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as lab:
        assert lab.stdout.readline().strip() == b"listening"
        finding = network.port()
        lab.stdin.close()
    assert finding.ok == ok, finding


def test_the_jupyterlab_of_this_kernel_may_have_it(monkeypatch, free_port: int) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    with socket.create_server(("127.0.0.1", free_port)):
        assert network.port().ok


def test_a_proxy_that_is_not_there_and_what_to_type_forgets_it(monkeypatch, free_port: int, type_it) -> None:
    for value in (
        f"http://127.0.0.1:{free_port}",
        f"localhost:{free_port}",
        f"http://u:p@127.0.0.2:{free_port}/",
    ):
        monkeypatch.setenv("HTTPS_PROXY", value)
        finding = network.proxy()
        assert finding.detail == f"HTTPS_PROXY is {value}, and nothing answers there"
    type_it(finding.fix)
    assert network.proxy().ok


@pytest.mark.parametrize("value", ["http://", "127.0.0.1:eighty", "http://[::1", ":8080"])
def test_a_proxy_that_is_no_address(monkeypatch, value: str) -> None:
    monkeypatch.setenv("http_proxy", value)
    finding = network.proxy()
    assert "which is no address" in finding.detail
    assert finding.fix == "unset http_proxy"


def test_a_proxy_must_not_catch_this_machine(monkeypatch, free_port: int, type_it) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    with socket.create_server(("127.0.0.1", free_port)):
        finding = network.proxy()
        assert "would also catch what is meant for this machine" in finding.detail
        type_it(finding.fix)
        assert network.proxy().ok
