"""Words that say who is affected, for buttons, menus and what is said after an act."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.presenters.shown import SpaceHeader


def whom(size: int, space: str) -> str:
    """Return for whom an act is that all of a space see."""
    tr = QCoreApplication.translate
    if not space:
        return tr("SpaceWords", "for everybody who shares them")
    if size <= 1:
        return tr("SpaceWords", "for all of {0}").format(space)
    return tr("SpaceWords", "for the {0} people of {1}").format(size, space)


def shared_with(space: SpaceHeader) -> str:
    tr = QCoreApplication.translate
    size = len(space.people)
    if size <= 1:
        return tr("SpaceWords", "In {0}, only you so far").format(space.name)
    return tr("SpaceWords", "Shared with {0}, {1} people").format(space.name, size)


def people_of(space: SpaceHeader) -> str:
    """Return who shares a space, for a tooltip: a line each."""
    tr = QCoreApplication.translate
    lines = []
    for each in space.people:
        name = tr("SpaceWords", "{0} (you)").format(each.name) if each.me else each.name
        lines.append(tr("SpaceWords", "{0}, observer").format(name) if each.observer else name)
    return "\n".join(lines)
