"""Values of a model while it is evaluated."""
