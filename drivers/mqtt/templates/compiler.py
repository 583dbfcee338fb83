"""Reads a template with Jinja: refuses what is no expression, makes programs of the common forms.

Only the worker imports this.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from jinja2 import Environment, TemplateSyntaxError, nodes

from drivers.mqtt.templates.program import MAX_NODES, OPERATIONS

#: Characters of a template; the longest a real client is known to send has some 300.
MAX_TEMPLATE = 2_048
#: Methods of a text (or mapping) that may be called; each ends after one pass over it.
METHODS = frozenset(
    {"split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace"}
    | {"startswith", "endswith", "get"}
)
#: ``If`` chooses between expressions, as ``a if b else c`` does; loops, assignments, macros,
#: imports and powers are not there.
_EXPRESSIONS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.CondExpr, nodes.If, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div,
    nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.Call, nodes.List,
    nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword,
)  # fmt: skip
_ARITHMETIC: dict[type[nodes.Expr], str] = {
    nodes.Add: "add", nodes.Sub: "sub", nodes.Mul: "mul", nodes.Div: "div", nodes.And: "and",
    nodes.Or: "or",
}  # fmt: skip
_FILTERS = {"d": "default", "count": "length"}


class Refused(ValueError):
    """The template is no expression within the limits; the message says why."""


class _NotSimple(Exception):
    """The program has no word for a node."""


def parse(environment: Environment, template: str) -> nodes.Template:
    """The syntax tree, every node of it allowed.

    Raises:
        Refused: too long, not Jinja, or with a node that is not allowed.
    """
    if len(template) > MAX_TEMPLATE:
        raise Refused(f"longer than {MAX_TEMPLATE}")
    try:
        tree = environment.parse(template)
    except (TemplateSyntaxError, RecursionError, ValueError, OverflowError):
        raise Refused("not a template") from None
    count = 0
    stack: list[nodes.Node] = [tree]
    while stack:
        node = stack.pop()
        count += 1
        if count > 4 * MAX_NODES:
            raise Refused("too many parts")
        _check(environment, node)
        stack.extend(node.iter_child_nodes())
    return tree


def _check(environment: Environment, node: nodes.Node) -> None:
    if not isinstance(node, _EXPRESSIONS):
        raise Refused(f"{type(node).__name__} is not allowed")
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise Refused(f"{node.attr} is not allowed")
    if isinstance(node, nodes.Filter) and node.name not in environment.filters:
        raise Refused(f"filter {node.name} is not known")
    if isinstance(node, nodes.Test) and node.name not in environment.tests:
        raise Refused(f"test {node.name} is not known")
    if isinstance(node, nodes.Call):
        is_method = isinstance(node.node, nodes.Getattr) and node.node.attr in METHODS
        is_cast = isinstance(node.node, nodes.Name) and node.node.name in environment.globals
        if not (is_method or is_cast):
            raise Refused("only texts' own methods may be called")


def program_of(tree: nodes.Template) -> list[Any] | None:
    """The program of a checked tree; ``None`` if it has to stay with Jinja."""
    try:
        program = _body(tree.body)
    except _NotSimple:
        return None
    return program if _size(program) <= MAX_NODES else None


def _size(program: object) -> int:
    if not isinstance(program, list):
        return 0
    return 1 + sum(_size(part) for part in program)


def _body(body: list[nodes.Node]) -> list[Any]:
    """The one expression that the template's output is; blanks around it do not count."""
    found: list[list[Any]] = []
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if isinstance(part, nodes.TemplateData):
                    if word := part.data.strip():
                        found.append(["const", word])
                else:
                    found.append(_expression(part))
        elif isinstance(node, nodes.If) and not node.elif_:
            otherwise = _body(node.else_) if node.else_ else ["const", ""]
            found.append(["if", _expression(node.test), _body(node.body), otherwise])
        else:
            raise _NotSimple
    if len(found) != 1:
        raise _NotSimple
    return found[0]


def _expression(node: nodes.Node | None) -> list[Any]:
    for kind, make in _MAKERS:
        if isinstance(node, kind):
            return make(node)
    raise _NotSimple


def _const(node: Any) -> list[Any]:
    value = getattr(node, "value", _NotSimple)
    if value is not None and not isinstance(value, bool | int | float | str):
        raise _NotSimple
    return ["const", node.value]


def _name(node: Any) -> list[Any]:
    return _WORDS.get(node.name) or _not_simple()


def _item(node: Any) -> list[Any]:
    key = node.attr if isinstance(node, nodes.Getattr) else _const(node.arg)[1]
    return ["get", _expression(node.node), key]


def _choice(node: Any) -> list[Any]:
    otherwise = ["const", ""] if node.expr2 is None else _expression(node.expr2)
    return ["if", _expression(node.test), _expression(node.expr1), otherwise]


def _filter(node: Any) -> list[Any]:
    word = _FILTERS.get(node.name, node.name)
    given = [*node.args, *(pair.value for pair in node.kwargs)]
    most = 1 if word in {"float", "int", "default", "round"} else 0
    if word not in OPERATIONS or len(given) > most or (node.kwargs and word == "round"):
        raise _NotSimple
    return [word, _expression(node.node), *(_expression(one) for one in given)]


def _test(node: Any) -> list[Any]:
    if f"is_{node.name}" not in OPERATIONS or node.args:
        raise _NotSimple
    return [f"is_{node.name}", _expression(node.node)]


def _comparison(node: Any) -> list[Any]:
    if len(node.ops) != 1 or node.ops[0].op not in _SIGNS:
        raise _NotSimple
    return ["compare", node.ops[0].op, _expression(node.expr), _expression(node.ops[0].expr)]


def _arithmetic(node: Any) -> list[Any]:
    word = _ARITHMETIC.get(type(node)) or _not_simple()
    return [word, _expression(node.left), _expression(node.right)]


def _not_simple() -> NoReturn:
    raise _NotSimple


_WORDS: dict[str, list[Any]] = {
    "value": ["value"],
    "value_json": ["json"],
    "None": ["const", None],
    "none": ["const", None],
}
_SIGNS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})
_MAKERS: tuple[tuple[Any, Callable[[Any], list[Any]]], ...] = (
    (nodes.Const, _const),
    (nodes.Name, _name),
    ((nodes.Getattr, nodes.Getitem), _item),
    (nodes.CondExpr, _choice),
    (nodes.Filter, _filter),
    (nodes.Test, _test),
    (nodes.Compare, _comparison),
    (nodes.Not, lambda node: ["not", _expression(node.node)]),
    (nodes.Neg, lambda node: ["neg", _expression(node.node)]),
    (nodes.BinExpr, _arithmetic),
)
