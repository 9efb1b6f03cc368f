"""A graph as an SVG picture, from top to bottom: layers of nodes, few crossings, curves that pass between.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981):
nodes get layers by their longest way from a source; an edge over several layers gets a joint in each; joints
and nodes of a layer are put in order by the middle of their neighbours; then places are found that lie below
them, in that order, without touching.
"""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from glbackend.base.errors import ArgumentError

MOST_NODES = 1500  # that are drawn; of larger graphs the first
MOST_JOINTS = 20_000  # of all long edges; beyond it they go straight
SWEEPS = 8
NODE_HEIGHT, LAYER_GAP, NODE_GAP, JOINT_GAP = 40.0, 34.0, 22.0, 14.0  # pixels
MARGIN = 20.0
MOST_LETTERS = 34
FILLS = (
    "#dbe9f6", "#fde6cf", "#d9efdc", "#f3dcea", "#f8dad4", "#e3e0f3", "#fbf1c7", "#d5eeee", "#e8e2d6",
    "#e4ecd0",
)  # fmt: skip
Node = tuple[str, str, str]
Edge = tuple[str, str]


def svg(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """The picture as the text of an `<svg>` element, self-contained: no script, no font, no address.

    `nodes`: an id, a title and a subtitle ("" for none) for each; nodes of one title have one colour.
    `edges`: pairs of ids, from and to. Circles are allowed: an edge that closes one is drawn upwards.

    Of a graph with more than MOST_NODES nodes only the first are drawn, and a line says so. ArgumentError for
    an id that is there twice, or an edge of an unknown one. As Keras's `plot_model`, which needs graphviz.

    >>> picture = svg([("a", "Dense", "8 units"), ("b", "Softmax", "")], [("a", "b")])
    >>> picture.startswith("<svg"), picture.count("<rect"), picture.count("<path")
    (True, 2, 1)
    """
    known = {node[0] for node in nodes}
    if len(known) != len(nodes):
        raise ArgumentError(f"svg: {len(nodes)} nodes have only {len(known)} ids")
    strange = [edge for edge in edges if not known.issuperset(edge)]
    if strange:
        raise ArgumentError(f"svg: the edge {strange[0]} is of no node")
    drawn = nodes[:MOST_NODES]
    kept = {node[0] for node in drawn}
    lines = [edge for edge in dict.fromkeys(edges) if kept.issuperset(edge) and edge[0] != edge[1]]
    return _Picture(drawn, lines, len(nodes) - len(drawn)).text()


class _Picture:
    """A graph while it is laid out. Items are ids of nodes, and numbers for the joints of edges."""

    def __init__(self, nodes: Sequence[Node], edges: Sequence[Edge], left_out: int) -> None:
        self.nodes = {node[0]: node for node in nodes}
        self.left_out = left_out
        titles = list(dict.fromkeys(node[1] for node in nodes))
        self.fills = {title: FILLS[i % len(FILLS)] for i, title in enumerate(titles)}
        ranks = ranks_of(list(self.nodes), edges)
        self.ways = self._with_joints(ranks, edges)
        self.rows: list[list[str | int]] = [[] for _ in range(max(self.rank.values(), default=-1) + 1)]
        for item, rank in self.rank.items():
            self.rows[rank].append(item)
        self.x: dict[str | int, float] = {}
        self._order()
        self._place()

    def _with_joints(self, ranks: dict[str, int], edges: Sequence[Edge]) -> list[list[str | int]]:
        """Each edge as the items that it passes, and the neighbours of all items above and below."""
        self.rank: dict[str | int, int] = {}
        self.rank.update(ranks)
        self.above: dict[str | int, list[str | int]] = defaultdict(list)
        self.below: dict[str | int, list[str | int]] = defaultdict(list)
        ways: list[list[str | int]] = []
        joints = 0
        for start, end in edges:
            first, last = sorted((ranks[start], ranks[end]))
            between = range(first + 1, last) if joints + last - first <= MOST_JOINTS else range(0)
            way: list[str | int] = [start]
            for rank in between if ranks[start] == first else reversed(between):
                self.rank[joints] = rank
                way.append(joints)
                joints += 1
            way.append(end)
            ways.append(way)
            for one, other in pairwise(way):
                high, low = (one, other) if self.rank[one] <= self.rank[other] else (other, one)
                self.below[high].append(low)
                self.above[low].append(high)
        return ways

    def width(self, item: str | int) -> float:
        """How much room an item takes."""
        if isinstance(item, int):
            return 2.0
        _, title, subtitle = self.nodes[item]
        letters = max(len(short(title)) * 8.3, len(short(subtitle)) * 6.0)
        return max(letters + 22, 64.0)

    def _order(self) -> None:
        """Sweeps down and up: each layer in the order of its neighbours' middles."""
        at = {item: float(i) for row in self.rows for i, item in enumerate(row)}
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            near = self.above if down else self.below
            for row in self.rows if down else reversed(self.rows):
                middles = {
                    item: sum(at[one] for one in near[item]) / len(near[item]) if near[item] else at[item]
                    for item in row
                }
                row.sort(key=middles.__getitem__)
                at.update((item, float(i)) for i, item in enumerate(row))

    def _place(self) -> None:
        """Places within layers: side by side at first, then below and above their neighbours."""
        for row in self.rows:
            self._set(row, [0.0] * len(row))
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for row in self.rows if down else reversed(self.rows):
                wanted = []
                for item in row:
                    near = self.above[item] if down else self.below[item]
                    near = near or self.above[item] or self.below[item]
                    wanted.append(sum(self.x[one] for one in near) / len(near) if near else self.x[item])
                self._set(row, wanted)
        left = min((self.x[item] - self.width(item) / 2 for item in self.x), default=0.0)
        self.x = {item: x - left + MARGIN for item, x in self.x.items()}

    def _set(self, row: Sequence[str | int], wanted: Sequence[float]) -> None:
        """The places nearest to those wanted that keep the order and touch nobody."""
        offsets, end = [], 0.0
        for i, item in enumerate(row):
            if i:
                gap = JOINT_GAP if isinstance(item, int) or isinstance(row[i - 1], int) else NODE_GAP
                end += self.width(row[i - 1]) / 2 + gap + self.width(item) / 2
            offsets.append(end)
        for item, offset, place in zip(
            row, offsets, rising([w - o for w, o in zip(wanted, offsets, strict=True)]), strict=True
        ):
            self.x[item] = place + offset

    def y(self, item: str | int) -> float:
        """The upper edge of an item's layer."""
        return MARGIN + self.rank[item] * (NODE_HEIGHT + LAYER_GAP)

    def text(self) -> str:
        """The SVG."""
        wide = max((self.x[item] + self.width(item) / 2 for item in self.x), default=0.0) + MARGIN
        tall = 2 * MARGIN + len(self.rows) * (NODE_HEIGHT + LAYER_GAP)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{tall:.0f}" '
            f'viewBox="0 0 {wide:.0f} {tall:.0f}" font-family="Helvetica, Arial, sans-serif">',
            *(f'<path d="{self._curve(way)}" fill="none" stroke="#8a94a3" stroke-width="1.3"/>'
              f"{self._arrow(way)}" for way in self.ways),
            *(self._box(node) for node in self.nodes.values()),
        ]  # fmt: skip
        if self.left_out:
            parts.append(
                f'<text x="{MARGIN}" y="{tall - 8:.0f}" font-size="13" fill="#6b7280">'
                f"and {self.left_out:,} more nodes</text>"
            )
        return "\n".join([*parts, "</svg>"])

    def _curve(self, way: Sequence[str | int]) -> str:
        """A smooth line through the joints of an edge."""
        up = self.rank[way[0]] >= self.rank[way[-1]]
        start = self.y(way[0]) + (0 if up else NODE_HEIGHT)
        told = [f"M{self.x[way[0]]:.1f} {start:.1f}"]
        x, y = self.x[way[0]], start
        for item in way[1:]:
            top = self.y(item) + (NODE_HEIGHT if up else 0)
            bend = (y + top) / 2
            told.append(f"C{x:.1f} {bend:.1f} {self.x[item]:.1f} {bend:.1f} {self.x[item]:.1f} {top:.1f}")
            x, y = self.x[item], top
            if isinstance(item, int):
                y = top + (-NODE_HEIGHT if up else NODE_HEIGHT)
                told.append(f"L{x:.1f} {y:.1f}")
        return "".join(told)

    def _arrow(self, way: Sequence[str | int]) -> str:
        up = self.rank[way[0]] >= self.rank[way[-1]]
        x, y = self.x[way[-1]], self.y(way[-1]) + (NODE_HEIGHT if up else 0)
        back = 7 if up else -7
        corners = f"{x:.1f},{y:.1f} {x - 3.5:.1f},{y + back:.1f} {x + 3.5:.1f},{y + back:.1f}"
        return f'<polygon points="{corners}" fill="#8a94a3"/>'

    def _box(self, node: Node) -> str:
        name, title, subtitle = node
        x, y, wide = self.x[name], self.y(name), self.width(name)
        line = y + (17 if subtitle else 25)
        text = (
            f"<g><title>{escape(f'{title}: {subtitle}' if subtitle else title)}</title>"
            f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{NODE_HEIGHT:.0f}" rx="7" '
            f'fill="{self.fills[title]}" stroke="#9aa3af"/>'
            f'<text x="{x:.1f}" y="{line:.1f}" font-size="13" font-weight="600" text-anchor="middle" '
            f'fill="#22262b">{escape(short(title))}</text>'
        )
        if subtitle:
            text += (
                f'<text x="{x:.1f}" y="{y + 32:.1f}" font-size="11" text-anchor="middle" '
                f'fill="#4b5563">{escape(short(subtitle))}</text>'
            )
        return text + "</g>"


