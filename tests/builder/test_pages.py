from __future__ import annotations

import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.build.outputs import WIDGET
from course_utils.build.pages import write_page

STATE = "application/vnd.jupyter.widget-state+json"


def test_a_page_asks_nobody_for_anything(tmp_path):
    twin = new_output("display_data", {"text/html": "<p>A twin</p>", WIDGET: {"model_id": "1"}})
    notebook = new_notebook(cells=[new_markdown_cell("Let $x = -1$."), new_code_cell("f(1)", outputs=[twin])])
    notebook.metadata["widgets"] = nbformat.from_dict({STATE: {"state": {}}})
    page = write_page(notebook, tmp_path / "pages/02_star_trek.html").read_text()
    assert "<title>02 star trek</title>" in page
    assert "<p>A twin</p>" in page
    assert "<math " in page
    assert "$x" not in page
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
