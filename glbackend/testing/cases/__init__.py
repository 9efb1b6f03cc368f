"""Samples, declared once and read by tests, bench and checks: calls of ops, and layers."""
