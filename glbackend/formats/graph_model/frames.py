"""Which frame each node of control flow v1 runs in, and in which order what can run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model.nodes import GraphNode

ENTER, EXIT, NEXT = ("Enter", "RefEnter"), ("Exit", "RefExit"), ("NextIteration", "RefNextIteration")
MERGE, SWITCH, LOOP_COND = ("Merge", "RefMerge"), ("Switch", "RefSwitch"), ("LoopCond",)
FRAMED = frozenset((*ENTER, *EXIT, *NEXT))
FLOW = frozenset((*ENTER, *EXIT, *NEXT, *MERGE, *SWITCH, *LOOP_COND))
MOST_NESTED = 64


@dataclass(eq=False, slots=True)
class Frame:
    """A frame of a loop, or the outermost one, whose name is empty."""

    name: str
    parent: "Frame | None" = None
    depth: int = 0

    def within(self, outer: "Frame") -> "Frame":
        """The child of `outer` in which this frame lies; `outer` itself where it is the same."""
        frame, child = self, self
        while frame is not outer:
            assert frame.parent is not None
            frame, child = frame.parent, frame
        return child


def common(a: Frame, b: Frame) -> Frame:
    """The innermost frame around both."""
    while a is not b:
        deeper_a = a.depth >= b.depth
        parent = a.parent if deeper_a else b.parent
        assert parent is not None
        a, b = (parent, b) if deeper_a else (a, parent)
    return a


def find_frames(
    nodes: Mapping[str, GraphNode], sources: Mapping[str, list[str]], outermost: Frame
) -> dict[str, Frame]:
    """The frame in which each node runs; an Enter and an Exit count to the frame that they lead into.

    `sources`: by node the nodes that it depends on, constants left out. ModelFormatError for a circle that is
    no loop.
    """
    users: dict[str, list[str]] = {name: [] for name in nodes}
    waiting = {}
    for name in nodes:
        given = sources[name]
        waiting[name] = len(given)
        for source in given:
            users[source].append(name)
    children: dict[tuple[int, str], Frame] = {}
    found: dict[str, Frame] = {}
    ready = [(name, outermost) for name, count in waiting.items() if not count]
    while ready:
        name, given_in = ready.pop()
        if name in found:
            continue
        node, frame = nodes[name], given_in
        if node.op in ENTER:
            key = (id(given_in), str(node.attrs.get("frame_name")))
            frame = children.setdefault(key, Frame(key[1], given_in, given_in.depth + 1))
            if frame.depth > MOST_NESTED:
                raise ModelFormatError(f"node {name!r}: loops are nested more than {MOST_NESTED} deep")
        found[name] = frame
        gives_in = frame
        if node.op in (*EXIT, *NEXT) and frame.parent is None:
            raise ModelFormatError(f"node {name!r}: an {node.op} that is in no loop")
        if node.op in EXIT:
            assert frame.parent is not None
            gives_in = frame.parent
        for user in users[name]:
            waiting[user] -= 1
            if user not in found and (gives_in is not outermost or not waiting[user]):
                ready.append((user, gives_in))
    left = [name for name in nodes if name not in found]
    if left:
        raise ModelFormatError(f"the nodes {', '.join(map(repr, left[:5]))} form a circle that is no loop")
    return found


def in_order(
    units: Iterable[Any], needs: Callable[[Any], Iterable[Any]], name_of: Callable[[Any], str]
) -> list[Any]:
    """Units in an order that can run: each directly behind the last one that it needs.

    ModelFormatError where they need each other.
    """
    order: list[Any] = []
    state: dict[Any, bool] = {}  # whether it stands in the order yet
    for start in units:
        if start in state:
            continue
        state[start] = False
        stack = [(start, iter(needs(start)))]
        while stack:
            unit, rest = stack[-1]
            for needed in rest:
                if needed not in state:
                    state[needed] = False
                    stack.append((needed, iter(needs(needed))))
                    break
                if not state[needed]:
                    raise ModelFormatError(
                        f"node {name_of(needed)!r} waits for itself: the graph has a circle"
                    )
            else:
                stack.pop()
                state[unit] = True
                order.append(unit)
    return order
