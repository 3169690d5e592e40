"""`python -m nagara.config …` is the console script `nagara`."""

from nagara.config.cli import main

main()
