"""The key and the engine of a profile, fetched and started on a thread while Qt is imported."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from missive_desktop.profile import Profile

if TYPE_CHECKING:
    from missive_desktop.engine.start import Reached

Question = tuple[str, "Future[str | None]"]


class Opening:
    """`questions` are for the user: the passphrase, where no keychain has the key."""

    def __init__(
        self,
        profile: Profile,
        key: bytes | None = None,
        *,
        link: str = "",
        listens: bool = False,
    ) -> None:
        self.link = link  # that the program was opened with
        self.listens = listens  # later starts are to find this window
        self.profile = profile
        self.key: Future[bytes] = Future()
        self.engine: Future[Future[Reached]] = Future()
        self.questions: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._given = key
        threading.Thread(target=self._run, name="opening", daemon=True).start()

    def _run(self) -> None:
        # Imported here: the window's thread goes on with Qt meanwhile.
        from missive_desktop import keychain
        from missive_desktop.engine import start

        try:
            key = self._given or keychain.unlock(self.profile, self._ask)
            self.engine.set_result(start.begin(self.profile, key))
            self.key.set_result(key)
        except BaseException as error:
            for future in (self.engine, self.key):
                if not future.done():
                    future.set_exception(error)

    def _ask(self, question: str) -> str | None:
        answer: Future[str | None] = Future()
        self.questions.put((question, answer))
        return answer.result()
