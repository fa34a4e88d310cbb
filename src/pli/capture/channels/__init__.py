"""The doors of capture, one small file each."""
