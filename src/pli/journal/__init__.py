"""Events with their meaning, the outbox that drives the journey, the hash chain, its anchors and their verifier."""
