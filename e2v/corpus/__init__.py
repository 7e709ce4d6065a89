"""Bytes to token ids: vocabularies, histories, and the corpus that training reads.

`text` makes a corpus of text, `events` of a log of who had what.
"""
