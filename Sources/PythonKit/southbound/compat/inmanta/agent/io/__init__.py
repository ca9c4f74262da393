"""Access to the machine."""
