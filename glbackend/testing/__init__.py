"""The annex: sample calls of every kernel, and the checkers that run them. May enter every floor."""

from glbackend.testing.custom import check_op

__all__ = ["check_op"]
