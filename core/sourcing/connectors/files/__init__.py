"""Files that people bring: CSV, XLSX, vCard, looked at first, then taken in row by row (SPEC 8.1)."""
