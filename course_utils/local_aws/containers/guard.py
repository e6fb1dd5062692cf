"""Runs one command that cannot outlive whoever started this guard.

The starter keeps the other end of this process's standard input. It sends ``T`` to ask the command to end
(SIGTERM) and ``K`` to kill it; when the starter dies, however it dies, the pipe closes and the command is
killed with everything that it started. That works on every system, unlike a parent-death signal. The guard
exits with the command's own status (128 + n after signal n). It imports only the standard library, because it
runs with ``python -I -S``.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Run ``command`` to its end and return its exit status."""
    posix = os.name == "posix"
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=posix)
    threading.Thread(target=obey, args=(child,), daemon=True).start()
    status = child.wait()
    kill(child)  # helpers that the command left behind would keep its output open
    return 128 - status if status < 0 else status


def obey(child: subprocess.Popen) -> None:
    """Follow the orders on standard input until it ends."""
    while order := os.read(0, 1):
        if order == b"T":
            child.terminate()
        elif order == b"K":
            kill(child)
    kill(child)


def kill(child: subprocess.Popen) -> None:
    """Kill the command and, where the system knows process groups, its whole family."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


if __name__ == "__main__":
    if os.name == "posix":  # a Ctrl-C in the terminal is for the server, which then decides
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(sys.argv[1:]))
