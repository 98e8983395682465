"""Adding to a YAML file without touching what stands there, comments included."""

from __future__ import annotations

import textwrap

import yaml

from infra.new.errors import NewError


def appended(text: str, path: tuple[str, ...], block: str) -> str:
    """Return the text with a block at the end of the mapping or list at ``path``.

    What is missing of the path is added. ``block`` begins at the left margin.

    Raises:
        NewError: something else than a block mapping or list stands there.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    indent, end = 0, len(text)
    for depth, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            raise NewError(f"{'.'.join(path[:depth]) or 'file'} must be a mapping of lines")
        indent = node.start_mark.column
        end = _end(text, node)
        found = next((value for name, value in node.value if name.value == key), None)
        if found is None:
            missing = path[depth:]
            nested = block
            for name in reversed(missing):
                nested = f"{name}:\n{textwrap.indent(nested, '  ')}"
            return _put(text, end, nested, indent)
        node = found
    if node is None or getattr(node, "flow_style", True) or isinstance(node, yaml.ScalarNode):
        raise NewError(f"{'.'.join(path)} must be a mapping or a list of lines")
    return _put(text, _end(text, node), block, node.start_mark.column)


def _end(text: str, node: yaml.Node) -> int:
    """Return where a block ends: after its last line that says something."""
    index: int = node.end_mark.index
    return len(text[:index].rstrip()) if text[:index].strip() else index


def _put(text: str, end: int, block: str, indent: int) -> str:
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    put = textwrap.indent(block.rstrip("\n"), " " * indent)
    before, after = text[:line_end].rstrip("\n"), text[line_end:].lstrip("\n")
    return f"{before}\n{put}\n{after}" if before else f"{put}\n{after}"
