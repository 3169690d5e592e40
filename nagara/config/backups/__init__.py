"""One file that holds a whole installation: database, stored files, keys, checkpoints. Made while it runs; restored into an empty one.

The file is a gzipped tar: `about.json` first (so that a wrong one is refused at once), then the content, then `digests.json`
(so that one that was cut short is refused too). It holds the keys: whoever has it has the installation.
"""
