"""What several benches stand on: an installation of their own, and pyHanko doing the same work."""
