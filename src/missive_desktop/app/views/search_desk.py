"""Joins the search field to its presenter and to the list that shows what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.listing import ListingPresenter
from missive_desktop.app.presenters.place import Filter, Kind, Place
from missive_desktop.app.presenters.search import SearchPresenter
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.search_field import Offer
from missive_desktop.store.database import Connection


class SearchDesk(QObject):
    """While one searches the list shows results; afterwards what it showed before."""

    def __init__(
        self,
        window: MainWindow,
        listing: ListingPresenter,
        open_connection: Callable[[], Connection],
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._field = window.search
        self._list = window.list_pane.list
        self._listing = listing
        self._before: tuple[Place, Filter] = (places.INBOX, Filter.ALL)
        self.show_trouble = tell
        self._presenter = SearchPresenter(open_connection, self, listing.names)
        self._field.typed.connect(self._presenter.typed)
        self._field.typed.connect(lambda _: self.offer())
        self._field.opened.connect(self.offer)
        self._field.closed.connect(self._leave)
        self._field.to_list.connect(self._to_results)
        window.list_pane.ordered.connect(self._presenter.order)

    def close(self) -> None:
        """End the search's thread."""
        self._presenter.close()

    # -- what the presenter shows

    def show_results(self, text: str, found: Sequence[tuple[int, int]], more: bool) -> None:
        place = places.search_place(text)
        if self._listing.place.kind is Kind.SEARCH:
            self._listing.exchange_found(place, found)
        else:
            self._before = (self._listing.place, self._listing.only)
            self._listing.show_found(place, found)
        self._window.sidebar.tree.show_place(place)
        self._field.show_count(self._count(len(found), more))

    def show_terms(self, terms: Sequence[str]) -> None:
        self._list.set_terms(terms)

    def show_mistake(self, sentence: str, start: int, length: int) -> None:
        self._field.show_mistake(sentence, start, length)

    def show_unsearched(self) -> None:
        self._field.show_count("")
        if self._listing.place.kind is Kind.SEARCH:
            self._listing.open(*self._before)
            self._window.sidebar.tree.show_place(self._listing.place)

    def offer(self) -> None:
        """Show ways to go on with what stands in the field."""
        found = self._presenter.offers(self._field.text, self._field.caret)
        self._field.offer([Offer(*each) for each in found])

    # -- leaving

    def _count(self, count: int, more: bool) -> str:
        if not count:
            return self.tr("Nothing found")
        if count == 1:
            return self.tr("1 conversation")
        number = self._window.locale().toString(count) + ("+" if more else "")
        return self.tr("{0} conversations").format(number)

    def _leave(self) -> None:
        self._presenter.typed("")
        self._window.focus_list()

    def _to_results(self) -> None:
        self._list.setFocus()
        if not self._list.current:
            self._list.step(0)
