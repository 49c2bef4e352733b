"""The only place that picks or changes a coordinate system, or measures on the ellipsoid."""
