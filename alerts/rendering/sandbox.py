"""The Jinja2 environment in which everything that can grow, repeat or reach out is counted or refused.

Each tree is rewritten once when compiled: loops take a step at every turn, comparisons weigh what they compare, `~`
pays for its text. Filters, tests, operators and calls go through guards. A guard is given the context, which also
keeps the compiler from working an expensive constant out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateAssertionError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import _PassArg
from jinja2.visitor import NodeTransformer

from alerts.rendering import filters, sizes
from alerts.rendering.budget import CONTAINERS, MAX_TEXT, Budget, OverBudgetError
from alerts.rendering.calls import guarded_call
from alerts.rendering.sizes import Size, charge_made

SLOW = 50_000  # characters for filters whose time grows with the square of the text
# A name that no template can write.
TICK, WEIGHED, MEMBER, CONCAT, SLICED = "tick!", "weighed!", "member!", "concat!", "sliced!"
_SHALLOW = frozenset(  # they hand parts on and look at none as a whole
    (
        *("attr", "batch", "count", "d", "default", "first", "items", "last", "length", "list", "map", "reject"),
        *("rejectattr", "reverse", "select", "selectattr", "slice"),
    )
)
_SIZES: dict[str, Size] = {
    "batch": sizes.widths(),
    "center": sizes.widths(),
    "format": sizes.percent,
    "indent": sizes.widths(),
    "pprint": sizes.weight_of(SLOW),
    "replace": sizes.replacing,
    "round": sizes.widths(300),
    "slice": sizes.widths(),
    "striptags": sizes.weight_of(SLOW),
    "sum": sizes.no_lists,
    "tojson": sizes.widths(16),
    "urlize": sizes.weight_of(SLOW, sizes.texts_between),
    "wordwrap": sizes.weight_of(SLOW, sizes.texts_between),
}
_COMPARING_TESTS = (
    *("!=", "<", "<=", "==", ">", ">=", "eq", "equalto", "ge", "greaterthan", "gt", "in", "le", "lessthan", "lt"),
    "ne",
)


class BoundedContext(Context):
    """The names a template sees, and its budget."""

    budget: Budget

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        """Hand the budget on to a block's own context."""
        context = super().derived(locals)
        context.budget = self.budget  # type: ignore[attr-defined]
        return context


class BoundedEnvironment(SandboxedEnvironment):
    """A sandbox in which no template can use up the machine."""

    context_class = BoundedContext
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """Join the text of a macro or block, unless it is too long."""
        held = list(parts)
        if sum(map(len, held)) > MAX_TEXT:
            raise OverBudgetError(f"the template makes more than {MAX_TEXT} characters of text")
        return "".join(held)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work `+`, `*`, `**` and `%` out after they are paid for."""
        sizes.operands(context.budget, operator, left, right)  # type: ignore[attr-defined]
        return self.binop_table[operator](left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja2
        """Call what may be called."""
        budget: Budget = __context.budget  # type: ignore[attr-defined]
        inner = {name: value for name, value in kwargs.items() if name not in ("_loop_vars", "_block_vars")}
        args = guarded_call(budget, __obj, args, inner)
        wrapped = getattr(__obj, "__wrapped__", None)
        if wrapped is not None:
            sizes.braces(budget, (str(wrapped.__self__), *args), inner)
        result = super().call(__context, __obj, *args, **kwargs)
        charge_made(budget, result)
        return result

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look an element up, by a plain key."""
        if isinstance(argument, CONTAINERS):
            raise SecurityError("a list or tuple is no key here")
        return super().getitem(obj, argument)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Bounding().visit(tree)
        tree.set_environment(self)
        return tree


