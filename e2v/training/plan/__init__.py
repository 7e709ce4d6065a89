"""What a run will take, before it is run: time, memory and disk."""
