"""Spreadsheets and delimited text: from cells to rows with headings and places."""
