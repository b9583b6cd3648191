"""The base of every record, and the vocabulary its columns are written in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from festival.domain.words import Words

Slug: TypeAlias = Annotated[str, mapped_column(String(80), unique=True)]
Email: TypeAlias = Annotated[str, mapped_column(String(254))]
PublicId: TypeAlias = Annotated[str, mapped_column(String(12), unique=True)]
Language: TypeAlias = Annotated[str, mapped_column(String(35))]  # BCP 47
Name: TypeAlias = Annotated[str, mapped_column(String(200))]
Link: TypeAlias = Annotated[str, mapped_column(String(2000))]
Seal: TypeAlias = Annotated[str, mapped_column(String(24))]  # 144 bits of HMAC


class UtcDateTime(TypeDecorator[datetime]):
    """Aware in, UTC stored, aware out; on SQLite too, which forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Refuse a naive datetime: nobody can say when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive datetime: {value!r}"
            raise ValueError(message)
        return value.astimezone(UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Return UTC, whatever zone the database session is in.

        Read at once here: a page reads hundreds, a feed thousands of instants.
        """
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    """Read what SQLite keeps: ``2026-11-21 14:30:00.000000``, in UTC."""
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class WordsJson(TypeDecorator[Words]):
    """``Words`` in a JSON column: replaced whole, never compared or sorted in SQL."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self, value: Words | None, dialect: Dialect
    ) -> dict[str, str] | None:
        """Store a plain object; no words at all is an empty one."""
        return dict(value or {})

    def process_result_value(
        self, value: dict[str, str] | None, dialect: Dialect
    ) -> Words:
        """Return frozen words."""
        return Words(value or {})


Sources: TypeAlias = Annotated[  # addresses and titles of what was read
    list[str], mapped_column(default=list, server_default="[]")
]
SourceNote: TypeAlias = Annotated[  # what nobody has verified
    Words, mapped_column(default=Words, server_default="{}")
]


class Base(DeclarativeBase):
    """Integer key, constraints with names a migration can say."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        Words: WordsJson,
        str: Text,
        dict[str, Any]: JSON,
        list[str]: JSON,
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=20,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }

    id: Mapped[int] = mapped_column(primary_key=True)
