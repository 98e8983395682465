"""Programs made from templates: every value enters as a Python literal."""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER: Final = Path(__file__).parent / "templates"


def literal(value: object) -> str:
    """Return a value as Python source, strings in double quotes.

    Raises:
        TypeError: it is neither text, number, truth, nothing, nor a list or mapping of these.
    """
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are Python's, too, and leave no quote or line end open.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        held = ", ".join(f"{literal(key)}: {literal(one)}" for key, one in value.items())
        return f"{{{held}}}"
    raise TypeError(f"value must be plain, got {type(value).__name__}")


def variable(name: str) -> str:
    """Return a name as Python takes it."""
    made = re.sub(r"\W", "_", name)
    return f"_{made}" if made[:1].isdigit() or keyword.iskeyword(made) else made


def rendered(template: str, **values: object) -> str:
    """Return a template with its values filled in; one that is missing ends it."""
    # What is written is Python, not HTML: `literal` is what keeps values from being code.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"python": literal, "variable": variable}
    return environment.get_template(template).render(**values)
