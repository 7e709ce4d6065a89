"""Every call that a command makes to the system, failing once in every way: see `tests.faults.__main__`."""
