"""Layers, rules, reports and texts as data: TOML files, no logic."""
