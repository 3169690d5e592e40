"""Named readings."""
