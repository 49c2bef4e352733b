"""The readers of all formats but tables: from a private copy of a file to its raw layers."""
