-- threshold       what `counts` has to exceed; of a rule with `at least`, what it has to reach
-- window_minutes  how far back the rule looks; the alert ends after its condition was false for so long
-- severity        empty: that of the error, or of the gap
SELECT
  rules.rule,
  rules.threshold,
  rules.window_minutes,
  rules.severity,
  rules.counts
FROM UNNEST(
  ARRAY<STRUCT<
    rule STRING, threshold FLOAT64, window_minutes INT64, severity STRING, counts STRING
  >>[
    ('sink_silent', 15, 15, 'CRITICAL', 'minutes without a heartbeat of the sink in the table'),
    ('route_failing', 0, 60, 'CRITICAL', 'notices that a route did not take, and none that it took since'),
    ('startup_failure', 0, 60, 'CRITICAL', 'revisions that could not start, and did not answer since'),
    ('trigger_missing', 0, 60, 'CRITICAL', 'schedulers or subscriptions of the manifest that do not exist, or are paused'),
    ('missing_run', 0, 60, 'ERROR', 'expected runs that did not come within their grace, and none since'),
    ('stalled_run', 0, 60, 'ERROR', 'runs that started and did not end within their max_minutes, and none that succeeded since'),
    ('run_gap', 15, 60, NULL, 'minutes between the end of a run and the start of the one that follows; CRITICAL above twice as many'),
    ('phase_failing', 3, 60, 'CRITICAL', 'at least so many failures in a phase of which no processor succeeds'),
    ('no_data_streak', 3, 1440, 'ERROR', 'at least so many expected runs without data, one after the other, on days with work'),
    ('stale_service', 24, 60, 'ERROR', 'hours without a sign of life of a service'),
    ('widespread', 5, 10, 'CRITICAL', 'services that fail within the window'),
    ('poison_message', 5, 120, 'ERROR', 'failures of one event within the window'),
    ('regressed', 0, 60, NULL, 'occurrences in a later revision, or of a later time, than the resolve'),
    ('new_error', 0, 60, NULL, 'occurrences of an error that was not seen in the 7 days before'),
    ('recurring', 5, 60, NULL, 'occurrences of one error of a service within the window'),
    ('burst', 10, 5, 'CRITICAL', 'failures of one service within the window'),
    ('spike', 3, 60, 'WARNING', 'times as many failures of a service as in the same hour of the 7 days before, and more than 20'),
    ('rejects', 0, 60, 'ERROR', 'messages that could not become rows within the window')
  ]
) AS rules
