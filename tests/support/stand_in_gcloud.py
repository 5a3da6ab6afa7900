"""A stand-in for gcloud, bq and python on a PATH: it keeps what exists in a file, and fails as the real ones do.

It is run, not imported: a link to it is called gcloud, bq or python. STAND_IN_STATE names the file, DEPLOY_PID the
script that calls it.
"""

# ruff: noqa: ARG001, ARG005  # every verb is called alike
import json
import os
import re
import signal
import sys
from pathlib import Path

STATE = Path(os.environ["STAND_IN_STATE"])
VERBS = {
    "add-iam-policy-binding", "create", "delete", "deploy", "describe", "enable", "execute", "get-iam-policy", "list",
    "remove-iam-policy-binding", "undelete", "update",
}  # fmt: skip
NAMED_BY_SERVER = ("monitoring policies", "monitoring channels")
ACCOUNTS = "iam service-accounts"
NUMBER = "123456789012"


class Refused(Exception):
    """What the command line says, and exits 1."""


def main():
    """Do what the command says to the state, and remember the command."""
    tool, argv = Path(sys.argv[0]).name, sys.argv[1:]
    state = json.loads(STATE.read_text()) if STATE.exists() else {"things": {}, "bindings": [], "commands": []}
    state["commands"].append([tool, *argv])
    try:
        if len(state["commands"]) == state.get("fail_at"):
            raise Refused("told to fail")
        sys.stdout.write(TOOLS[tool](state, argv))
    except Refused as exc:
        sys.exit(f"ERROR: {exc}")
    finally:
        STATE.write_text(json.dumps(state, indent=1))
    if len(state["commands"]) == state.get("stop_after"):
        os.kill(int(os.environ["DEPLOY_PID"]), signal.SIGTERM)


def gcloud(state, argv):
    if "--help" in argv:
        if argv[0] in state.get("lacks", ()):
            raise Refused("You do not currently have this command group installed.")
        return ""
    words = [word for word in argv if not word.startswith("--")]
    if words[0] in ("alpha", "beta"):
        words = words[1:]
    verb = next(word for word in words if word in VERBS)
    group = " ".join(words[: words.index(verb)])
    rest = [word for word in words[words.index(verb) + 1 :] if word != "http"]
    flags = dict(word[2:].partition("=")[::2] for word in argv if word.startswith("--"))
    parent = flags.get("folder") or flags.get("organization") or flags.get("project", "")
    group += f" of {parent}" if group == "logging sinks" else ""
    names = rest if group == "pubsub topics" else rest[:1]
    return "".join(ACTIONS[verb](state, group, name, flags) or "" for name in names or [""])


def create(state, group, name, flags):
    things = state["things"].setdefault(group, {})
    if group in NAMED_BY_SERVER:
        name = f"projects/p/{group.split()[1]}/{len(things) + 1}"
    if group == ACCOUNTS:
        name = f"{name}@{flags['project']}.iam.gserviceaccount.com"
    if name in things:
        raise Refused(
            f"ALREADY_EXISTS: {name}" if not things[name].get("deleted") else f"{name} was deleted: undelete it"
        )
    if policy := flags.get("policy-from-file"):
        flags["displayName"] = json.loads(Path(policy).read_text())["displayName"]
    for flag in ("topic", "dead-letter-topic"):
        if flag in flags:
            known(state, "pubsub topics", flags[flag].rpartition("/")[2])
    things[name] = flags
    return called(group, name, flags)


def update(state, group, name, flags):
    known(state, group, name).update(flags)
    return called(group, name, flags)


def called(group, name, flags):
    writer = f"serviceAccount:writer-{group.rpartition(' ')[2]}@gcp-sa-logging.iam.gserviceaccount.com\n"
    return {"value(name)": f"{name}\n", "value(writerIdentity)": writer}.get(flags.get("format"), "")


def deploy(state, group, name, flags):
    group = group if group == "run jobs" else "run services"
    wheels = list(Path(flags["source"]).glob("svcerrors-*.whl"))
    if not wheels:
        raise Refused("the build failed: no wheel")
    known(state, ACCOUNTS, flags["service-account"])
    state["things"].setdefault(group, {})[name] = flags


