"""What setup.cfg cannot say: the description outside the repository, where a relative link leads nowhere.

A build that knows its repository (GITHUB_REPOSITORY, which GitHub's actions set) makes its links absolute.
"""

import os
import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
LINK = re.compile(r'(\]\(|src=")(?!https?:|#)([^)"\s]+)')
PICTURES = (".svg", ".png")


def described(text: str, repository: str, version: str) -> str:
    """README with links that work anywhere: pictures as raw files, all else as pages of this version."""

    def absolute(found: re.Match[str]) -> str:
        before, path = found.groups()
        if path.endswith(PICTURES):
            return f"{before}https://raw.githubusercontent.com/{repository}/v{version}/{path}?sanitize=true"
        return f"{before}https://github.com/{repository}/blob/v{version}/{path}"

    return LINK.sub(absolute, text) if repository else text


def urls(repository: str) -> dict[str, str]:
    """Addresses of the project, as far as the build knows them."""
    home = f"https://github.com/{repository}"
    pages = {"Source": "", "Documentation": "/blob/main/docs/index.md", "Changes": "/blob/main/CHANGELOG.md",
             "Issues": "/issues"}  # fmt: skip
    return {name: home + path for name, path in pages.items()} if repository else {}


if __name__ == "__main__":
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    (version,) = re.findall(r'__version__ = "(.+)"', (HERE / "lstmviz/version.py").read_text("utf-8"))
    text = (HERE / "README.md").read_text("utf-8")
    setup(
        long_description=described(text, repository, version),
        long_description_content_type="text/markdown",
        project_urls=urls(repository),
    )
