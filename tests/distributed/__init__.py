"""Programs that tests/test_distribute.py starts in several processes."""
