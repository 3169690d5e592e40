"""HTTP of this part: the office's list of areas, the record of one area, its boundary."""
