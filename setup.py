"""Put svcerrors_auto.pth into site-packages, which pyproject.toml has no word for; all else stands there."""

import shutil
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

STARTER = "src/svcerrors_auto.pth"


class BuildWithStarter(build_py):
    """Adds the file beside the package."""

    def run(self) -> None:
        """Build, and copy it; an editable build has no folder to copy it to."""
        super().run()
        if not self.editable_mode:
            shutil.copy(STARTER, self.build_lib)

    def get_source_files(self) -> list[str]:
        """Return what belongs into the source distribution."""
        return [*super().get_source_files(), STARTER]


class EditableWithStarter(editable_wheel):
    """Adds the file to the wheel that `pip install --editable` installs."""

    def run(self) -> None:
        """Make the wheel, and append it."""
        super().run()
        for wheel in Path(self.dist_dir).glob("*.whl"):
            with zipfile.ZipFile(wheel, "a") as archive:
                archive.write(STARTER, Path(STARTER).name)


COMMANDS: dict[str, type] = {"build_py": BuildWithStarter, "editable_wheel": EditableWithStarter}

setup(cmdclass=COMMANDS)
