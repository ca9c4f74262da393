"""Loading of code."""
