"""Pictures of Airflow's pages for the README and the docs, small, in light and dark."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from tests.browser.visitor import Visitor

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
COLOURS = 256


def take(visitor: Visitor, name: str, height: int) -> None:
    """``docs/pictures/<name>-light.png`` and ``-dark.png``, of the page as it is.

    :param height: of the picture, in pixels; it is as wide as the page
    """
    FOLDER.mkdir(exist_ok=True)
    page = visitor.page
    before = page.viewport_size
    assert before
    page.set_viewport_size({**before, "height": height})
    page.mouse.move(0, 0)  # nothing is under the pointer
    for theme in visitor.themes():
        image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(FOLDER / f"{name}-{theme}.png", optimize=True)
    page.set_viewport_size(before)
