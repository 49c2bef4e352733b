"""Archives, and files that come as several: what is in them, unpacked without trusting them."""
