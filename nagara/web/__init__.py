"""The shell: home, search, map, my tasks; how every page looks."""
