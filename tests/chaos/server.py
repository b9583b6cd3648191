"""The house as the chaos runs it: some of its processes die at a commit.

A blow from outside seldom falls just when it matters: before the commit, when nothing
may be left of the deed, and after it, when all of it must be, and its guest still has
no answer.
"""

import os
import random
import signal

from sqlalchemy import event

from festival import create_app
from festival.extensions import db

ONE_IN = 10

app = create_app()


def dies(_: object) -> None:
    """Kill this process, now and then."""
    if random.SystemRandom().randrange(ONE_IN) == 0:
        os.kill(os.getpid(), signal.SIGKILL)


with app.app_context():
    event.listen(db.engine, "commit", dies)
event.listen(db.session, "after_commit", dies)
