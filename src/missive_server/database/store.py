"""What a back end offers: run a transaction, read in one, and be closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from missive_server.database.work import Work

P = ParamSpec("P")
T = TypeVar("T")


class Store(Protocol):
    """`run(work, …)` starts `work(…)` anew when the database asks for another try, so it may have
    no effects of its own. Once it returned, what was written is on the disk.
    """

    async def run(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a transaction. Busy if too many wait; Trouble if the database does not work."""
        ...

    async def read(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read in one transaction that sees one state of everything, and may not write."""
        ...

    async def close(self) -> None:
        """Let what runs end, and let go of the database."""
        ...

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        ...

    @property
    def waiting(self) -> int:
        """How many transactions wait or run."""
        ...
