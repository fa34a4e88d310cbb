"""Documents, facts, renditions, blobs, folders and grants: the one door to content is get_for(actor, id)."""
