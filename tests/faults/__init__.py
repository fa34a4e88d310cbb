"""Processes killed, disks full, services gone: nothing lost, nothing twice, nothing stuck."""
