"""A Sphinx extension: a table whose headings are all empty has no headings, so that none is read out."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_transform(WithoutEmptyHeads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class WithoutEmptyHeads(SphinxTransform):
    """Markdown cannot write a table without a row of headings; ``| | |`` means that none is wanted."""

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        """Remove what holds no word."""
        for head in list(self.document.findall(nodes.thead)):
            if not head.astext().strip():
                head.parent.remove(head)
