"""The queue looks after itself: jobs whose worker died are taken up again, and old rows go."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

# Workers beat every 3 s. A long computation may hold a beat back; twenty seconds without one is a dead worker.
STALLED_SECONDS = 20
KEPT_HOURS = 7 * 24


@app.periodic(cron="* * * * * */10")
@app.task(name="project.rescue_stalled_jobs", queueing_lock="project.rescue_stalled_jobs", pass_context=True)
async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put back in the queue the jobs of workers that died (every ten seconds: resumed well within a minute)."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="project.remove_old_jobs", queueing_lock="project.remove_old_jobs", pass_context=True)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Forget ended jobs after a week; what happened is in the journal."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True)
