"""Tests of what a run will take."""
