"""What frames every screen: who is here, where they can go, which language, which organisation."""
