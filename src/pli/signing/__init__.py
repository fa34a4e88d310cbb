"""Ceremonies: signers, one-time codes, marks, sealing, evidence records.

Owns: Ceremony and everything below it. Emits: ``signing.*`` events. Refuses: to sign other bytes than those shown, to
lower a level, to tell a link or a code to anybody but its signer.
"""
