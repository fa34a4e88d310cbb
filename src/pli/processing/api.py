"""The entrance of processing."""
