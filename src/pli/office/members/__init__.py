"""« Réglages › Équipe »: members, roles, invitations."""
