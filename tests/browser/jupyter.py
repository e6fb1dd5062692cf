"""Steps in JupyterLab that several browser tests take: open a notebook, run it, find a cell's output."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

OPEN_MS = 90_000
RUN_MS = 120_000

_READY = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  return widget?.context?.isReady && widget.sessionContext?.session?.kernel?.status === 'idle';
}"""
_RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


def open_notebook(page: Page, lab_url: str, name: str) -> None:
    """Open ``notebooks/<name>`` and wait until its kernel is idle."""
    base, query = lab_url.split("?")
    page.goto(f"{base.split('/lab')[0]}/lab/tree/notebooks/{name}?{query}")
    page.wait_for_function(_READY, timeout=OPEN_MS)


def run_all(page: Page) -> None:
    """Run all cells and wait for the last one."""
    page.evaluate(_RUN_ALL)


def cell_with(page: Page, text: str) -> Locator:
    """The notebook cell whose input holds ``text``, scrolled into view."""
    cell = page.locator(".jp-Notebook-cell", has=page.locator(".jp-InputArea", has_text=text)).first
    cell.scroll_into_view_if_needed(timeout=RUN_MS)
    return cell
