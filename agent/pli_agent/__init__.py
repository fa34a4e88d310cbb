"""Signs what Pli asks with the key on a card or USB token of this workstation."""
