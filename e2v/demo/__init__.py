"""A generated corpus for `e2v demo`: no network, no data, and nothing about the world but a small table."""

from e2v.demo.corpus import generate_paragraphs
from e2v.demo.facts import Country, countries

__all__ = ["Country", "countries", "generate_paragraphs"]
