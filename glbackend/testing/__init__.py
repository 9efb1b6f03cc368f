"""Sample calls of every kernel, and the checkers that run them. It may import every floor, none imports it."""

from glbackend.testing.custom import check_op

__all__ = ["check_op"]
