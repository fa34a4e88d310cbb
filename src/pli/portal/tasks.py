"""Jobs of the portal's doors."""

from procrastinate.contrib.django import app

from pli.portal.verify.keeping import let_go


@app.periodic(cron="*/10 * * * *", periodic_id="portal.verify")
@app.task(name="portal.let_go", queueing_lock="portal.let_go")
def let_go_of_verified(timestamp: int) -> None:
    """Remove the files that visitors of the verification page dropped, once their half hour is over."""
    let_go()
