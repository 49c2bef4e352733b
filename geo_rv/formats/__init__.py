"""Formats of its own that no library reads: written angles, survey text, Ovital's KML."""
