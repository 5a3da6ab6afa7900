#!/usr/bin/env bash
# Makes, upgrades or takes away what carries errors from Cloud Logging into BigQuery. Doing it again changes nothing.
#
#   deploy.sh --project PROJECT --region REGION --notify MAIL [--dry-run]
#   deploy.sh --project PROJECT --region REGION --undo [--delete-data] [--dry-run]
#
#   --dataset NAME       the BigQuery dataset; svcerrors unless given
#   --location PLACE     where a new dataset is made; the region unless given
#   --logs-from PARENT   projects/P, folders/N or organizations/N: whose logs are read; may be given again;
#                        the project itself unless given
#   --sample-rate RATE   which part of the answers to ordinary callers is let through; 0.01 unless given
#   --route NAME=SECRET  alerts of the route NAME go to the address that the secret SECRET holds; may be given again
#   --alert-minutes N    how often the alert job runs; every 2 minutes unless given
#   --notify MAIL        who is told when svcerrors itself is ill
#   --undo               take everything away again but rows and dead letters; what is gone already is passed over
#   --delete-data        with --undo: the dataset with every row, too, and the dead letters
#   --dry-run            print the commands, and run none
#
# It needs gcloud (with its components alpha and beta), bq, and a python that has svcerrors (PYTHON names another).
# docs/deploying.md says which rights it needs. `svcerrors plan` shows what it would do, and what that costs.
set -euo pipefail
export CLOUDSDK_CORE_DISABLE_PROMPTS=1

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PYTHON=${PYTHON:-python3}

SERVICE=svcerrors-sink      # the filter lets nothing of this service through but heartbeats
JOB=svcerrors-alerts        # policies/ names it, the service and the subscriptions
TOPIC=svcerrors             # and the Log Router sinks, too
DEAD=svcerrors-dead
PUSH=svcerrors-push
BEAT=svcerrors-heartbeat
ROLE=svcerrorsWriter
SINK_TABLES='service_errors service_runs service_errors_rejected'
JOB_TABLES='alert_log expected_runs'
CONCURRENCY=80

fail() {
  printf 'deploy.sh: %s\n' "$1" >&2
  exit 2
}

PROJECT='' REGION='' DATASET=svcerrors LOCATION='' NOTIFY='' RATE=0.01 MINUTES=2
PARENTS=() ROUTES=() UNDO='' DELETE_DATA='' DRY_RUN=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --undo) UNDO=1 ;;
    --delete-data) DELETE_DATA=1 ;;
    --dry-run) DRY_RUN=1 ;;
    --project | --region | --dataset | --location | --notify | --sample-rate | --logs-from | --route | --alert-minutes)
      [[ $# -gt 1 && $2 != --* ]] || fail "$1 takes a value"
      case $1 in
        --project) PROJECT=$2 ;;
        --region) REGION=$2 ;;
        --dataset) DATASET=$2 ;;
        --location) LOCATION=$2 ;;
        --notify) NOTIFY=$2 ;;
        --sample-rate) RATE=$2 ;;
        --alert-minutes) MINUTES=$2 ;;
        --logs-from) PARENTS+=("$2") ;;
        --route) ROUTES+=("$2") ;;
      esac
      shift
      ;;
    -h | --help)
      sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail "there is no option $1: --help lists them" ;;
  esac
  shift
done

