"""The annex: sample calls of every kernel, and the checkers that run them. May enter every floor."""
