"""Sample calls of every kernel, and the checkers that run them. No floor imports this folder."""

from glbackend.testing.custom import check_op

__all__ = ["check_op"]
