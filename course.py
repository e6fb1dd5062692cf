"""The course's front door: ``python3 course.py lab`` opens the course, ``python3 course.py test`` tests it.

Needs Python 3.11 to 3.13 with venv, and nothing else. The first use makes ``.venv`` beside this file and
fills it with exactly the packages that ``uv.lock`` names; later uses start at once, until that file changes.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
PYTHON = BIN / f"python{EXE}"
READY = VENV / "course-ready"  # written last: the place, a hash of what was set up, groups besides the usual
UV = "uv==0.13.9"
PYTHONS = ((3, 11), (3, 13))
MORE_FOR = {"test": {"spark"}}  # groups of packages that only one command needs


def suitable_python():
    """This interpreter when it fits, else a fitting one from PATH."""
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return sys.executable
    for minor in range(PYTHONS[1][1], PYTHONS[0][1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    have = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"The course needs Python 3.11, 3.12 or 3.13; this is {have}. Install one, then try again.")


def noted():
    """The lines of READY: place, hash, groups. None of them when .venv was never finished."""
    return READY.read_text(encoding="utf-8").splitlines() if READY.exists() else []


def groups_here():
    """The groups that .venv has besides the usual ones."""
    return set("".join(noted()[2:]).split())


def state(groups):
    """What READY holds once set-up is done: a moved folder or a changed lock file makes it differ."""
    parts = [(HERE / name).read_bytes() for name in ("uv.lock", "pyproject.toml")]
    return [str(HERE), hashlib.sha256(b"|".join([*parts, UV.encode()])).hexdigest(), " ".join(sorted(groups))]


def usable():
    """Whether .venv was finished, here, and its interpreter still starts."""
    if noted()[:1] != [str(HERE)]:
        return False
    return subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0


def run(step, command, **options):
    if subprocess.run([str(part) for part in command], cwd=HERE, check=False, **options).returncode:
        sys.exit(
            f"\nSetting up stopped at: {step} (see the lines above).\n"
            "Often it is the network or a full disk: mend that and repeat the same command.\n"
            f"To begin afresh, delete {VENV} first."
        )


def set_up(groups):
    print("Setting up the course (first use, or its packages changed): about a minute.", flush=True)
    python = suitable_python()
    if subprocess.run([python, "-c", "import venv, ensurepip"], check=False, capture_output=True).returncode:
        sys.exit("This Python lacks venv. On Debian or Ubuntu type:  sudo apt install python3-venv")
    clean = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")}
    if not usable():
        shutil.rmtree(VENV, ignore_errors=True)  # half-made or moved: making it again is quicker than mending
        run("making .venv", [python, "-m", "venv", VENV], env=clean)
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run("installing uv", [*pip, UV], env=clean)
    # Use the system's certificates (company proxies), and never fetch another Python.
    clean |= {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(VENV)}
    # --inexact, because uv itself lives in the environment that it fills
    sync = [BIN / f"uv{EXE}", "sync", "--frozen", "--inexact", "--quiet", "--python", PYTHON]
    run("installing the packages", [*sync, *(f"--group={group}" for group in sorted(groups))], env=clean)
    READY.write_text("\n".join(state(groups)) + "\n", encoding="utf-8")


def main():
    groups = groups_here() | MORE_FOR.get("".join(sys.argv[1:2]), set())  # what is there stays up to date
    if noted() != state(groups):
        set_up(groups)
    command = [str(PYTHON), "-m", "course_utils.cli", *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)  # becomes the command, so that signals reach it and nobody else
    signal.signal(signal.SIGINT, lambda *_: None)  # Windows: Ctrl-C is the command's to handle
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
