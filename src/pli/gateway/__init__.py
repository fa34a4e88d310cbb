"""The mail gateway: takes its members' mail by SMTP, does what a word of the subject asks, and hands it to the
installation's mail server.

Owns: sending accounts, accepted messages, what became of each recipient, files put behind links. Emits ``gateway.*``.
Refuses: to acknowledge before bytes and row are durable; to act for somebody who did not log in; to change a byte of a
message that carries no word of ours.
"""
