"""What may a user compute? Numbers and names, + - * / and brackets: read as a tree, and never run as code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from arbitre.core.errors import UsageError

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_ALLOWED = (ast.BinOp, ast.UnaryOp, ast.Name, ast.Load, ast.UAdd, ast.USub, *_OPERATORS)
_MOST = 200
"""Longest text read: what computes more is several metrics."""


def parsed(text: str) -> ast.expr:
    """Return the tree of an expression.

    Its nodes are ast.Constant (a number), ast.Name or ast.Attribute (a name with dots, see `name`), ast.UnaryOp (- and
    +) and ast.BinOp (of `operator`); nothing else. Raises UsageError, with what may be written, on anything else.
    """
    wrong = UsageError(f"Cannot read the expression {text[:_MOST]!r}. Write names, numbers, + - * / and brackets, in "
                       f"at most {_MOST} signs.")
    if len(text) > _MOST:
        raise wrong
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise wrong from None
    if not all(_is_allowed(node) for node in ast.walk(tree)):
        raise wrong
    return tree


def names(tree: ast.expr) -> list[str]:
    """Return the names an expression computes with, each once, in the order in which they are written."""
    return list(dict.fromkeys(_named(tree)))


def name(node: ast.Name | ast.Attribute) -> str:
    """Return a name as it was written, with its dots."""
    return node.id if isinstance(node, ast.Name) else f"{name(node.value)}.{node.attr}"  # type: ignore[arg-type]


def operator(node: ast.BinOp) -> str:
    """Return the sign between the two sides: + - * or /."""
    return _OPERATORS[type(node.op)]


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name | ast.Attribute):
        yield name(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from _named(child)


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float) and abs(node.value) < 1e30  # type: ignore[arg-type]
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name | ast.Attribute)
    return isinstance(node, _ALLOWED)
