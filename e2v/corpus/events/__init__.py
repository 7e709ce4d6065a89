"""Logs of events, who had what and when, to a corpus of histories."""
