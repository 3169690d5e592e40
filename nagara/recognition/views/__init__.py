"""Pages: the public's (`public`), a program's (`machine`), the office's and an area's (`register`, `business`)."""
