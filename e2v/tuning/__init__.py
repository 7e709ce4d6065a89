"""Settings found by trials: how many are tried on how much, what became of each, and which are chosen."""
