"""Questions that are the same of every document of a school."""

from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, select

from inventory.repositories.scoped import Repository

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

    def _one(self, key: str) -> Any:
        return select(self._model).where(self._model.id == key, self._visible())

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(self._model.school_code)
