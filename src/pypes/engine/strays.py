"""Strays: where the store and this daemon disagree, because a commit's answer was lost, or others acted."""

from pypes.engine.dispatcher import Dispatcher
from pypes.engine.recorder import Recorder
from pypes.engine.tools import Tools


class Strays:
    """Looked for between two claims, so that none of them is under way meanwhile."""

    def __init__(self, tools: Tools, dispatcher: Dispatcher, recorder: Recorder) -> None:
        self._store = tools.store
        self._clock = tools.clock
        self._owner = tools.owner
        self._presence = tools.presence
        self._dispatcher = dispatcher
        self._recorder = recorder
        self._reopened = tools.store.reopened

    async def look(self) -> None:
        """Give back what is held without being known here; drop what is known here without being held."""
        reopened = self._store.reopened
        if reopened != self._reopened:
            await self._give_back()
            self._reopened = reopened
        if self._presence.wants_look and self._store.database.dialect.is_shared:
            self._presence.wants_look = False
            await self._drop()

    async def _give_back(self) -> None:
        """A claim may be on disk although its answer never came: nobody would ever send its runs."""
        owned = await self._store.read(lambda tx: tx.owned_ids(self._owner))
        strays = [run_id for run_id in owned if not self._is_known(run_id)]
        if strays:
            await self._store.write(lambda tx: tx.give_back(strays, self._owner))

    def _is_known(self, run_id: str) -> bool:
        return self._dispatcher.holds(run_id) or self._recorder.holds(run_id)

    async def _drop(self) -> None:
        """What was paused, replaced or cancelled through another daemon is not sent, or is cut, here too."""
        held = self._dispatcher.held_ids()
        if not held:
            return
        lost = await self._store.read(lambda tx: tx.lost_runs(held, self._owner))
        self._dispatcher.revoke(lost)
        self._dispatcher.cut(run_id for run_id, state in lost.items() if state == "cancelled")
