"""The world that `make run` loads: the public record with a source on every fact, and one invented round to walk through."""
