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
#   --writer WRITER      insertAll, or storage for the Storage Write API (docs/scaling.md); insertAll unless given
#   --alert-minutes N    how often the alert job runs; every 2 minutes unless given
#   --notify MAIL        who is told when svcerrors itself is ill
#   --undo               take everything away again but rows, dead letters and a role; what is gone already is passed over
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
JOB_TABLES='alert_log expected_runs triggers_seen'
JOB_ROLES='roles/bigquery.jobUser roles/cloudscheduler.viewer roles/pubsub.viewer'
CONCURRENCY=80
# One heap for all threads, and none kept by each: 80 of them would keep what was ever free in theirs (docs/performance.md).
MALLOC=GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0

fail() {
  printf 'deploy.sh: %s\n' "$1" >&2
  exit 2
}

PROJECT='' REGION='' DATASET=svcerrors LOCATION='' NOTIFY='' RATE=0.01 WRITER=insertAll MINUTES=2
PARENTS=() ROUTES=() UNDO='' DELETE_DATA='' DRY_RUN=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --undo) UNDO=1 ;;
    --delete-data) DELETE_DATA=1 ;;
    --dry-run) DRY_RUN=1 ;;
    --project | --region | --dataset | --location | --notify | --sample-rate | --logs-from | --route | --writer | --alert-minutes)
      [[ $# -gt 1 && $2 != --* ]] || fail "$1 takes a value"
      case $1 in
        --project) PROJECT=$2 ;;
        --region) REGION=$2 ;;
        --dataset) DATASET=$2 ;;
        --location) LOCATION=$2 ;;
        --notify) NOTIFY=$2 ;;
        --sample-rate) RATE=$2 ;;
        --writer) WRITER=$2 ;;
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
[[ $WRITER =~ ^(insertAll|storage)$ ]] || fail "--writer $WRITER: give insertAll or storage"
[[ $MINUTES =~ ^([1-9]|10)$ ]] || fail "--alert-minutes $MINUTES: give 1 to 10, for after 15 the silence of the job is an incident"
[[ ${#PARENTS[@]} -gt 0 ]] || PARENTS=("projects/$PROJECT")
for parent in "${PARENTS[@]}"; do
  [[ $parent =~ ^(projects/[a-z0-9:.-]+|folders/[0-9]+|organizations/[0-9]+)$ ]] ||
    fail "--logs-from $parent: give projects/P, folders/N or organizations/N"
done
for route in ${ROUTES[@]+"${ROUTES[@]}"}; do
  [[ $route =~ ^[A-Za-z0-9_-]+=[A-Za-z0-9_-]+$ ]] || fail "--route $route: give NAME=SECRET"
done

if [[ ! $DRY_RUN ]]; then
  for tool in gcloud bq; do
    command -v "$tool" >/dev/null || fail "there is no $tool on PATH: install the Google Cloud CLI"
  done
  [[ $UNDO ]] || "$PYTHON" -m svcerrors --version >/dev/null 2>&1 ||
    fail "$PYTHON has no svcerrors: install 'svcerrors[cli,bigquery]' there, or name another with PYTHON=…"
  for part in 'alpha monitoring policies' 'beta monitoring channels'; do
    # shellcheck disable=SC2086  # words
    gcloud $part --help >/dev/null 2>&1 ||
      fail "this gcloud has no $part: gcloud components install ${part%% *}, or another package of it"
  done
fi

WAREHOUSE=bigquery:$PROJECT.$DATASET
account() { printf '%s@%s.iam.gserviceaccount.com' "$1" "$PROJECT"; }
SINK_ACCOUNT=$(account svcerrors-sink)      # writes rows
PUSH_ACCOUNT=$(account svcerrors-push)      # calls the sink
ALERT_ACCOUNT=$(account svcerrors-alerts)   # reads the views, writes alert_log

# --- how a command is said, and run ---------------------------------------------------------------------------------

say() { printf '\n# %s\n' "$*"; }

STEP=0
step() {
  STEP=$((STEP + 1))
  say "$STEP. $*"
}

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

MADE=
make() { # what stands for it in a dry run, the command that makes it and prints what Google calls it
  if [[ $DRY_RUN ]]; then
    MADE=$1
    shown "${@:2}"
  else
    MADE=$("${@:2}")
  fi
}

# A new account, and Google's own for a new API, is not known everywhere at once.
patiently() {
  local pause
  for pause in 5 10 20; do
    if "$@"; then return; fi
    printf 'deploy.sh: again in %s s\n' "$pause" >&2
    sleep "$pause"
  done
  "$@"
}

# Absence is a list without the name, never an error: an error could as well be a missing right.
THERE=
look() { look_in "--project=$PROJECT" "$@"; }                        # a command that lists names, one a line
look_in() { [[ $DRY_RUN ]] || THERE=$("${@:2}" "$1"); }
has() { if [[ $DRY_RUN ]]; then [[ $UNDO ]]; else [[ $'\n'$THERE$'\n' == *$'\n'"$1"$'\n'* ]]; fi; }

look_at_accounts() { look gcloud iam service-accounts list '--format=value(email)'; }
look_at_topics() { look gcloud pubsub topics list '--format=value(name.basename())'; }
look_at_subscriptions() { look gcloud pubsub subscriptions list '--format=value(name.basename())'; }
look_at_schedules() { look gcloud scheduler jobs list "--location=$REGION" '--format=value(name.basename())'; }
look_at_log_sinks() { look_in "$1" gcloud logging sinks list '--format=value(name)'; }
look_at_role() { # there, or deleted by hand
  look gcloud iam roles list --show-deleted "--filter=name=projects/$PROJECT/roles/$ROLE" \
    '--format=value(deleted.yesno(yes=deleted,no=there))'
}
look_at_channels() { look gcloud beta monitoring channels list "--filter=$1" '--format=value(name)'; }
look_at_policies() { look gcloud alpha monitoring policies list '--format=value(displayName,name)'; }

policies() { for file in "$HERE"/policies/*.json; do basename "$file" .json; done; }

policy() { # the name that Cloud Monitoring gave to what is made of a file; nothing, where it was not made
  local title name
  [[ ! $DRY_RUN || ! $UNDO ]] || printf 'POLICY_%s' "$1"
  while IFS=$'\t' read -r title name; do
    [[ $title != "svcerrors: ${1//-/ }" ]] || printf '%s' "$name"
  done <<<"$THERE"
}

of_parent() { # projects/P -> --project=P
  local kind=${1%%/*}
  printf -- '--%s=%s' "${kind%s}" "${1#*/}"
}

# --- what there is to make, in order --------------------------------------------------------------------------------

know_project() { # or say that nobody does, before anything is made
  NUMBER=PROJECT_NUMBER
  [[ $DRY_RUN ]] || NUMBER=$(gcloud projects describe "$PROJECT" '--format=value(projectNumber)' 2>"$WORK/said") ||
    fail "$(head -n 1 "$WORK/said"); is $PROJECT the project's name, and are you in it? gcloud projects list"
}

make_tables() {
  step 'The APIs that all this needs.'
  on gcloud services enable bigquery.googleapis.com run.googleapis.com pubsub.googleapis.com logging.googleapis.com \
    cloudscheduler.googleapis.com monitoring.googleapis.com iam.googleapis.com cloudbuild.googleapis.com \
    artifactregistry.googleapis.com secretmanager.googleapis.com

  step 'The dataset, unless it is there, and in it every table and view.'
  query "--location=${LOCATION:-$REGION}" mk --force --dataset '--description=Errors of every service: svcerrors' \
    "$PROJECT:$DATASET"
  run "$PYTHON" -m svcerrors apply --warehouse "$WAREHOUSE"
}

make_accounts() {
  step 'Three accounts: the sink writes, Pub/Sub and the heartbeat call it, the alert job reads.'
  look_at_accounts
  make_account svcerrors-sink 'svcerrors: writes rows'
  make_account svcerrors-push 'svcerrors: calls the sink'
  make_account svcerrors-alerts 'svcerrors: reads views, sends alerts'
}

make_account() { # name, what it is for
  has "$(account "$1")" || on gcloud iam service-accounts create "$1" "--display-name=$2"
}

make_rights() {
  step 'The sink may add rows to the tables that it writes, and nothing else: no query, no deletion, no other table. The'
  printf '# alert job may read the dataset, run queries, add rows to its own tables, and list what starts the runs.\n'
  local rights=('--permissions=bigquery.tables.get,bigquery.tables.updateData' '--title=svcerrors writer') role
  look_at_role
  if has deleted; then
    on gcloud iam roles undelete "$ROLE"
    on gcloud iam roles update "$ROLE" "${rights[@]}"
  elif has there; then
    on gcloud iam roles update "$ROLE" "${rights[@]}"
  else
    on gcloud iam roles create "$ROLE" "${rights[@]}"
  fi
  patiently query query --use_legacy_sql=false "$(grants)"
  for role in $JOB_ROLES; do
    patiently on gcloud projects add-iam-policy-binding "$PROJECT" "--member=serviceAccount:$ALERT_ACCOUNT" \
      "--role=$role" --condition=None
  done
}

grants() { # one script, each statement on a line of its own
  local table
  for table in $SINK_TABLES; do grant "projects/$PROJECT/roles/$ROLE" TABLE ".$table" "$SINK_ACCOUNT"; done
  for table in $JOB_TABLES; do grant "projects/$PROJECT/roles/$ROLE" TABLE ".$table" "$ALERT_ACCOUNT"; done
  grant roles/bigquery.dataViewer SCHEMA '' "$ALERT_ACCOUNT"
}

grant() { # shellcheck disable=SC2016  # the quotes of GoogleSQL
  printf '\n  GRANT `%s` ON %s `%s` TO "serviceAccount:%s";' "$1" "$2" "$PROJECT.$DATASET$3" "$4"
}

make_topics() {
  step 'The topic that the Log Router writes to, and the one for messages that the sink did not take in 100 attempts,'
  printf '# which are kept for a month: a topic without a subscription drops what it is given.\n'
  local missing=() topic
  look_at_topics
  for topic in "$TOPIC" "$DEAD"; do has "$topic" || missing+=("$topic"); done
  [[ ${#missing[@]} -eq 0 ]] || on gcloud pubsub topics create "${missing[@]}"
  look_at_subscriptions
  SUBSCRIPTIONS=$THERE
  make_subscription "$DEAD" "$DEAD" --expiration-period=never --message-retention-duration=31d
}

make_subscription() { # name, topic, flags that are the same for a new and for an old one
  local name=$1 topic=$2
  shift 2
  if has "$name"; then
    on gcloud pubsub subscriptions update "$name" "$@"
  else
    on gcloud pubsub subscriptions create "$name" "--topic=$topic" "$@"
  fi
}

make_service() {
  step 'The sink. Its address is known before it is there, so that it can be told whose tokens to take: those of the one'
  printf '# account that may call it, which is the one that Pub/Sub may sign as.\n'
  URL=https://$SERVICE-$NUMBER.$REGION.run.app
  AGENT=serviceAccount:service-$NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com
  run "$PYTHON" -m svcerrors bundle --writer "$WRITER" "$WORK/sink"
  on gcloud run deploy "$SERVICE" "--source=$WORK/sink" --function=receive --base-image=python313 \
    "--region=$REGION" "--service-account=$SINK_ACCOUNT" --no-allow-unauthenticated "--set-custom-audiences=$URL" \
    "--concurrency=$CONCURRENCY" --max-instances=10 --memory=512Mi --cpu=1 --cpu-boost --timeout=60 \
    "--set-env-vars=$(sink_settings)"
  patiently on gcloud run services add-iam-policy-binding "$SERVICE" "--region=$REGION" \
    "--member=serviceAccount:$PUSH_ACCOUNT" --role=roles/run.invoker
  patiently on gcloud iam service-accounts add-iam-policy-binding "$PUSH_ACCOUNT" "--member=$AGENT" \
    --role=roles/iam.serviceAccountTokenCreator
}

sink_settings() {
  local kind=bigquery
  [[ $WRITER != storage ]] || kind=bigquery+storage
  printf '%s' "SVCERRORS_WAREHOUSE=$kind:${WAREHOUSE#*:},SVCERRORS_CONCURRENCY=$CONCURRENCY,SVCERRORS_SAMPLE_RATE=$RATE," \
    "SVCERRORS_PUSH_AUDIENCE=$URL,SVCERRORS_PUSH_ACCOUNT=$PUSH_ACCOUNT," \
    "SVCERRORS_PUSH_SUBSCRIPTION=projects/$PROJECT/subscriptions/$PUSH,$MALLOC"
}

make_push() {
  step 'What the topic holds is pushed to the sink. 30 s is more than its slowest answer; a nack is tried again after 10 s'
  printf '# to 10 min, 100 times: with the 5 that are usual, minutes without BigQuery would make dead letters of it all.\n'
  printf '# Pub/Sub itself moves dead letters: it may publish there, and take them from the subscription.\n'
  THERE=$SUBSCRIPTIONS
  make_subscription "$PUSH" "$TOPIC" "--push-endpoint=$URL/" "--push-auth-service-account=$PUSH_ACCOUNT" \
    "--push-auth-token-audience=$URL" --ack-deadline=30 --min-retry-delay=10s --max-retry-delay=600s \
    "--dead-letter-topic=projects/$PROJECT/topics/$DEAD" --max-delivery-attempts=100 --expiration-period=never \
    --message-retention-duration=7d
  patiently on gcloud pubsub topics add-iam-policy-binding "$DEAD" "--member=$AGENT" --role=roles/pubsub.publisher
  patiently on gcloud pubsub subscriptions add-iam-policy-binding "$PUSH" "--member=$AGENT" --role=roles/pubsub.subscriber
}

make_log_sinks() {
  step "The Log Router lets through what may be a failure. Its writer is this sink's own, and no one else may publish."
  local parent
  for parent in "${PARENTS[@]}"; do
    make_log_sink "$parent" "$(of_parent "$parent")"
    patiently on gcloud pubsub topics add-iam-policy-binding "$TOPIC" "--member=$MADE" --role=roles/pubsub.publisher
  done
}

make_log_sink() { # parent, flag that names it
  local filter="\$($PYTHON -m svcerrors.logs.filter --sample-rate $RATE)" children=() verb=create
  [[ $DRY_RUN ]] || filter=$("$PYTHON" -m svcerrors.logs.filter --sample-rate "$RATE")
  [[ $1 == projects/* ]] || children=(--include-children)
  look_at_log_sinks "$2"
  ! has "$TOPIC" || verb=update
  make "WRITER_OF_$1" gcloud logging sinks "$verb" "$TOPIC" "pubsub.googleapis.com/projects/$PROJECT/topics/$TOPIC" \
    "--log-filter=$filter" ${children[@]+"${children[@]}"} '--format=value(writerIdentity)' "$2"
}

make_alert_job() {
  step 'The job that sends alerts, which alone may read the addresses of its routes, and may start itself.'
  local route name secrets=''
  for route in ${ROUTES[@]+"${ROUTES[@]}"}; do
    name=$(printf %s "${route%%=*}" | tr '[:lower:]-' '[:upper:]_')   # as the job reads it: on-call is ON_CALL
    secrets+="${secrets:+,}SVCERRORS_ROUTE_$name=${route#*=}:latest"
    patiently on gcloud secrets add-iam-policy-binding "${route#*=}" "--member=serviceAccount:$ALERT_ACCOUNT" \
      --role=roles/secretmanager.secretAccessor
  done
  run "$PYTHON" -m svcerrors bundle --job "$WORK/alerts"
  on gcloud run jobs deploy "$JOB" "--source=$WORK/alerts" "--region=$REGION" "--service-account=$ALERT_ACCOUNT" \
    --tasks=1 --max-retries=0 "--task-timeout=$((MINUTES * 60 - 10))s" --memory=512Mi --cpu=1 \
    "--set-env-vars=SVCERRORS_WAREHOUSE=$WAREHOUSE" ${secrets:+"--set-secrets=$secrets"}
  patiently on gcloud run jobs add-iam-policy-binding "$JOB" "--region=$REGION" "--member=serviceAccount:$ALERT_ACCOUNT" \
    --role=roles/run.invoker
}

make_schedules() {
  step "The alert job every $MINUTES minutes; one that hangs is over before the next begins. Once a minute the sink writes a"
  printf '# heartbeat line, which comes back to it through the whole chain and becomes a row.\n'
  look_at_schedules
  make_schedule "$JOB" "--schedule=*/$MINUTES * * * *" "--oauth-service-account-email=$ALERT_ACCOUNT" \
    "--uri=https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/$JOB:run"
  make_schedule "$BEAT" '--schedule=* * * * *' "--uri=$URL/heartbeat" "--oidc-service-account-email=$PUSH_ACCOUNT" \
    "--oidc-token-audience=$URL" --attempt-deadline=30s
}

make_schedule() { # name, flags
  local name=$1 verb=create
  shift
  ! has "$name" || verb=update
  on gcloud scheduler jobs "$verb" http "$name" "--location=$REGION" --time-zone=Etc/UTC --http-method=POST "$@"
}

make_policies() {
  step "Google's own monitoring watches svcerrors, so that its silence is no good news: $(policies | paste -sd ' ')."
  local channel file made label
  label=$(printf %s "$NOTIFY" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' _)
  look_at_channels "type=\"email\" AND userLabels.notify=\"$label\""
  channel=${THERE%%$'\n'*}
  if [[ ! $channel ]]; then
    make CHANNEL gcloud beta monitoring channels create --type=email "--channel-labels=email_address=$NOTIFY" \
      --display-name=svcerrors "--user-labels=svcerrors=made,notify=$label" '--format=value(name)' "--project=$PROJECT"
    channel=$MADE
  fi
  look_at_policies
  for file in $(policies); do
    made=$(policy "$file")
    if [[ $made ]]; then
      on gcloud alpha monitoring policies update "$made" "--policy-from-file=$HERE/policies/$file.json" \
        "--set-notification-channels=$channel"
    else
      on gcloud alpha monitoring policies create "--policy-from-file=$HERE/policies/$file.json" \
        "--notification-channels=$channel"
    fi
  done
}

prove() {
  step 'The alert job runs once: what cannot run must not wait for the night to say so.'
  on gcloud run jobs execute "$JOB" "--region=$REGION" --wait

  say "Now prove the whole: svcerrors doctor --warehouse $WAREHOUSE; svcerrors canary --warehouse $WAREHOUSE"
}

# --- and to take away, in the other order ----------------------------------------------------------------------------

undo() {
  local name parent
  step 'What watches and what calls, first: nothing is to ring for what is meant.'
  look_at_policies
  for name in $(policies); do drop "$(policy "$name")" gcloud alpha monitoring policies delete; done
  look_at_channels 'userLabels.svcerrors="made"'
  for name in ${THERE:-${DRY_RUN:+CHANNEL}}; do on gcloud beta monitoring channels delete "$name"; done
  look_at_schedules
  for name in "$BEAT" "$JOB"; do ! has "$name" || on gcloud scheduler jobs delete "$name" "--location=$REGION"; done
  look gcloud run jobs list "--region=$REGION" '--format=value(metadata.name)'
  ! has "$JOB" || on gcloud run jobs delete "$JOB" "--region=$REGION"

  step 'The chain from its source on, so that nothing is in flight where its next link is gone.'
  for parent in "${PARENTS[@]}"; do
    look_at_log_sinks "$(of_parent "$parent")"
    ! has "$TOPIC" || run gcloud logging sinks delete "$TOPIC" "$(of_parent "$parent")"
  done
  drop_topic "$TOPIC" "$PUSH"
  look gcloud run services list "--region=$REGION" '--format=value(metadata.name)'
  ! has "$SERVICE" || on gcloud run services delete "$SERVICE" "--region=$REGION"
  look gcloud beta run worker-pools list "--region=$REGION" '--format=value(metadata.name)'  # made by hand
  ! has "$SERVICE" || on gcloud beta run worker-pools delete "$SERVICE" "--region=$REGION"
  undo_accounts
  undo_data
}

drop() { [[ ! $1 ]] || on "${@:2}" "$1"; } # name, the command that deletes it

drop_topic() { # name, its subscription
  look_at_subscriptions
  ! has "$2" || on gcloud pubsub subscriptions delete "$2"
  look_at_topics
  ! has "$1" || on gcloud pubsub topics delete "$1"
}

undo_accounts() {
  step "The accounts; what was granted to them on tables and secrets goes with them. The role $ROLE stays, bound to no"
  printf '# one: Google lets nobody use the name of a deleted role for 44 days, and nobody could deploy again.\n'
  local name role
  look gcloud projects get-iam-policy "$PROJECT" '--flatten=bindings[].members' '--format=value(bindings.role)' \
    "--filter=bindings.members=serviceAccount:$ALERT_ACCOUNT"
  for role in $JOB_ROLES; do
    ! has "$role" || on gcloud projects remove-iam-policy-binding "$PROJECT" \
      "--member=serviceAccount:$ALERT_ACCOUNT" "--role=$role" --condition=None
  done
  look_at_accounts
  for name in "$SINK_ACCOUNT" "$PUSH_ACCOUNT" "$ALERT_ACCOUNT"; do
    ! has "$name" || on gcloud iam service-accounts delete "$name"
  done
}

undo_data() {
  if [[ $DELETE_DATA ]]; then
    step 'The dead letters, and the dataset with every row.'
    drop_topic "$DEAD" "$DEAD"
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
  know_project
  make_tables
  make_accounts
  make_rights
  make_topics
  make_service
  make_push
  make_log_sinks
  make_alert_job
  make_schedules
  make_policies
  prove
fi
