"""The temporal evolution of entities: recent instances in the store, older ones in Parquet files, one answer from both."""
