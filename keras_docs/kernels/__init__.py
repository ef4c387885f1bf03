"""Compiled loops over arrays; each has a plain twin elsewhere to test against."""