def delete(state, group, name, flags):
    known(state, group, name)
    del state["things"][group][name]


def undelete(state, group, name, flags):
    state["things"][group][name].pop("deleted")


def listed(state, group, name, flags):
    key, _, value = flags.get("filter", "").rpartition(" AND ")[2].partition("=")
    found = {n: thing for n, thing in state["things"].get(group, {}).items() if wanted(n, thing, key, value.strip('"'))}
    show = next((how for mark, how in SHOWN.items() if mark in flags["format"]), lambda n, _: n)
    return "".join(f"{show(n, thing)}\n" for n, thing in found.items())


SHOWN = {
    "displayName": lambda n, thing: f"{thing['displayName']}\t{n}",
    "deleted": lambda n, thing: "deleted" if thing.get("deleted") else "there",
}


def wanted(name, thing, key, value):
    if key.startswith("userLabels."):
        return f"{key.partition('.')[2]}={value}" in thing.get("user-labels", "").split(",")
    return not key or name == value.rpartition("/")[2]


def describe(state, group, name, flags):
    if name in state.get("unknown", ()):
        raise Refused(
            f"(gcloud.projects.describe) [me] may not access projects instance [{name}] (or it may not exist)"
        )
    return f"{NUMBER}\n"


def bind(state, group, name, flags):
    if group not in ("projects", "secrets") and not group.startswith("bigquery "):
        known(state, group, name)
    if (account := flags["member"].partition(":")[2]).startswith("svcerrors-"):
        known(state, ACCOUNTS, account)
    if (one := [group, name, flags["member"], flags["role"]]) not in state["bindings"]:
        state["bindings"].append(one)


def unbind(state, group, name, flags):
    try:
        state["bindings"].remove([group, name, flags["member"], flags["role"]])
    except ValueError:
        raise Refused("Policy binding with the specified principal, role, and condition not found!") from None


def policy_of(state, group, name, flags):
    member = flags["filter"].partition("=")[2]
    return "".join(f"{r}\n" for g, n, m, r in state["bindings"] if [g, n, m] == [group, name, member])


def known(state, group, name):
    thing = state["things"].get(group, {}).get(name)
    if thing is None or thing.get("deleted"):
        raise Refused(f"NOT_FOUND: {group} {name}")
    return thing


def bq(state, argv):
    words = [word for word in argv if not word.startswith("--")]
    datasets = state["things"].setdefault("datasets", {})
    if words[0] == "mk":
        datasets.setdefault(words[1], {})
    elif words[0] == "rm":
        datasets.pop(words[1], None)
    elif words[0] == "query":
        for role, kind, where, member in GRANT.findall(words[1]):
            if ":".join(where.split(".")[:2]) not in datasets:
                raise Refused(f"Not found: {where}")
            bind(state, f"bigquery {kind}", where, {"member": member, "role": role})
    return ""


GRANT = re.compile(r'GRANT `([^`]+)` ON (\w+) `([^`]+)` TO "([^"]+)";')


def python(state, argv):
    if argv[:2] == ["-m", "svcerrors.logs.filter"]:
        os.execv(sys.executable, [sys.executable, *argv])  # noqa: S606  # its output is ours
    if argv[:3] == ["-m", "svcerrors", "bundle"]:
        Path(argv[-1]).mkdir(parents=True)
        Path(argv[-1], "svcerrors-0.1.0-py3-none-any.whl").touch()
    return ""


ACTIONS = {
    "add-iam-policy-binding": bind,
    "create": create,
    "delete": delete,
    "deploy": deploy,
    "describe": describe,
    "enable": lambda *_: "",
    "execute": lambda state, group, name, flags: known(state, group, name) and "",
    "get-iam-policy": policy_of,
    "list": listed,
    "remove-iam-policy-binding": unbind,
    "undelete": undelete,
    "update": update,
}
TOOLS = {"gcloud": gcloud, "bq": bq, "python": python}

if __name__ == "__main__":
    main()
