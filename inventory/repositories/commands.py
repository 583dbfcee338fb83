"""Questions about commands to agents, and what came of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, true, update
from sqlmodel import col, select

from inventory.models import (
    AgentCommand,
    AgentSchool,
    CommandAttachment,
    CommandKind,
    CommandState,
)
from inventory.repositories.scoped import Page, Repository, window

#: Not ended yet.
PENDING = (CommandState.queued, CommandState.sent)
#: An agent that has not said what came of a command is told of it again after this long.
LEASE = timedelta(seconds=30)
#: A result may wait in the agent's spool; after this long it is said that none came.
GRACE = timedelta(minutes=10)


def deliverable(now: datetime) -> ColumnElement[bool]:
    """SQL for "this command is to be sent": not sent yet, or sent and nothing heard since."""
    return or_(
        and_(col(AgentCommand.state) == CommandState.queued, col(AgentCommand.deadline) > now),
        and_(
            col(AgentCommand.state) == CommandState.sent,
            col(AgentCommand.sent_at) < now - LEASE,
            col(AgentCommand.deadline) > now - GRACE,
        ),
    )


class CommandRepository(Repository):
    """Commands about schools within the caller's scope, and those to boxes that serve one."""

    def get(self, command_id: str) -> AgentCommand | None:
        return self._session.exec(
            select(AgentCommand).where(AgentCommand.id == command_id, self._visible())
        ).one_or_none()

    def page(
        self,
        *,
        agent: str | None = None,
        subject: str | None = None,
        kinds: Sequence[CommandKind] = (),
        offset: int = 0,
        limit: int = 50,
    ) -> Page[AgentCommand]:
        """Commands of an agent or about a subject, the youngest first."""
        query = select(AgentCommand).where(self._visible())
        if agent is not None:
            query = query.where(AgentCommand.agent_id == agent)
        if subject is not None:
            query = query.where(AgentCommand.subject == subject)
        if kinds:
            query = query.where(col(AgentCommand.kind).in_(kinds))
        ordered = query.order_by(col(AgentCommand.created_at).desc(), col(AgentCommand.id).desc())
        items = self._session.exec(window(ordered, offset, limit)).all()
        return Page(items, self._count(query))

    def pending_by_agent(self, agent_ids: Collection[str] | None = None) -> Mapping[str, int]:
        """How many commands of each agent, or of each of these, have not ended."""
        query = (
            select(AgentCommand.agent_id, func.count())
            .where(col(AgentCommand.state).in_(PENDING), self._visible())
            .group_by(col(AgentCommand.agent_id))
        )
        if agent_ids is not None:
            query = query.where(col(AgentCommand.agent_id).in_(agent_ids))
        return dict(self._session.exec(query).all())

    def to_send(self, agent_id: str, now: datetime) -> Sequence[AgentCommand]:
        """What this agent is to be told of now, oldest first."""
        return self._session.exec(
            select(AgentCommand)
            .where(AgentCommand.agent_id == agent_id, deliverable(now), self._visible())
            .order_by(col(AgentCommand.created_at), col(AgentCommand.id))
        ).all()

    def named(self, command_ids: Sequence[str], agent_id: str) -> Mapping[str, AgentCommand]:
        """Those of these ids that were given to this agent."""
        found = self._session.exec(
            select(AgentCommand).where(
                col(AgentCommand.id).in_(command_ids),
                AgentCommand.agent_id == agent_id,
                self._visible(),
            )
        ).all()
        return {command.id: command for command in found}

    def attachment(self, command_id: str) -> bytes | None:
        """The file a command brought back; None when it brought none, or it is gone."""
        kept = self._session.exec(
            select(CommandAttachment)
            .join(AgentCommand, col(AgentCommand.id) == CommandAttachment.command_id)
            .where(CommandAttachment.command_id == command_id, self._visible())
        ).one_or_none()
        return None if kept is None else kept.content

    def add(self, command: AgentCommand) -> AgentCommand:
        return self._save(command)

    def expire(self, now: datetime) -> int:
        """End what was not sent in time, and what nothing was heard of; returns how many."""
        over = or_(
            and_(col(AgentCommand.state) == CommandState.queued, col(AgentCommand.deadline) <= now),
            and_(
                col(AgentCommand.state) == CommandState.sent,
                col(AgentCommand.deadline) <= now - GRACE,
            ),
        )
        done = self._session.execute(
            update(AgentCommand)
            .where(over, self._visible())
            .values(state=CommandState.expired, ended_at=now)
            .returning(col(AgentCommand.id))
            .execution_options(synchronize_session=False)
        )
        return len(done.all())

    def forget(
        self, *, attachments_before: datetime, before: datetime, keep: Sequence[CommandKind]
    ) -> None:
        """Delete old files, and old commands but those of the kinds to ``keep``."""
        attachments = CommandAttachment
        self._session.execute(
            delete(attachments).where(col(attachments.kept_at) < attachments_before)
        )
        old = and_(
            col(AgentCommand.created_at) < before,
            col(AgentCommand.kind).not_in(keep),
            col(AgentCommand.state).not_in(PENDING),
            ~exists().where(col(attachments.command_id) == col(AgentCommand.id)),
        )
        self._session.execute(
            delete(AgentCommand).where(old).execution_options(synchronize_session=False)
        )

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        serves = exists().where(
            col(AgentSchool.agent_id) == col(AgentCommand.agent_id),
            self._at_visible_school(AgentSchool.school_code),
        )
        return or_(
            self._at_visible_school(AgentCommand.school_code),
            and_(col(AgentCommand.school_code).is_(None), serves),
        )
