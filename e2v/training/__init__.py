"""From a corpus to vectors: the engine that runs units of work, and what is trained with it."""
