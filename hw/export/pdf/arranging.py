"""The order of floats on the pages: Typst places those of one column and those of two on their own.

A float may stand anywhere near its mention. One that comes out before its predecessor is moved to
the foot of the page or down the text, or gets both columns, until all stand by their numbers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Key = tuple[int, int, bool, float]
Place = tuple[int, float, float]  # page, and mm from its left and from its top
Places = Mapping[str, Place]
Order = list[str]  # the code of the blocks

_MARK = re.compile(r'marked\("((\w+)-(\d+))"')
_TRIALS = 24  # layouts
_MIDDLE = 100.0  # mm, left of which the first of two columns begins
_TOLERANCE = 1.0  # mm
_EARLIER = (2, 4, 7, 11, 16, 22)  # blocks by which the provenance is tried before the end


@dataclass(frozen=True)
class _Float:
    name: str
    kind: str  # image or table
    number: int
    index: int  # of its block
    code: str

    @property
    def wide(self) -> bool:
        return 'scope: "parent"' in self.code or "wide: true" in self.code

    @property
    def low(self) -> bool:
        return "placement: bottom" in self.code

    def key(self, place: Place) -> Key:
        """When it is read: page, band, column, height."""
        page, x, y = place
        band = 1 if not self.wide else 2 if self.low else 0
        return page, band, x > _MIDDLE and not self.wide, y


def arrange(codes: Sequence[str], places_of: Callable[[Order], Places]) -> Order:
    """Return the code of the blocks in an order in which floats come out by their numbers.

    Parameters
    ----------
    codes
        Code of each block; floats hold ``marked("image-3", …)`` and are numbered in one row.
    places_of
        Tells where the marks stand if the blocks are set in an order, with the end of the text as
        ``end``, the provenance as ``provenance`` and the page's lower margin as ``foot``. A float's
        own end has ``-end`` after its name.
    """
    best = list(codes)
    places = places_of(best)
    wrong = _misplaced(best, places)
    trials = 0
    while wrong and trials < _TRIALS:
        found = []
        for order in _remedies(best, *wrong[0]):
            trials += 1
            tried = places_of(order)
            still = _misplaced(order, tried)
            found.append((len(still), _last_page(tried), order, still, tried))
        count, _, order, still, tried = min(found, key=lambda trial: trial[:2])
        if count >= len(wrong) and "wide: true" not in order[wrong[0][0].index]:
            break
        best, wrong, places = order, still, tried
    return _raised(best, places, places_of)


def _floats(order: Order) -> list[_Float]:
    """The floats in the order of their numbers."""
    found = [
        _Float(match[1], match[2], int(match[3]), index, code)
        for index, code in enumerate(order)
        if (match := _MARK.search(code))
    ]
    return sorted(found, key=lambda one: one.number)


def _misplaced(order: Order, places: Places) -> list[tuple[_Float, _Float]]:
    """Floats that are read before an earlier one of their kind, each with that one; and those that
    Typst has put over the edge of the page, each with itself.
    """
    latest: dict[str, tuple[Key, _Float]] = {}
    wrong = []
    for one in _floats(order):
        if one.name not in places:
            continue
        key = one.key(places[one.name])
        if not one.wide and _overflows(one, places):
            wrong.append((one, one))
            continue
        if one.kind in latest and key < latest[one.kind][0]:
            wrong.append((one, latest[one.kind][1]))
        else:
            latest[one.kind] = (key, one)
    return wrong


def _overflows(one: _Float, places: Places) -> bool:
    end = places.get(f"{one.name}-end")
    return end is not None and "foot" in places and end[2] > places["foot"][2] + _TOLERANCE


def _remedies(order: Order, one: _Float, before: _Float) -> list[Order]:
    """Orders in which a float may come out after the one that is to be read before it."""
    remedies = []
    if one.wide and not one.low and "placement: top" in one.code:
        remedies.append(_with(order, one, one.code.replace("placement: top", "placement: bottom")))
    for narrow in (one, before) if one is not before else (one,):
        if "wide: false" in narrow.code:
            remedies.append(_with(order, narrow, narrow.code.replace("wide: false", "wide: true")))
    if "placement: none" in one.code:  # under its heading
        return [*remedies, _with(order, one, one.code.replace("placement: none", "placement: top"))]
    moved = [*order[: one.index], *order[one.index + 1 :]]
    at = one.index + 1
    while at < len(moved) and _MARK.search(moved[at - 1]):
        at += 1
    moved.insert(at, one.code)
    return [*remedies, moved]


def _with(order: Order, one: _Float, code: str) -> Order:
    return [*order[: one.index], code, *order[one.index + 1 :]]


def _last_page(places: Places) -> int:
    return max((page for page, _, _ in places.values()), default=0)


def _raised(order: Order, places: Places, places_of: Callable[[Order], Places]) -> Order:
    """Move a provenance that has the last page for itself to where that page is saved."""
    at = next((n for n, code in enumerate(order) if code.startswith("provenance(")), None)
    last = _last_page(places)
    if at is None or places.get("end", (last, 0, 0))[0] == last:
        return order
    wrong = len(_misplaced(order, places))
    for earlier in _EARLIER:
        if earlier < at:
            raised = [code for n, code in enumerate(order) if n != at]
            raised.insert(at - earlier, order[at])
            places = places_of(raised)
            if _last_page(places) < last and len(_misplaced(raised, places)) <= wrong:
                return raised
    return order
