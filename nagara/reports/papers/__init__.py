"""A frozen report as PDF, DOCX and XLSX: made once from the frozen rows, and kept."""
