"""What the project measures, each figure beside a ceiling or a peer in the same run."""
