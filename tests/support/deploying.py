"""deploy.sh, run against stand-ins for gcloud, bq and python."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SCRIPT = CHECKOUT / "sink_function" / "deploy.sh"
STAND_IN = Path(__file__).with_name("stand_in_gcloud.py")
BASE = ("--project", "team", "--region", "europe-west1")
DEPLOY = (*BASE, "--notify", "oncall@example.com")


@dataclass
class Cloud:
    """What the stand-ins know, and the folder of their links."""

    folder: Path
    environ: dict = field(default_factory=dict)

    def __post_init__(self):
        tools = self.folder / "bin"
        tools.mkdir()
        for name in ("gcloud", "bq", "python"):
            (tools / name).write_text(f"#!{sys.executable} -IS\n{STAND_IN.read_text()}")  # it starts a thousand times
            (tools / name).chmod(0o755)
        (tools / "sleep").symlink_to(shutil.which("true"))
        (self.folder / "tmp").mkdir()
        self.environ |= {
            "TMPDIR": str(self.folder / "tmp"),
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHON": str(tools / "python"),
            "STAND_IN_STATE": str(self.folder / "state.json"),
        }

    def run(self, *arguments):
        """Run deploy.sh; return the finished process."""
        return subprocess.run(
            ["bash", "-c", 'DEPLOY_PID=$$ exec bash "$0" "$@"', SCRIPT, *arguments],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def deploy(self, *arguments):
        """Run deploy.sh, which must succeed; return what the stand-ins know then."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return self.state()

    def state(self):
        path = self.folder / "state.json"
        return json.loads(path.read_text()) if path.exists() else {"things": {}, "bindings": [], "commands": []}

    def change(self, **what):
        """Write into what the stand-ins know."""
        (self.folder / "state.json").write_text(json.dumps(self.state() | what))
