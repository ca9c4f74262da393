"""Runs the functions that modules define, for the compiler that started this process."""
