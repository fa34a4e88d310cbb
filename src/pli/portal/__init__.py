"""What clients, employees and signers see."""
