"""What is wrong with the rows of a file, and how it could be mended."""