[[ $PROJECT && $REGION ]] || fail 'give --project and --region'
[[ $NOTIFY || $UNDO ]] || fail 'give --notify MAIL: a policy that tells no one is none'
[[ $UNDO || ! $DELETE_DATA ]] || fail '--delete-data goes with --undo'
[[ $DATASET =~ ^[A-Za-z0-9_]+$ ]] || fail "--dataset $DATASET: letters, digits and underscores only"
[[ $MINUTES =~ ^([1-9]|10)$ ]] || fail "--alert-minutes $MINUTES: give 1 to 10, for after 15 the silence of the job is an incident"
[[ ${#PARENTS[@]} -gt 0 ]] || PARENTS=("projects/$PROJECT")
for parent in "${PARENTS[@]}"; do
  [[ $parent =~ ^(projects/[a-z0-9:.-]+|folders/[0-9]+|organizations/[0-9]+)$ ]] ||
    fail "--logs-from $parent: give projects/P, folders/N or organizations/N"
done
for route in ${ROUTES[@]+"${ROUTES[@]}"}; do
  [[ $route =~ ^[A-Za-z0-9_-]+=[A-Za-z0-9_-]+$ ]] || fail "--route $route: give NAME=SECRET"
done

WAREHOUSE=bigquery:$PROJECT.$DATASET
account() { printf '%s@%s.iam.gserviceaccount.com' "$1" "$PROJECT"; }
SINK_ACCOUNT=$(account svcerrors-sink)      # writes rows
PUSH_ACCOUNT=$(account svcerrors-push)      # calls the sink
ALERT_ACCOUNT=$(account svcerrors-alerts)   # reads the views, writes alert_log

# --- how a command is said, and run ---------------------------------------------------------------------------------

say() { printf '\n# %s\n' "$*"; }

word() {
  if [[ $1 =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]]; then
    printf '%s' "$1"
  elif [[ $1 == *\$\(* ]]; then
    printf '"%s"' "$1"
  else
    printf "'%s'" "${1//\'/\'\\\'\'}"
  fi
}

shown() {
  local line='' part
  for part in "$@"; do
    part=$(word "$part")
    if [[ $part == --* && ${#line} -gt 80 ]]; then
      printf '%s \\\n' "$line"
      line="   "
    fi
    line+="${line:+ }$part"
  done
  printf '%s\n' "$line"
}

run() { if [[ $DRY_RUN ]]; then shown "$@"; else "$@"; fi; }
on() { run "$@" "--project=$PROJECT"; }
query() { run bq "--project_id=$PROJECT" "$@"; }

# A new account, and Google's own for a new API, is not known everywhere at once.
patiently() {
  local pause
  for pause in 5 10 20; do
    if on "$@"; then return; fi
    printf 'deploy.sh: again in %s s\n' "$pause" >&2
    sleep "$pause"
  done
  on "$@"
}

# Absence is an empty list, never an error: an error could as well be a missing right.
FOUND=
look() { # what is looked for, the command that lists it
  if [[ $DRY_RUN ]]; then FOUND=${UNDO:+$1}; else FOUND=$("${@:2}" "--project=$PROJECT"); fi
}

of_parent() { # projects/P -> --project=P
  local kind=${1%%/*}
  printf -- '--%s=%s' "${kind%s}" "${1#*/}"
}

find_topic() { look "$1" gcloud pubsub topics list "--filter=name=projects/$PROJECT/topics/$1" '--format=value(name)'; }
find_subscription() {
  look "$1" gcloud pubsub subscriptions list "--filter=name=projects/$PROJECT/subscriptions/$1" '--format=value(name)'
}
find_account() { look "$1" gcloud iam service-accounts list "--filter=email=$1" '--format=value(email)'; }
find_schedule() {
  look "$1" gcloud scheduler jobs list "--location=$REGION" '--format=value(name)' \
    "--filter=name=projects/$PROJECT/locations/$REGION/jobs/$1"
}
find_role() {
  look "$ROLE" gcloud iam roles list --show-deleted '--format=value(name,deleted)' \
    "--filter=name=projects/$PROJECT/roles/$ROLE"
}
find_policy() {
  look "POLICY_$1" gcloud alpha monitoring policies list '--format=value(name)' \
    "--filter=displayName=\"svcerrors: ${1//-/ }\""
}
find_channels() {
  look CHANNEL gcloud beta monitoring channels list "--filter=$1" '--format=value(name)'
}
find_log_sink() {
  if [[ $DRY_RUN ]]; then
    FOUND=$UNDO
  else
    FOUND=$(gcloud logging sinks list "--filter=name=$TOPIC" '--format=value(name)' "$(of_parent "$1")")
  fi
}
policies() { for file in "$HERE"/policies/*.json; do basename "$file" .json; done; }

# --- what there is to make, in order --------------------------------------------------------------------------------

make_account() { # name, what it is for
  find_account "$(account "$1")"
  [[ $FOUND ]] || on gcloud iam service-accounts create "$1" "--display-name=$2"
}

make_subscription() { # name, flags that are the same for a new and for an old one
  local name=$1 topic=$2
  shift 2
  find_subscription "$name"
  if [[ $FOUND ]]; then
    on gcloud pubsub subscriptions update "$name" "$@"
  else
    on gcloud pubsub subscriptions create "$name" "--topic=$topic" "$@"
  fi
}

make_schedule() { # name, flags
  local name=$1 verb=create
  shift
  find_schedule "$name"
  [[ ! $FOUND ]] || verb=update
  on gcloud scheduler jobs "$verb" http "$name" "--location=$REGION" --time-zone=Etc/UTC --http-method=POST "$@"
}

make_tables() {
  say 'The APIs that all this needs.'
  on gcloud services enable bigquery.googleapis.com run.googleapis.com pubsub.googleapis.com logging.googleapis.com \
    cloudscheduler.googleapis.com monitoring.googleapis.com iam.googleapis.com cloudbuild.googleapis.com \
    artifactregistry.googleapis.com secretmanager.googleapis.com

  say 'The dataset, unless it is there, and in it every table and view.'
  query "--location=${LOCATION:-$REGION}" mk --force --dataset '--description=Errors of every service: svcerrors' \
    "$PROJECT:$DATASET"
  run "$PYTHON" -m svcerrors apply --warehouse "$WAREHOUSE"
}

make_accounts() {
  say 'Three accounts: the sink writes, Pub/Sub and the heartbeat call it, the alert job reads.'
  make_account svcerrors-sink 'svcerrors: writes rows'
  make_account svcerrors-push 'svcerrors: calls the sink'
  make_account svcerrors-alerts 'svcerrors: reads views, sends alerts'

  say 'The sink may add rows to the tables that it writes, and nothing else: no query, no deletion, no other table.'
  find_role
  local rights=('--permissions=bigquery.tables.get,bigquery.tables.updateData' '--title=svcerrors writer')
  case $FOUND in
    '') on gcloud iam roles create "$ROLE" "${rights[@]}" ;;
    *True) on gcloud iam roles undelete "$ROLE" && on gcloud iam roles update "$ROLE" "${rights[@]}" ;;
    *) on gcloud iam roles update "$ROLE" "${rights[@]}" ;;
  esac
  local table
  for table in $SINK_TABLES; do grant_table "$table" "$SINK_ACCOUNT"; done

  say 'The alert job may read the dataset, run queries, and add to the log of what it sent and to the dates of runs.'
  query query --use_legacy_sql=false \
    "GRANT \`roles/bigquery.dataViewer\` ON SCHEMA \`$PROJECT.$DATASET\` TO \"serviceAccount:$ALERT_ACCOUNT\""
  patiently gcloud projects add-iam-policy-binding "$PROJECT" "--member=serviceAccount:$ALERT_ACCOUNT" \
    --role=roles/bigquery.jobUser --condition=None
  for table in $JOB_TABLES; do grant_table "$table" "$ALERT_ACCOUNT"; done
}

grant_table() {
  query add-iam-policy-binding "--member=serviceAccount:$2" "--role=projects/$PROJECT/roles/$ROLE" --table \
    "$PROJECT:$DATASET.$1"
}

make_topics() {
  say 'The topic that the Log Router writes to, and the one for messages that the sink did not take in 100 attempts.'
  local topic
  for topic in "$TOPIC" "$DEAD"; do
    find_topic "$topic"
    [[ $FOUND ]] || on gcloud pubsub topics create "$topic"
  done

  say 'Dead letters are kept for a month: a topic without a subscription drops what it is given.'
  make_subscription "$DEAD" "$DEAD" --expiration-period=never --message-retention-duration=31d
}

make_service() {
  say 'The sink. Its address is known before it is there, so that it can be told whose tokens to take.'
  local number=PROJECT_NUMBER
  [[ $DRY_RUN ]] || number=$(gcloud projects describe "$PROJECT" '--format=value(projectNumber)')
  URL=https://$SERVICE-$number.$REGION.run.app
  AGENT=serviceAccount:service-$number@gcp-sa-pubsub.iam.gserviceaccount.com
  run "$PYTHON" -m svcerrors bundle "$WORK/sink"
  on gcloud run deploy "$SERVICE" "--source=$WORK/sink" --function=receive --base-image=python313 \
    "--region=$REGION" "--service-account=$SINK_ACCOUNT" --no-allow-unauthenticated "--set-custom-audiences=$URL" \
    "--concurrency=$CONCURRENCY" --max-instances=10 --memory=512Mi --cpu=1 --cpu-boost --timeout=60 \
    "--set-env-vars=$(sink_settings)"

  say 'Pub/Sub and the heartbeat may call this one service; Pub/Sub may sign as the account that calls.'
  patiently gcloud run services add-iam-policy-binding "$SERVICE" "--region=$REGION" \
    "--member=serviceAccount:$PUSH_ACCOUNT" --role=roles/run.invoker
  patiently gcloud iam service-accounts add-iam-policy-binding "$PUSH_ACCOUNT" "--member=$AGENT" \
    --role=roles/iam.serviceAccountTokenCreator
}

sink_settings() {
  printf '%s' "SVCERRORS_WAREHOUSE=$WAREHOUSE,SVCERRORS_CONCURRENCY=$CONCURRENCY,SVCERRORS_SAMPLE_RATE=$RATE," \
    "SVCERRORS_PUSH_AUDIENCE=$URL,SVCERRORS_PUSH_ACCOUNT=$PUSH_ACCOUNT," \
    "SVCERRORS_PUSH_SUBSCRIPTION=projects/$PROJECT/subscriptions/$PUSH"
}

make_push() {
  say 'What the topic holds is pushed to the sink. 30 s is more than its slowest answer; a nack is tried again after 10 s'
  printf '# to 10 min, 100 times: with the 5 that are usual, minutes without BigQuery would make dead letters of it all.\n'
  make_subscription "$PUSH" "$TOPIC" "--push-endpoint=$URL/" "--push-auth-service-account=$PUSH_ACCOUNT" \
    "--push-auth-token-audience=$URL" --ack-deadline=30 --min-retry-delay=10s --max-retry-delay=600s \
    "--dead-letter-topic=projects/$PROJECT/topics/$DEAD" --max-delivery-attempts=100 --expiration-period=never \
    --message-retention-duration=7d

  say 'Pub/Sub itself moves dead letters: it may publish there, and take them from the subscription.'
  patiently gcloud pubsub topics add-iam-policy-binding "$DEAD" "--member=$AGENT" --role=roles/pubsub.publisher
  patiently gcloud pubsub subscriptions add-iam-policy-binding "$PUSH" "--member=$AGENT" --role=roles/pubsub.subscriber
}

make_log_sinks() {
  say "The Log Router lets through what may be a failure. Its writer is this sink's own, and no one else may publish."
  local parent flag
  for parent in "${PARENTS[@]}"; do
    flag=$(of_parent "$parent")
    find_log_sink "$parent"
    make_log_sink "$flag" "${FOUND:+update}"
    local writer="WRITER_OF_$parent"
    [[ $DRY_RUN ]] ||
      writer=$(gcloud logging sinks describe "$TOPIC" '--format=value(writerIdentity)' "$flag")
    patiently gcloud pubsub topics add-iam-policy-binding "$TOPIC" "--member=$writer" --role=roles/pubsub.publisher
  done
}

make_log_sink() { # flag that names the parent, verb
  local filter="\$($PYTHON -m svcerrors.logs.filter --sample-rate $RATE)" children=()
  [[ $DRY_RUN ]] || filter=$("$PYTHON" -m svcerrors.logs.filter --sample-rate "$RATE")
  [[ $1 == --project=* ]] || children=(--include-children)
  run gcloud logging sinks "${2:-create}" "$TOPIC" "pubsub.googleapis.com/projects/$PROJECT/topics/$TOPIC" \
    "--log-filter=$filter" ${children[@]+"${children[@]}"} "$1"
}

make_alert_job() {
  say "The job that sends alerts, every $MINUTES minutes; one that hangs is over before the next begins."
  local route name secrets=''
  for route in ${ROUTES[@]+"${ROUTES[@]}"}; do
    name=$(printf %s "${route%%=*}" | tr '[:lower:]-' '[:upper:]_')   # as the job reads it: on-call is ON_CALL
    secrets+="${secrets:+,}SVCERRORS_ROUTE_$name=${route#*=}:latest"
    patiently gcloud secrets add-iam-policy-binding "${route#*=}" "--member=serviceAccount:$ALERT_ACCOUNT" \
      --role=roles/secretmanager.secretAccessor
  done
  run "$PYTHON" -m svcerrors bundle --job "$WORK/alerts"
  on gcloud run jobs deploy "$JOB" "--source=$WORK/alerts" "--region=$REGION" "--service-account=$ALERT_ACCOUNT" \
    --tasks=1 --max-retries=0 "--task-timeout=$((MINUTES * 60 - 10))s" --memory=512Mi --cpu=1 "--set-env-vars=SVCERRORS_WAREHOUSE=$WAREHOUSE" \
    ${secrets:+"--set-secrets=$secrets"}
  patiently gcloud run jobs add-iam-policy-binding "$JOB" "--region=$REGION" "--member=serviceAccount:$ALERT_ACCOUNT" \
    --role=roles/run.invoker
  make_schedule "$JOB" "--schedule=*/$MINUTES * * * *" "--oauth-service-account-email=$ALERT_ACCOUNT" \
    "--uri=https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/$JOB:run"
}

make_heartbeat() {
  say 'Once a minute the sink writes a heartbeat line, which comes back to it through the whole chain and becomes a row.'
  make_schedule "$BEAT" '--schedule=* * * * *' "--uri=$URL/heartbeat" "--oidc-service-account-email=$PUSH_ACCOUNT" \
    "--oidc-token-audience=$URL" --attempt-deadline=30s
}

make_policies() {
  say "Google's own monitoring watches svcerrors, so that its silence is no good news: $(policies | paste -sd ' ')."
  local channel policy label
  label=$(printf %s "$NOTIFY" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' _)
  find_channels "type=\"email\" AND userLabels.notify=\"$label\""
  if [[ ! $FOUND ]]; then
    on gcloud beta monitoring channels create --type=email "--channel-labels=email_address=$NOTIFY" \
      --display-name=svcerrors "--user-labels=svcerrors=made,notify=$label"
    find_channels "type=\"email\" AND userLabels.notify=\"$label\""
  fi
  channel=${FOUND%%$'\n'*}
  for policy in $(policies); do make_policy "$policy" "${channel:-CHANNEL}"; done
}

make_policy() {
  find_policy "$1"
  if [[ $FOUND ]]; then
    on gcloud alpha monitoring policies update "$FOUND" "--policy-from-file=$HERE/policies/$1.json" \
      "--set-notification-channels=$2"
  else
    on gcloud alpha monitoring policies create "--policy-from-file=$HERE/policies/$1.json" "--notification-channels=$2"
  fi
}

prove() {
  say 'The alert job runs once: what cannot run must not wait for the night to say so.'
  on gcloud run jobs execute "$JOB" "--region=$REGION" --wait

  say "Now prove the whole: svcerrors doctor --warehouse $WAREHOUSE; svcerrors canary --warehouse $WAREHOUSE"
}

# --- and to take away, in the other order ----------------------------------------------------------------------------

undo() {
  local name parent
  say 'What watches and what calls, first: nothing is to ring for what is meant.'
  for name in $(policies); do
    find_policy "$name"
    [[ ! $FOUND ]] || on gcloud alpha monitoring policies delete "$FOUND"
  done
  find_channels 'userLabels.svcerrors="made"'
  for name in $FOUND; do on gcloud beta monitoring channels delete "$name"; done
  for name in "$BEAT" "$JOB"; do
    find_schedule "$name"
    [[ ! $FOUND ]] || on gcloud scheduler jobs delete "$name" "--location=$REGION"
  done
  look "$JOB" gcloud run jobs list "--region=$REGION" "--filter=metadata.name=$JOB" '--format=value(metadata.name)'
  [[ ! $FOUND ]] || on gcloud run jobs delete "$JOB" "--region=$REGION"

  say 'The chain from its source on, so that nothing is in flight where its next link is gone.'
  for parent in "${PARENTS[@]}"; do
    find_log_sink "$parent"
    [[ ! $FOUND ]] || run gcloud logging sinks delete "$TOPIC" "$(of_parent "$parent")"
  done
  drop_subscription "$PUSH"
  drop_topic "$TOPIC"
  look "$SERVICE" gcloud run services list "--region=$REGION" "--filter=metadata.name=$SERVICE" '--format=value(metadata.name)'
  [[ ! $FOUND ]] || on gcloud run services delete "$SERVICE" "--region=$REGION"
  undo_accounts
  undo_data
}

drop_subscription() {
  find_subscription "$1"
  [[ ! $FOUND ]] || on gcloud pubsub subscriptions delete "$1"
}

drop_topic() {
  find_topic "$1"
  [[ ! $FOUND ]] || on gcloud pubsub topics delete "$1"
}

undo_accounts() {
  say 'The accounts; what was granted to them on tables and secrets goes with them.'
  look "$ALERT_ACCOUNT" gcloud projects get-iam-policy "$PROJECT" '--flatten=bindings[].members' '--format=value(bindings.role)' \
    "--filter=bindings.role=roles/bigquery.jobUser AND bindings.members=serviceAccount:$ALERT_ACCOUNT"
  [[ ! $FOUND ]] || on gcloud projects remove-iam-policy-binding "$PROJECT" \
    "--member=serviceAccount:$ALERT_ACCOUNT" --role=roles/bigquery.jobUser --condition=None
  local name
  for name in "$SINK_ACCOUNT" "$PUSH_ACCOUNT" "$ALERT_ACCOUNT"; do
    find_account "$name"
    [[ ! $FOUND ]] || on gcloud iam service-accounts delete "$name"
  done
  find_role
  [[ ! $FOUND || $FOUND == *True ]] || on gcloud iam roles delete "$ROLE"
}

undo_data() {
  if [[ $DELETE_DATA ]]; then
    say 'The dead letters, and the dataset with every row.'
    drop_subscription "$DEAD"
    drop_topic "$DEAD"
    query rm --recursive --force --dataset "$PROJECT:$DATASET"
  else
    say "The dead letters of $DEAD and the dataset $PROJECT:$DATASET stay: --delete-data takes them, too."
  fi
}

if [[ $UNDO ]]; then
  undo
else
  WORK=BUILD
  if [[ ! $DRY_RUN ]]; then
    WORK=$(mktemp -d)
    trap 'rm -rf "$WORK"' EXIT
  fi
  make_tables
  make_accounts
  make_topics
  make_service
  make_push
  make_log_sinks
  make_alert_job
  make_heartbeat
  make_policies
  prove
fi
