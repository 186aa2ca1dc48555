"""What Django's ORM cannot say about JSON in the same words on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import BooleanField, CharField, F, FloatField, Func, Value
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, tuple[Any, ...]]

# The SQL below is made of constants and of columns that the compiler names; every value is a parameter.
BYTEWISE = {"sqlite": "BINARY", "postgresql": '"C"'}
ELEMENTS = {"sqlite": "json_each({})", "postgresql": "jsonb_array_elements_text({})"}
TEXT = {
    "sqlite": "CASE json_type({0}, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    " ELSE CAST(json_extract({0}, %s) AS TEXT) END",
    "postgresql": "({0} #>> %s::text[])",
}
NUMBER = {
    "sqlite": "CASE WHEN json_type({0}, %s) IN ('integer', 'real') THEN json_extract({0}, %s) END",
    "postgresql": "CASE WHEN jsonb_typeof({0} #> %s::text[]) = 'number'"
    " THEN ({0} #>> %s::text[])::double precision END",
}


class Bytewise(Func):
    """A text that is ordered by its characters' numbers: a language's order differs from database to database."""

    output_field = CharField()

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Sql:  # type: ignore[override]
        """Return the text with the collation that both databases understand alike."""
        text, params = compiler.compile(self.source_expressions[0])
        return f"({text}) COLLATE {BYTEWISE[connection.vendor]}", (*params,)


class HasElement(Func):
    """Whether an array of strings has this one as an element; `fold` looks past upper and lower case."""

    output_field = BooleanField()

    def __init__(self, column: str, element: str, *, fold: bool = False) -> None:
        super().__init__(F(column), Value(element))
        self.fold = fold

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Sql:  # type: ignore[override]
        """Return an EXISTS over the array's elements."""
        column, before = compiler.compile(self.source_expressions[0])
        wanted, after = compiler.compile(self.source_expressions[1])
        elements = ELEMENTS[connection.vendor].format(column)
        equal = f"LOWER(element.value) = LOWER({wanted})" if self.fold else f"element.value = {wanted}"
        return f"EXISTS (SELECT 1 FROM {elements} AS element WHERE {equal})", (*before, *after)  # noqa: S608


class _AtPath(Func):
    """What lies in an object below some keys."""

    sql: dict[str, str]

    def __init__(self, column: str, path: tuple[str, ...]) -> None:
        super().__init__(F(column))
        self.path = path

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Sql:  # type: ignore[override]
        """Return the database's own way down."""
        column, before = compiler.compile(self.source_expressions[0])
        template = self.sql[connection.vendor]
        down: Any = list(self.path)
        if connection.vendor == "sqlite":
            down = "$" + "".join(f".{json.dumps(key, ensure_ascii=False)}" for key in self.path)
        return template.format(column), (*before * template.count("{0}"), *[down] * template.count("%s"))


class JsonText(_AtPath):
    """The value as text: `true` for a boolean, digits for a number; NULL where there is none."""

    output_field = CharField()
    sql = TEXT


class JsonNumber(_AtPath):
    """The value if it is a number; NULL otherwise."""

    output_field = FloatField()
    sql = NUMBER
