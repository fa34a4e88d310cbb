"""The life of a message."""

from pli.kit.transitions import TransitionTable

# WAITING   to be sent, being sent, or to be tried again
# SENT      the provider took it
# CANCELLED withdrawn before it left
# FAILED    the provider refused it for good, or it outlived its use
MESSAGE = TransitionTable(
    name="message",
    moves={
        ("WAITING", "send"): "SENT",
        ("WAITING", "cancel"): "CANCELLED",
        ("WAITING", "fail"): "FAILED",
        ("FAILED", "retry"): "WAITING",
    },
    final=frozenset({"SENT", "CANCELLED"}),
)
