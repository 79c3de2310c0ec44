"""Notebooks from the app: which there are, what can be set, and how one is run into a page to read (SPEC 10.5)."""

from ml.notebooks.carry_out import Result, carry_out
from ml.notebooks.catalogue import Book, Parameter, ask, book, books

__all__ = ["Book", "Parameter", "Result", "ask", "book", "books", "carry_out"]
