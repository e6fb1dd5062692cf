"""Addresses, ports and proxies. Only :func:`data_host` talks to another machine, and only when asked to."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import sys
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding
from course_utils.paths import ROOT

LAB_PORT = 8888
HERE = "127.0.0.1"
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
SECONDS = 5  # for an answer from another machine


def loopback() -> Finding:
    """Servers can listen on this machine's own address."""
    try:
        with socket.create_server((HERE, 0)):
            return Finding("network", f"servers can listen on {HERE}; the course needs no other network")
    except OSError as error:
        fix = "sudo ip link set lo up" if sys.platform == "linux" else f"ping {HERE}"
        return Finding("network", f"nothing can listen on {HERE}: {error}", fix)


def port() -> Finding:
    """The port at which JupyterLab opens is free, or this course's own JupyterLab has it."""
    wanted = int(os.environ.get("JUPYTER_PORT", LAB_PORT))
    if _is_free(wanted):
        return Finding("port", f"{wanted} is free for JupyterLab")
    holder = _listener(wanted)
    if holder and _is_our_lab(holder):
        return Finding("port", f"the course is open at port {wanted}")
    who = f"{holder.name()} (process {holder.pid})" if holder else "another program"
    other = next(free for free in range(wanted + 1, 65536) if _is_free(free))
    return Finding(
        "port", f"{wanted}, where JupyterLab opens, is taken by {who}", typed.course(f"lab --port {other}")
    )


def proxy() -> Finding:
    """No proxy setting leads nowhere, or catches what is meant for this machine itself."""
    named = _proxies()
    if not named:
        return Finding("proxy", "none is set")
    for name, value in named.items():
        if fault := _fault_of_proxy(value):
            return Finding("proxy", f"{name} is {value}, {fault}", typed.without(*named))
    if not proxy_bypass_environment(HERE):
        past = f"{', '.join(named)} would also catch what is meant for this machine"
        return Finding("proxy", past, typed.setting("NO_PROXY", f"{HERE},localhost"))
    return Finding(
        "proxy", f"{', '.join(named)} set, this machine excepted (course doctor --online tries it)"
    )


def data_host() -> Finding:
    """MovieLens' server answers, and its certificate holds: asked the way a download asks."""
    import requests

    from course_utils.datasets import archives

    host = urlsplit(archives.SITE).netloc
    go_on = f"{typed.setting('COURSE_OFFLINE', '1')}; {typed.course('lab')}"
    by_hand = f"go on with the made-up sample, or see what '{typed.course('data get ml-100k')}' says"
    try:
        requests.head(archives.SITE, timeout=SECONDS)
    except requests.exceptions.ProxyError as error:
        return Finding(
            "data host", f"the proxy on the way to {host} fails: {error}", typed.without(*_proxies())
        )
    except requests.exceptions.SSLError as error:
        why = re.search(r"certificate verify failed: ([^(]+)", str(error))
        fault = f"its certificate is not accepted, {why[1].strip()}" if why else f"TLS fails: {error}"
        return Finding("data host", f"{host}: {fault}; {by_hand}", go_on)
    except requests.RequestException as error:
        return Finding("data host", f"{host} cannot be reached ({type(error).__name__}); {by_hand}", go_on)
    return Finding("data host", f"{host} answers, and its certificate holds")


def _proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if value and name.lower() in PROXIES}


def _fault_of_proxy(value: str) -> str:
    """What is wrong with a proxy's address. One on another machine is not asked whether it is there."""
    try:
        address = urlsplit(value if "//" in value else f"//{value}", "http")
        host, number = address.hostname, address.port or 80
    except ValueError:
        host = None
    if not host:
        return "which is no address"
    if not _is_this_machine(host):
        return ""
    try:
        socket.create_connection((host, number), timeout=1).close()
    except OSError:
        return "and nothing answers there"
    return ""


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name; finding out its address would ask another machine


def _is_free(number: int) -> bool:
    try:
        socket.create_server((HERE, number)).close()
    except OSError:
        return False
    return True


def _listener(number: int):
    """The process that listens on a port, when it is the learner's own."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            sockets = process.net_connections("tcp")
            if any(each.status == psutil.CONN_LISTEN and each.laddr.port == number for each in sockets):
                return process
    return None


def _is_our_lab(process) -> bool:
    """Whether a process is the JupyterLab that this kernel belongs to, or one that `course lab` started."""
    import psutil

    with contextlib.suppress(psutil.Error):
        started_here = process.cwd() == str(ROOT) and "jupyter" in " ".join(process.cmdline())
        return started_here or os.environ.get("JPY_PARENT_PID") == str(process.pid)
    return False
