"""Run the tests on every Python that svcerrors supports, against the built wheel."""

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Install the wheel, not the checkout, and test that."""
    constraint = ("--constraint", "constraints.txt")
    session.install("--upgrade", "pip", *constraint)
    session.install(".[cli,backfill,bigquery,sink,storage,pull]", *constraint)
    session.install("--group", "tests", *constraint)
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *session.posargs)
