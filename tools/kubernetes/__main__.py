"""Write packaging/kubernetes from docker-compose.yml; `--check` only says which files differ, and then fails."""

from __future__ import annotations

import sys

from tools.kubernetes.facts import FOLDER
from tools.kubernetes.tree import files


def differing() -> list[str]:
    """Return the files that are not as docker-compose.yml gives them, and those that it does not give."""
    wanted = files()
    there = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.is_file()}
    wrong = [name for name, text in wanted.items() if name not in there or there[name].read_text("utf-8") != text]
    return sorted([*wrong, *(name for name in there if name not in wanted and not name.endswith(".md"))])


def write() -> None:
    """Write every file, and remove those that no service has any more."""
    wanted = files()
    for name in differing():
        path = FOLDER / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], "utf-8")
        path.chmod(0o755 if name.endswith(".sh") else 0o644)


def main() -> int:
    """Write the manifests, or compare them (`--check`)."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    wrong = differing()
    print("\n".join(wrong) or "packaging/kubernetes is as docker-compose.yml says")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
