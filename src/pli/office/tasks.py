"""Jobs of the office's doors."""

from procrastinate.contrib.django import app

from pli.office.accounts import mail


@app.task(name="office.send_password_reset", retry=5)
def send_password_reset(*, email: str) -> None:
    """Send a reset link, if the address is somebody's."""
    mail.mail_password_reset(email)
