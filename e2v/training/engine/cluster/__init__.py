"""Training with workers that each have the whole model, and exchange what they have learned."""
