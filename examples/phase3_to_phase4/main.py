"""An orchestrator that knows nothing of svcerrors. Its bundle lacks shared/utils: it dies at import."""

from orchestration.shared.utils.bigquery_utils import rows_of_phase_3


def orchestrate(request):
    """Start phase 4 once phase 3 is complete."""
    ready = rows_of_phase_3(request.get_json(silent=True) or {})
    return {"phase_4_started": ready > 0}
