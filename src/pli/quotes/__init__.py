"""Quotes answered on line: what was offered, to whom, until when, and what the client answered.

Owns the state of each quote. Emits ``quotes.*``. Refuses a second open quote for one document. How it is signed is
signing's matter, how it travels delivery's: journey joins them.
"""
