"""One file from the web: retried, resumed, checked, and put in place only when it is right."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pooch
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

_ATTEMPTS = 3
_CHUNK = 1 << 16
_TIMEOUT = 30  # seconds without a byte


class DownloadError(OSError):
    """A download that did not come through; nothing was put in place."""


class CertificateError(DownloadError):
    """The server's certificate was not accepted, so nothing was asked of it."""


def download(url: str, target: Path, check: Callable[[Path], None]) -> None:
    """Fetch ``url`` to ``target``, replacing it in one step once ``check`` has accepted the content.

    A broken transfer is tried three times and goes on where it stopped, also in a later call, if the server
    allows it. Until the end the bytes lie in ``<target>.part``.

    Raises
    ------
    CertificateError
        If TLS verification fails; never switched off, never retried.
    DownloadError
        If the transfer fails three times or the folder cannot be written.
    ValueError
        Whatever ``check`` raised three times; ``target`` is left as it was.
    """
    complete = target.with_name(target.name + ".new")
    courier = pooch.create(
        path=target.parent,
        base_url="",
        registry={complete.name: None},
        urls={complete.name: url},
        retry_if_failed=_ATTEMPTS - 1,
    )
    pooch.get_logger().setLevel(logging.WARNING)
    part = target.with_name(target.name + ".part")

    def bring(url: str, output_file: str, _courier: pooch.Pooch) -> None:
        _resume(url, part)
        os.replace(part, output_file)
        check(Path(output_file))

    try:
        complete.unlink(missing_ok=True)
        courier.fetch(complete.name, downloader=bring)
        os.replace(complete, target)
    except CertificateError:
        raise
    except requests.RequestException as error:
        raise DownloadError(f"{url} could not be fetched in {_ATTEMPTS} attempts: {error}") from error
    except OSError as error:
        raise DownloadError(f"{target} could not be written: {error}") from error


def _resume(url: str, part: Path) -> None:
    """Append to ``part`` what it lacks of ``url``."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as reply:
            if reply.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()  # longer than the file on the server: useless, start afresh
            reply.raise_for_status()
            resumed = reply.status_code == requests.codes.partial_content
            length = int(reply.headers.get("Content-Length", 0)) + have * resumed
            with part.open("ab" if resumed else "wb") as output, _progress() as progress:
                task = progress.add_task(
                    url.rsplit("/", 1)[-1], total=length or None, completed=have * resumed
                )
                for chunk in reply.iter_content(_CHUNK):
                    output.write(chunk)
                    progress.advance(task, len(chunk))
    except requests.exceptions.SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise CertificateError(str(error)) from error
        raise


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
