"""What Pli costs: prepaid accounts as double-entry ledgers, meters, prices, invoices, the space used.

Owns what an organisation paid and used. Emits ``billing.*``. Refuses to charge the same thing twice, to charge a
failure, and to change what was booked.
"""
