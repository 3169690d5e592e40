"""The data behind the public pages, and the page that describes it."""
