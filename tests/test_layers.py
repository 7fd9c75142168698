"""The floors of ARCHITECTURE.md: imports point only down, and only one module reads the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import pypes

SOURCE = Path(pypes.__file__).parent

FLOORS = [
    {"errors"},
    {"clock", "receipt", "request", "health", "presence"},
    {"instants", "decoding", "figures", "cron", "address", "__init__"},
    {"url", "log", "template", "secrets", "prompt"},
    {"proxy", "given"},
    {"config"},
    {"steps"},
    {"triggers"},
    {"model"},
    {"store"},
    {"engine", "web", "owning", "listening", "thinking"},
    {"daemon", "inprocess"},
    {"cli"},
    {"__main__"},
]
"""From the ground up: a room imports from itself and from floors below; neighbours do not know each other."""

CLOCKS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "gmtime"),
    ("time", "localtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}

HEAVY = {
    "uvicorn",
    "uvloop",
    "starlette",
    "httptools",
    "asyncio",
    "prometheus_client",
    "minijinja",
    "cron_descriptor",
    "sqlite3",
    "psycopg",
    "ssl",
}

HOMES = {
    "pydantic_ai": {"thinking"},
    "openai": {"thinking"},
    "anthropic": {"thinking"},
    "genai_prices": {"thinking"},
    "sqlite3": {"store"},
    "psycopg": {"store"},
    "minijinja": {"template"},
    "cron_descriptor": {"cron"},
    "httptools": {"engine"},
    "prometheus_client": {"web"},
    "starlette": {"web", "daemon", "inprocess", "cli"},
    "uvicorn": {"web", "daemon", "listening"},
    "click": {"cli"},
}
"""The rooms that know a library; to all others it does not exist."""


class Module(NamedTuple):
    name: str
    """Dotted, below `pypes`."""
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    @property
    def rooms(self) -> set[str]:
        """The rooms of ours that it imports anywhere."""
        return {room for target in imports(self.tree) if (room := room_of(target))} - {self.room}


def modules() -> list[Module]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found.append(Module(name, ast.parse(path.read_text())))
    return found


def imports(tree: ast.AST, *, top_only: bool = False) -> Iterator[str]:
    """Everything that is imported, dotted; `from a import b` may name a module or a thing in one."""
    for node in top_level(tree) if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported; what is only for type checkers does not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from top_level(node)


def room_of(target: str) -> str | None:
    parts = target.split(".")
    if parts[0] != "pypes":
        return None
    return parts[1] if len(parts) > 1 and (parts[1] in floor_of or parts[1] == "cli") else "__init__"


floor_of = {room: number for number, floor in enumerate(FLOORS) for room in floor}
ALL = modules()


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_imports_point_only_down(module: Module) -> None:
    assert module.room in floor_of, f"{module.name} stands on no floor: say in FLOORS where it belongs"
    upward = sorted(room for room in module.rooms if floor_of[room] >= floor_of[module.room])
    assert not upward, f"{module.name} imports {upward}"


def test_the_web_and_the_engine_do_not_know_each_other() -> None:
    assert not [module.name for module in ALL if module.room == "web" and "engine" in module.rooms]
    assert not [module.name for module in ALL if module.room == "engine" and "web" in module.rooms]


def test_the_model_process_knows_only_what_goes_over_its_pipes() -> None:
    knows = {room for module in ALL if module.room == "thinking" for room in module.rooms}
    assert knows == {"prompt", "receipt"}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_known_in_the_rooms_that_are_its_home(library: str) -> None:
    knows = {
        module.room for module in ALL if library in {name.split(".")[0] for name in imports(module.tree)}
    }
    assert knows == HOMES[library]


def test_what_stands_on_nothing_imports_nothing_of_ours_but_its_own_floor_or_lower() -> None:
    leaves: dict[str, set[str]] = {
        "errors": set(),
        "receipt": set(),
        "request": set(),
        "health": set(),
        "clock": set(),
    }
    for module in ALL:
        if module.room in leaves:
            assert module.rooms <= leaves[module.room], module.name
        if module.room in {"cron", "address", "instants"}:
            assert module.rooms <= {"clock", "errors", "instants"}, module.name


def test_the_model_and_what_it_stands_on_never_touch_a_socket_a_file_or_the_loop() -> None:
    forbidden = {"asyncio", "socket", "sqlite3", "threading", "os", "time", "uvloop"}
    for module in ALL:
        if module.room in {"model", "steps", "triggers"}:
            assert not {name.split(".")[0] for name in imports(module.tree)} & forbidden, module.name


def test_the_command_line_imports_nothing_heavy_before_a_command_needs_it() -> None:
    graph = {module.name: set(imports(module.tree, top_only=True)) for module in ALL}
    seen, queue = set(), ["cli", "cli.root"]
    while queue:
        name = queue.pop()
        if name in seen or name not in graph:
            continue
        seen.add(name)
        for target in graph[name]:
            outer = target.split(".")[0]
            assert outer not in HEAVY, f"{name} imports {target}"
            inner = target.removeprefix("pypes.")
            queue += [inner, inner.rpartition(".")[0]] if outer == "pypes" else []
    assert "cli.root" in seen


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_only_the_clock_reads_the_time_of_day(module: Module) -> None:
    if module.name == "clock":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in CLOCKS, f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            assert not {alias.name for alias in node.names} & {"time", "time_ns"}, f"line {node.lineno}"


def test_the_rule_about_clocks_would_notice_a_reading() -> None:
    tree = ast.parse("import time\nmoment = time.time()")
    (reading,) = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert isinstance(reading.value, ast.Name)
    assert (reading.value.id, reading.attr) in CLOCKS
