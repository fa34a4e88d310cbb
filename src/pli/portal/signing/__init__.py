"""The signer's pages: read, place, sign or refuse, done. The link selects the signer; nothing else is believed."""
