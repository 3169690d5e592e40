"""Pages are closed unless marked open here; `config/tests/test_open_pages.py` holds the reviewed list."""

from django.contrib.auth.decorators import login_not_required as open_page

__all__ = ["open_page"]
