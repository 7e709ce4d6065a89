"""What formats share: origins and destinations, batches of rows, numbers as text, whole imports."""
