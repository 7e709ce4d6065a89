"""What formats share: input files and destinations, batches of rows, numbers as text, whole imports."""
