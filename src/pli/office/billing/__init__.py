"""« Compte prépayé »: balance, statement, prices, invoices, space; and for whoever runs Pli, everybody's accounts."""
