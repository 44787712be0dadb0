"""Tables on narrow screens: a column of sentences keeps room for them, and the table scrolls instead."""

import re
from itertools import count

LONG, LONG_AMONG_MANY = 80, 40  # letters in a cell of three columns, and of more; a syllable of Hangul counts as two

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL)
_UNSEEN = re.compile(r"<small\b.*?</small>|<[^>]+>", re.DOTALL)  # notes of citations, and tags


def with_room(html: str) -> str:
    """``html`` in which the head of a long column says so, in tables of three columns or more."""
    return _TABLE.sub(lambda table: _marked(table[0]), html)


def _marked(table: str) -> str:
    rows = [_CELL.findall(row) for row in _ROW.findall(table)]
    columns = list(zip(*filter(None, rows), strict=False))
    if len(columns) < 3:
        return table
    most = LONG if len(columns) == 3 else LONG_AMONG_MANY
    is_long = [max(map(_width, cells)) > most for cells in columns]
    place = count()
    return re.sub(r"<th\b", lambda head: '<th class="long"' if is_long[next(place)] else head[0], table)


def _width(cell: str) -> int:
    return sum(1 + ("가" <= letter <= "힣") for letter in _UNSEEN.sub("", cell))
