"""Founding the team of the demo, and doing what its board says, as members would.

Everything is asked of the members' own engines; nothing is written past them.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from missive_desktop.demo.board import (
    ANA,
    BEN,
    CHIARA,
    LABELS,
    OPENED,
    PEOPLE,
    Mail,
    Plan,
    Shared,
    inboxes,
)
from missive_desktop.demo.lines import Filed, FromCompanion, Invited
from missive_desktop.demo.member import Member
from missive_desktop.demo.serving import Said
from missive_desktop.engine.space_admin_requests import InviteMember, MakeSpace, SeatKind
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    Comment,
    Label,
    MakeLabel,
    SetOpen,
)
from missive_desktop.store import team_spaces
from missive_desktop.store.database import Connection

_DAY = 86_400
Tell = Callable[[FromCompanion], None]


class Company:
    """The colleagues, their inboxes (name on the board: where it is) and conversations."""

    def __init__(self, folder: Path, now: int, stop: threading.Event) -> None:
        self.now, self._folder, self._stop = now, folder, stop
        self.moved = threading.Event()
        self.members: dict[str, Member] = {}
        self.inboxes = {each.name: each for each in inboxes()}
        self.scopes: dict[str, str] = {}
        self.conversations: dict[str, tuple[str, str]] = {}  # scope and id, by the board's name
        self._labels: dict[str, str] = {}
        self._users: dict[str, str] = {}

    def member(self, name: str) -> Member:
        if name not in self.members:
            self.members[name] = Member(self._folder / name, PEOPLE[name], self.moved, self._stop)
        return self.members[name]

    def close(self) -> None:
        closing = [threading.Thread(target=each.close) for each in self.members.values()]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()

    # -- founding

    def begin(self, served: Said, tell: Tell) -> None:
        """Found the team, invite the others, and do what the board says."""
        chiara = self.member(CHIARA)
        chiara.found(served.url, served.setup)
        for each in self.inboxes.values():
            made = chiara.call(
                MakeSpace(
                    team=chiara.team, name=each.name, address=each.address, colour=each.colour
                )
            )
            self.scopes[each.name] = made["scope"]
        name, email = PEOPLE[ANA]
        tell(Invited(self._invite(ANA, "admin"), email, name, secrets.token_hex(12)))
        link = self._invite(BEN, "member")
        with ThreadPoolExecutor(1, "ben") as pool:
            joined: Future[None] = pool.submit(lambda: self.member(BEN).join(link))
            self._file()
            tell(self._filed())
            joined.result()
        self._users = {name: chiara.user_of(person) for name, person in PEOPLE.items()}
        self._mark()
        self._talk()

    def _invite(self, name: str, role: str) -> str:
        chiara, (called, email) = self.member(CHIARA), PEOPLE[name]
        active: SeatKind = "active"
        seats = tuple((scope, active) for scope in self.scopes.values())
        request = InviteMember(team=chiara.team, email=email, name=called, role=role, seats=seats)
        return str(chiara.call(request)["link"])

    def _file(self) -> None:
        for inbox in self.inboxes.values():
            for name, plan in inbox.plans.items():
                mails = inbox.mails(name, self.now)
                self._file_one(inbox, name, mails[: -1 if plan.late else None])

    def _file_one(self, inbox: Shared, name: str, mails: list[Mail]) -> None:
        scope = self.scopes[inbox.name]
        known = self.conversations.get(name, (scope, ""))[1]
        conv = self.member(CHIARA).file(scope, mails, inbox.address, known)
        self.conversations[name] = (scope, conv)

    def _filed(self) -> Filed:
        read = [self.conversations[name] for name, plan in self._plans().items() if not plan.unread]
        scope, conv = self.conversations[OPENED]
        return Filed(scope, conv, tuple(read))

    def _plans(self) -> dict[str, Plan]:
        return {key: plan for each in self.inboxes.values() for key, plan in each.plans.items()}

    # -- doing

    def _mark(self) -> None:
        """Label, assign and close, each thing at once for all conversations that it is for."""
        plans, chiara = self._plans(), self.member(CHIARA)
        account = self._account()
        for name, colour in LABELS.items():
            request = MakeLabel(account=account, name=name, colour=colour, shared=True)
            self._labels[name] = chiara.call(request)["label"]
            wanted = self._here(CHIARA, [key for key, plan in plans.items() if name in plan.labels])
            chiara.call(Label(conversations=wanted, add=(self._labels[name],)))
        for name in PEOPLE:
            wanted = self._here(CHIARA, [key for key, plan in plans.items() if plan.to == name])
            chiara.call(Assign(conversations=wanted, add=(self._users[name],)))
        closed = [key for key, plan in plans.items() if plan.state == "closed"]
        chiara.call(SetOpen(conversations=self._here(CHIARA, closed)))

    def _talk(self) -> None:
        for name, plan in self._plans().items():
            for said in plan.comments:
                self.say(said.by, name, said.text)
            if plan.task is not None:
                due = self.now + plan.task.days * _DAY
                users = (self._users[plan.task.to],) if plan.task.to else ()
                [here] = self._here(CHIARA, [name])
                task = AddTask(title=plan.task.title, conversation=here, assignees=users, due=due)
                self.member(CHIARA).call(task)

    def open(self, answer: str) -> int:
        """Answer what the user of the window asked Ben; the mail that waits for it comes.

        Return how many mails the conversation has then.
        """
        scope, conv = self.conversations[OPENED]
        ben, asked = self.member(BEN), self._users[BEN]

        def is_asked(conn: Connection) -> bool:
            seen = ben.timeline(conn, scope, conv)
            return seen is not None and any(asked in each.mentions for each in seen.comments)

        ben.wait(is_asked)
        self.show(BEN, OPENED, typing=False)
        self.say(BEN, OPENED, answer)
        self.arrive(OPENED)
        return len(self._shared(OPENED).mails(OPENED, self.now))

    def say(self, who: str, name: str, text: str) -> None:
        [here] = self._here(who, [name])
        self.member(who).call(Comment(conversation=here, text=text))

    def take(self, who: str, name: str) -> None:
        self.member(who).call(
            Assign(conversations=self._here(who, [name]), add=(self._users[who],))
        )

    def show(self, who: str, name: str, *, typing: bool) -> None:
        scope, conv = self.conversations[name]
        self.member(who).show(scope, conv, "typing" if typing else "viewing")

    def arrive(self, name: str) -> None:
        """Let a mail come in now: the last one of a conversation, or one that begins another."""
        inbox = self._shared(name)
        # Mail knows seconds only: it shall stand below what was said in this one.
        self._file_one(inbox, name, inbox.mails(name, int(time.time()) + 1)[-1:])

    def _shared(self, name: str) -> Shared:
        return next(each for each in self.inboxes.values() if (each.folder / name).is_dir())

    def _here(self, who: str, names: list[str]) -> tuple[int, ...]:
        member = self.member(who)
        return tuple(member.conversation(*self.conversations[name]) for name in names)

    def _account(self) -> int:
        """Return the account that shows the first inbox to Chiara."""
        with self.member(CHIARA).runtime.reading() as conn:
            row = team_spaces.get(conn, next(iter(self.scopes.values())))
        return row.account if row else 0

    def user(self, name: str) -> str:
        return self._users[name]
