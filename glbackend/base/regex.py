"""JavaScript's regular expressions, which StaticRegexReplace takes, in the spelling of Python's `re`."""

import re
from collections.abc import Callable
from functools import lru_cache

from glbackend.base.errors import ArgumentError

_OUTSIDE = (  # what JavaScript writes, what Python writes; first match wins
    (re.compile(r"\(\?<(?![=!])"), "(?P<"),
    (re.compile(r"\\k<(\w+)>"), r"(?P=\1)"),
    (re.compile(r"\[\^\]"), r"[\\s\\S]"),
    (re.compile(r"\[\]"), "(?!)"),
    (re.compile(r"\\(?=[/<>-])"), ""),
    (re.compile(r"\$"), r"\\Z"),
    (re.compile(r"\."), r"[^\\n\\r\\u2028\\u2029]"),
)
_PIECE = re.compile(r"\$(?:(\$)|(&)|(`)|(')|(\d\d?)|<(\w+)>)|\\(\d)")

Rewrite = Callable[["re.Match[str]"], str]


@lru_cache(maxsize=256)
def compiled(pattern: str, op: str = "static_regex_replace") -> "re.Pattern[str]":
    """The pattern for Python; ArgumentError where it is none.

    >>> compiled("(?<a>.)$").pattern
    '(?P<a>[^\\\\n\\\\r\\\\u2028\\\\u2029])\\\\Z'
    """
    parts, at, inside = [], 0, False
    while at < len(pattern):
        if not inside:
            for spelling, ours in _OUTSIDE:
                found = spelling.match(pattern, at)
                if found:
                    parts.append(found.expand(ours))
                    at = found.end()
                    break
            else:
                inside = pattern[at] == "["
                step = 2 if pattern[at] == "\\" else 1
                parts.append(pattern[at : at + step])
                at += step
            continue
        step = 2 if pattern[at] == "\\" else 1
        inside = pattern[at] != "]"
        parts.append("\\[" if pattern[at] == "[" else pattern[at : at + step])
        at += step
    try:
        return re.compile("".join(parts), re.ASCII)
    except re.error as error:
        raise ArgumentError(f"{op}: the pattern {pattern!r} is no regular expression: {error}") from None


@lru_cache(maxsize=256)
def rewriting(rewrite: str) -> Rewrite:
    r"""What to put in place of a match: $1, $&, $`, $', $<name> and $$ as in JavaScript, \1 as in TensorFlow.

    >>> compiled("(a)(b)").sub(rewriting(r"\2$1!"), "ab")
    'ba!'
    """

    def replaced(match: "re.Match[str]") -> str:
        return _PIECE.sub(lambda piece: _piece(piece, match), rewrite)

    return replaced


def _piece(piece: "re.Match[str]", match: "re.Match[str]") -> str:
    dollar, whole, before, after, number, name, slashed = piece.groups()
    if dollar:
        return "$"
    if whole:
        return match.group()
    if before:
        return match.string[: match.start()]
    if after:
        return match.string[match.end() :]
    if name is not None:
        return (match.group(name) or "") if name in match.re.groupindex else ""
    groups = match.re.groups
    if slashed is not None:
        return (match.group(int(slashed)) or "") if int(slashed) <= groups else piece.group()
    if len(number) == 2 and not 1 <= int(number) <= groups:  # $12 with fewer groups: $1, then a 2
        return (
            (match.group(int(number[0])) or "") + number[1]
            if 1 <= int(number[0]) <= groups
            else piece.group()
        )
    return (match.group(int(number)) or "") if 1 <= int(number) <= groups else piece.group()
