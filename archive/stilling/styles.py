"""Styles of a captured page, whose addresses lead to what was captured. tinycss2's door.

Styles run nothing in today's browsers. What they can do is ask other hosts, and tell them what is on the page by
what they ask for: each address is replaced by ours, or by none. `@import` goes, as do the few properties by which
old browsers ran code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import tinycss2
from tinycss2.ast import Declaration, FunctionBlock, Node, StringToken, URLToken

Lead = Callable[[str], str | None]
"""An address as the style has it → where what was captured of it is shown; None: nothing was."""

MOST: Final = 2_000_000
"""Characters of a style sheet that are read; the rest is left out. The largest in a corpus of 267 news pages has a
tenth of that."""

DEEPEST: Final = 60
"""Blocks within blocks that are followed; deeper ones go. Style sheets of outlets have five or six."""

_GONE: Final = frozenset(("import", "charset", "namespace"))
_IS_ADDRESS: Final = frozenset(("url", "src"))
_TAKES_ADDRESSES: Final = frozenset(("image", "image-set", "-webkit-image-set", "cross-fade"))
_RUNS: Final = frozenset(("behavior", "-moz-binding"))
_NOWHERE: Final = "about:invalid"  # CSS Values 4, section 4.5.4: what names nothing


def sheet(text: str, lead: Lead) -> str:
    """A whole style sheet."""
    rules = tinycss2.parse_stylesheet(text[:MOST], skip_comments=True, skip_whitespace=True)
    kept = [rule for rule in rules if rule.type == "qualified-rule" or _stays(rule)]
    for rule in kept:
        rule.prelude[:] = _led(rule.prelude, lead, 0)
        if rule.content is not None:
            rule.content[:] = _led(rule.content, lead, 0)
    return _written(kept)


def _stays(rule: Any) -> bool:
    return rule.type == "at-rule" and rule.lower_at_keyword not in _GONE


def inline(text: str, lead: Lead) -> str:
    """What stands in a `style` attribute."""
    found = tinycss2.parse_blocks_contents(text[:MOST], skip_comments=True, skip_whitespace=True)
    kept: list[Declaration] = []
    for each in found:
        if each.type == "declaration" and each.lower_name not in _RUNS:
            each.value[:] = _led(each.value, lead, 0)
            kept.append(each)
    return _written(kept)


def _led(nodes: Iterable[Node], lead: Lead, depth: int, *, addresses: bool = False) -> list[Node]:
    """The same with our addresses; `addresses`: within a function whose strings are some."""
    return [made for node in nodes if (made := _one(node, lead, depth, addresses)) is not None]


def _one(node: Any, lead: Lead, depth: int, addresses: bool) -> Any:
    if depth > DEEPEST or node.type == "error":
        return None
    if node.type == "url" or (node.type == "string" and addresses):
        return _address(node, lead)
    if node.type == "ident" and node.lower_value in _RUNS:
        return None
    if node.type == "function" and node.lower_name in _IS_ADDRESS:
        return _address(next((each for each in node.arguments if each.type == "string"), None), lead)
    if node.type == "function":
        takes = addresses or node.lower_name in _TAKES_ADDRESSES
        if node.lower_name == "expression":
            return None
        node.arguments[:] = _led(node.arguments, lead, depth + 1, addresses=takes)
    elif hasattr(node, "content") and node.content is not None:  # (), [] and {}
        node.content[:] = _led(node.content, lead, depth + 1, addresses=addresses)
    return node


def _address(node: URLToken | StringToken | None, lead: Lead) -> FunctionBlock:
    """`url("…")`, so that nothing of how the page wrote it is left."""
    where = (node and lead(node.value)) or _NOWHERE
    return FunctionBlock(0, 0, "url", [StringToken(0, 0, where, f'"{_escaped(where)}"')])


def _escaped(text: str) -> str:
    return re.sub(r'[\x00-\x1f"\\<>\x7f]', lambda found: f"\\{ord(found[0]):x} ", text)


def _written(nodes: Iterable[Any]) -> str:
    """Text that ends no element in which it may stand (HTML, section 13.2.5.14)."""
    text: str = tinycss2.serialize(nodes)
    return text.replace("<", "\\3c ")
