"""Many projects as one workbook: what its columns are, reading, checking, loading, writing, marking what is at fault."""
