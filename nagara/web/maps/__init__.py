"""Maps made on the server as SVG. Colours are classes of the sheet, so that dark and print follow."""
