"""Where on the Earth coordinates are: their system, their datum, their type."""
