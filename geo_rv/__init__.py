"""geo-rv: the planning GIS of a township and its county."""
