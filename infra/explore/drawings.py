"""The page's charts as SVG: bars that stretch with the page, and words that do not."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from infra.explore.columns import Bar
from infra.explore.relations import Part

WIDTH, HEIGHT = 400, 120
LEAST = 1.5
"""Height of the smallest bar that is not empty, so that it is seen."""


def histogram(bars: Sequence[Bar], title: str) -> Markup:
    """Draw bars beside one another; each tells its range and count where it is pointed at."""
    greatest = max((one.count for one in bars), default=1) or 1
    width = WIDTH / max(len(bars), 1)
    shapes = []
    for place, bar in enumerate(bars):
        height = max(LEAST, bar.count / greatest * HEIGHT) if bar.count else 0
        shapes.append(
            Markup('<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}">').format(
                place * width, HEIGHT - height, max(width - 1, width * 0.8), height
            )
            + Markup("<title>{}: {:,}</title></rect>").format(bar.name, bar.count)
        )
    return _drawing(shapes, title)


def label_by(parts: Sequence[Part], title: str) -> Markup:
    """Draw the label's mean in each part of a feature; wider bars stand for more rows."""
    shown = [one for one in parts if one.rows]
    rows = sum(one.rows for one in shown) or 1
    low = min(0.0, min((one.label for one in shown), default=0.0))
    span = (max((one.label for one in shown), default=1.0) - low) or 1.0
    shapes, left = [], 0.0
    for part in shown:
        width = part.rows / rows * WIDTH
        height = max(LEAST, (part.label - low) / span * HEIGHT)
        shapes.append(
            Markup('<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}">').format(
                left, HEIGHT - height, max(width - 0.7, width * 0.8), height
            )
            + Markup("<title>{}: {:.4g} in {:,} rows</title></rect>").format(
                part.name, part.label, part.rows
            )
        )
        left += width
    return _drawing(shapes, title)


def _drawing(shapes: Sequence[Markup], title: str) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, escape(title), Markup("").join(shapes))
