"""Cloud Logging's past into a warehouse.

cloud_logging   the one file that knows its client: a page asked for
quota           how soon it may be asked again, and how long a passing failure is waited for
window          which entries: whose, since when, until when, by which filter
journal         how far a backfill came, so that the same command goes on
backfill        page after page into the sink's own intake
"""
