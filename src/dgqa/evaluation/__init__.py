"""Question sets measured."""
