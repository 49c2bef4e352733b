"""Findings into what a person files, prints or sends."""
