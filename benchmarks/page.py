"""Where the tables go: each between its two marks in docs/performance.md."""

from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def write(name: str, text: str) -> None:
    """Put a table into its section."""
    page = PAGE.read_text("utf-8")
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, _, rest = page.partition(begin)
    PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{rest.partition(end)[2]}", "utf-8")
