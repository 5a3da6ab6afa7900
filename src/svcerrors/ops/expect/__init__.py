"""What a team expects to run: the manifest, the triggers that exist, and what changed of both.

document, cron   the two files that know YAML and cron
keys, manifest   a manifest read, each fault with its line
triggers, targets, seed   the lists of triggers read, and made a manifest to begin with
listing, watch   the same lists asked of Google Cloud itself, once or every hour
loads            the newest load of a table, the next one, and the difference
dated            runs whose times stand in a view of the team's own
"""
