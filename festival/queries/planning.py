"""What a database's planner is told, where it would choose the wrong index."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")


def aside(column: InstrumentedAttribute[T]) -> ColumnElement[T]:
    """Return an instant to compare with and to sort by, but not to search by.

    Nearly every event is over, and no planner knows that those come first: to sort
    what is to come it would go through an index of twenty years from its beginning.
    SQLite has a unary plus for that (sqlite.org/optoverview.html, 4).
    """
    return _Aside(column)


class _Aside(FunctionElement[T]):
    inherit_cache = True

    def __init__(self, column: InstrumentedAttribute[T]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Aside)
def _sum(aside: _Aside[Any], compiler: SQLCompiler, **how: Any) -> str:
    return f"({compiler.process(aside.clauses, **how)} + interval '0')"


@compiles(_Aside, "sqlite")
def _plus(aside: _Aside[Any], compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(aside.clauses, **how)}"
