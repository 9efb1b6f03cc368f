"""Names of layers that their user gives none: dense_Dense1, dense_Dense2, ..., as TF.js makes them."""

import threading

from glbackend.base.naming import snake_case

_highest: dict[str, int] = {}  # by class: the number in a name of that form, of those so far
_counting = threading.Lock()


def layer_name(class_name: str, given: str | None) -> str:
    """The name given, or one that no layer of the class has had, made up or given by its user or a file.

    >>> layer_name("Ramp", "mine"), layer_name("Ramp", None) == layer_name("Ramp", None)
    ('mine', False)
    """
    head = f"{snake_case(class_name)}_{class_name}"
    with _counting:
        last = _highest.get(class_name, 0)
        if not given:
            _highest[class_name] = last + 1
            return f"{head}{last + 1}"
        number = given.removeprefix(head)
        if number != given and number.isdecimal() and len(number) < 10:
            _highest[class_name] = max(last, int(number))
    return given