class _Bounding(NodeTransformer):
    """Puts the guards into a parsed template."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja2 calls it
        self.generic_visit(node)
        turn = nodes.ExprStmt(_guard(nodes.Const(None), TICK), lineno=node.lineno)
        node.body = [turn, *node.body]
        if node.test is not None:
            node.test = nodes.And(_guard(nodes.Const(True), TICK), node.test, lineno=node.lineno)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _guard(node.expr, WEIGHED)
        for operand in node.ops:
            operand.expr = _guard(operand.expr, MEMBER if operand.op in ("in", "notin") else WEIGHED)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _guard(nodes.List(node.nodes, lineno=node.lineno), CONCAT)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _guard(node, SLICED) if isinstance(node.arg, nodes.Slice) else node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.key = _guard(node.key, WEIGHED)
        return node

    def visit_Include(self, node: nodes.Node) -> nodes.Node:  # noqa: N802
        raise TemplateAssertionError("a template stands alone: no include, import or extends", node.lineno)

    visit_Import = visit_FromImport = visit_Extends = visit_Include  # noqa: N815


def _guard(node: nodes.Expr, name: str) -> nodes.Expr:
    if isinstance(node, nodes.Const) and name not in (TICK, CONCAT):
        return node
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno or 1)


def _tick(context: BoundedContext, value: Any) -> Any:
    context.budget.tick()
    return value


def _weighed(context: BoundedContext, value: Any) -> Any:
    if isinstance(value, CONTAINERS):
        context.budget.weigh(value)
    return value


def _member(context: BoundedContext, value: Any) -> Any:
    return value if isinstance(value, (dict, str)) else _weighed(context, value)


def _concat(context: BoundedContext, value: list[Any]) -> str:
    budget = context.budget
    budget.charge(budget.weigh(value))
    return "".join(map(str, value))


def _sliced(context: BoundedContext, value: Any) -> Any:
    charge_made(context.budget, value)
    return value


def _finalize(context: BoundedContext, value: Any) -> Any:
    context.budget.charge(len(value) if isinstance(value, str) else context.budget.weigh(value))
    return value


def _guarded_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    passed = _PassArg.from_obj(function)
    size, deep = _SIZES.get(name), name not in _SHALLOW

    def filtered(context: BoundedContext, *args: Any, **kwargs: Any) -> Any:
        budget = context.budget
        budget.tick()
        if deep:
            budget.weigh_all(args, kwargs)
        if size and args:
            size(budget, args, kwargs)
        if passed is None:
            result = function(*args, **kwargs)
        elif passed is _PassArg.context:
            result = function(context, *args, **kwargs)
        else:
            first = context.eval_ctx if passed is _PassArg.eval_context else context.environment
            result = function(first, *args, **kwargs)
        charge_made(budget, result)
        return result

    return pass_context(filtered)


def _join(context: BoundedContext, value: Any, d: str = "", attribute: str | int | None = None) -> Any:
    parts = value if isinstance(value, (str, *CONTAINERS)) else list(value)
    sizes.joining(context.budget, (d, parts), {})
    return FILTERS["join"](context.eval_ctx, parts, d, attribute)


def _budgeted(function: Callable[..., Any]) -> Callable[..., Any]:
    forgiving = filters.forgiving(function)
    return pass_context(lambda context, *args, **kwargs: forgiving(context.budget, *args, **kwargs))


def _weighing_test(function: Any) -> Callable[..., Any]:
    def tested(context: BoundedContext, *args: Any) -> Any:
        context.budget.tick()
        context.budget.weigh_all(args, {})
        return function(*args)

    return pass_context(tested)


def _environment() -> BoundedEnvironment:
    environment = BoundedEnvironment(finalize=pass_context(_finalize), autoescape=False)
    known = FILTERS | {"join": pass_context(_join)}
    known |= {name: filters.forgiving(function) for name, function in filters.PLAIN.items()}
    known |= {name: _budgeted(function) for name, function in filters.BUDGETED.items()}
    environment.filters = {name: _guarded_filter(name, function) for name, function in known.items()}
    for name, function in ((TICK, _tick), (WEIGHED, _weighed), (MEMBER, _member), (CONCAT, _concat), (SLICED, _sliced)):
        environment.filters[name] = pass_context(function)
    environment.tests = TESTS | {name: _weighing_test(TESTS[name]) for name in _COMPARING_TESTS}
    del environment.globals["lipsum"]
    environment.globals["range"] = range  # refused when called; its name is kept for the message
    environment.globals["time"] = filters.time
    return environment


ENVIRONMENT = _environment()
