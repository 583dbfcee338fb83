"""Commands fetched by agents, at once or when there are some."""

import asyncio

from controller.lookout import About, Lookout
from drivers.plan import Commands
from inventory.commands import agents_to_tell, take_commands
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.models.base import utc_now

_NONE = Commands()


class CommandDesk:
    """Hands commands to agents that wait for them.

    Args:
        longest: seconds a request may be held.
    """

    def __init__(self, sessions: SessionFactory, lookout: Lookout, *, longest: float) -> None:
        self._sessions = sessions
        self._lookout = lookout
        self._longest = longest

    async def answer(self, agent_id: str, wait: float) -> Commands:
        """What the agent is to do, as soon as there is something; nothing when time is over.

        Raises:
            TooManyRequests: too many wait.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(wait, self._longest)
        async with self._lookout.waiting(agent_id, About.commands) as waiter:
            while True:
                waiter.woken.clear()
                # Who waits hears of the next look, and needs none of its own.
                told = self._lookout.has_commands(agent_id)
                look = wait <= 0 or told is not False
                found = await self._lookout.run(self._taken, agent_id) if look else _NONE
                left = ends - loop.time()
                if found.commands or left <= 0 or self._lookout.closing:
                    return found
                if not await waiter.wait(left):
                    return _NONE

    def _taken(self, agent_id: str) -> Commands:
        now = utc_now()
        with read_only(self._sessions) as session:
            if agent_id not in agents_to_tell(session, now):
                return _NONE
        with unit_of_work(self._sessions) as session:
            return take_commands(session, agent_id, now)
