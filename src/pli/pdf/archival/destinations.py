"""Where links, bookmarks and the opening of a file lead: places that are there, said as every judge reads them."""

from __future__ import annotations

from collections.abc import Iterable

from pikepdf import Array, Dictionary, Name, Object

from pli.pdf.archival.conversion import Conversion

_ACTIONS = {"/GoTo", "/GoToR", "/URI", "/Thread"}
_NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_MOST_OUTLINES = 100_000
_DEEPEST = 200


def is_allowed(action: Object | None) -> bool:
    """Whether a part of the norm lets a file do this; what would follow it is taken out."""
    if not isinstance(action, Dictionary):
        return False
    drop(action, ("/Next",))
    kind = str(action.get("/S"))
    return kind in _ACTIONS or (kind == "/Named" and str(action.get("/N")) in _NAMED)


def settle_opening(work: Conversion) -> None:
    """What a file does when it is opened: it may show one of its pages."""
    root = work.pdf.Root
    if isinstance(root.get("/OpenAction"), Array):
        _settle(root, root, "/OpenAction", "/OpenAction")
        return
    action = root.get("/OpenAction")
    if isinstance(action, Dictionary):
        _settle(root, action, "/D", "/OpenAction")
        if not is_allowed(action):
            drop(root, ("/OpenAction",))
            work.note("Une action à l’ouverture a été retirée.")


def write_destination_here(entry: Object) -> None:
    """Settle where a link or a bookmark leads."""
    _settle(entry, entry, "/Dest", "/Dest")
    action = entry.get("/A")
    if isinstance(action, Dictionary):
        _settle(entry, action, "/D", "/A")


def _settle(entry: Object, holder: Object, key: str, whole: str) -> None:
    """PDFBox Preflight takes a destination that is an object of its own, or wrapped in a dictionary, for an error. One
    that leads nowhere (its page was taken out, or never was) leads nowhere afterwards either: ``whole`` is dropped."""
    destination = holder.get(key)
    if isinstance(destination, Dictionary) and isinstance(destination.get("/D"), Array):
        destination = holder[key] = Array(destination.D.as_list())
    if not isinstance(destination, Array):
        return
    if not _leads_somewhere(destination, is_elsewhere=holder.get("/S") == Name.GoToR):
        drop(entry, (whole,))
    elif destination.is_indirect:
        holder[key] = Array(destination.as_list())


def _leads_somewhere(destination: Array, *, is_elsewhere: bool) -> bool:
    """ISO 32000-1 §12.3.2.2: a page of this file (a number, of another), and how to show it."""
    if len(destination) < 2:
        return False
    page = destination[0]
    return is_elsewhere or (isinstance(page, Dictionary) and "/Type" in page and page.Type == Name.Page)


def settle_outlines(work: Conversion) -> None:
    """Bookmarks: no forbidden action, and each told rightly what is beside, above and below it."""
    top = work.pdf.Root.get("/Outlines")
    if isinstance(top, Dictionary):
        count = _Bookmarks(work).settle(top, 0)
        # ISO 32000-1 table 152: a list of bookmarks that shows some says how many.
        if count and "/Count" not in top:
            top.Count = count


class _Bookmarks:
    def __init__(self, work: Conversion) -> None:
        self._work = work
        self._seen: set[tuple[int, int]] = set()

    def settle(self, parent: Object, depth: int) -> int:
        """The bookmarks right below ``parent``; how many. A chain that comes back to itself ends there."""
        before: Object | None = None
        entry, count = parent.get("/First"), 0
        while isinstance(entry, Dictionary) and entry.objgen not in self._seen and len(self._seen) < _MOST_OUTLINES:
            self._seen.add(entry.objgen)
            count += 1
            _link(entry, before, parent)
            self._clean(entry)
            if depth < _DEEPEST:
                self.settle(entry, depth + 1)
            before, entry = entry, entry.get("/Next")
        if before is None:
            drop(parent, ("/First", "/Last"))
            return 0
        drop(before, ("/Next",))
        last = parent.get("/Last")
        if not isinstance(last, Dictionary) or last.objgen != before.objgen:
            parent.Last = before
        return count

    def _clean(self, entry: Object) -> None:
        drop(entry, ("/AA",))
        write_destination_here(entry)
        if "/A" in entry and not is_allowed(entry.get("/A")):
            del entry["/A"]
            self._work.note("Une action interdite a été retirée d’un signet.")


def _link(entry: Object, before: Object | None, parent: Object) -> None:
    # Compared by place: to compare two bookmarks by content would walk all that hangs on them.
    for key, other in (("/Prev", before), ("/Parent", parent)):
        told = entry.get(key)
        if other is None:
            drop(entry, (key,))
        elif not isinstance(told, Dictionary) or told.objgen != other.objgen:
            entry[key] = other


def drop(item: Object, keys: Iterable[str]) -> None:
    """Take these entries out, where they are."""
    for key in keys:
        if key in item:
            del item[key]
