"""Tracked sendings (« envoi électronique suivi avec preuves »): not registered mail, and never called so."""