def short(text: str) -> str:
    """Text that fits into a node: of a path the end, which tells more.

    >>> short("a" * 40)[:3], len(short("a" * 40))
    ('\u2026aa', 34)
    """
    return text if len(text) <= MOST_LETTERS else "\u2026" + text[1 - MOST_LETTERS :]


def ranks_of(ids: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each node: its longest way from a node without edges to it; circles are cut somewhere.

    >>> ranks_of(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")])
    {'a': 0, 'b': 1, 'c': 2}
    """
    after: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(ids, 0)
    for start, end in edges:
        after[start].append(end)
        waiting[end] += 1
    rank = dict.fromkeys(ids, 0)
    ready = [one for one in ids if not waiting[one]]
    done: set[str] = set()
    rest = iter(ids)
    while len(done) < len(ids):
        if not ready:  # a circle: it is entered at its first node in the order that was given
            ready.append(next(one for one in rest if one not in done))
        one = ready.pop()
        if one in done:
            continue
        done.add(one)
        for other in after[one]:
            if other not in done:
                rank[other] = max(rank[other], rank[one] + 1)
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
    return rank


def rising(values: Sequence[float]) -> list[float]:
    """The numbers that never fall and are nearest to those given (by the sum of squares).

    Source: the pool-adjacent-violators algorithm of isotonic regression.

    >>> rising([1, 3, 2, 4])
    [1.0, 2.5, 2.5, 4.0]
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = float(value), 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, number = pools.pop()
            total, count = total + more, count + number
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
