"""Questions that are the same of every document of a school."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, select

from inventory.repositories.scoped import Page, Repository, window

Document = TypeVar("Document", bound=SQLModel)


class DocumentRepository(Repository, Generic[Document]):
    """Documents of one kind within the caller's scope, by their ids."""

    #: The kind; who sees the school of one sees it.
    _model: ClassVar[Any]

    def get(self, key: str) -> Document | None:
        return self._session.exec(self._one(key)).one_or_none()  # type: ignore[no-any-return]

    def to_change(self, key: str) -> Document | None:
        """The document as it is now; others wait until this transaction ends."""
        query = self._one(key).with_for_update().execution_options(populate_existing=True)
        return self._session.exec(query).one_or_none()  # type: ignore[no-any-return]

    def _ids(
        self, wanted: Sequence[Any], order: Sequence[Any], offset: int, limit: int
    ) -> Page[str]:
        """Ids of one page of visible documents: told by one table, before others are looked at."""
        query: Any = select(self._model.id).where(self._visible(), *wanted)
        ids = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        return Page(ids, self._count(query))

    def _one(self, key: str) -> Any:
        return select(self._model).where(self._model.id == key, self._visible())

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(self._model.school_code)
