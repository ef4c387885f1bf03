"""Compiled loops over arrays; each has a plain twin elsewhere to test against.

Numba keeps compiled functions on disk and compiles one anew when its own file changes,
but not when a function that it calls from another file does. So a file that calls
compiled functions of another says which, and what that file held: the line changes with
it, and a test tells when it has to.
"""
