"""JSON into types, with mistakes that name their place and the nearest known word.

msgspec does the work and says where a mistake stands; this module turns what it says into sentences.
Unknown fields are refused everywhere: a mistyped option that is silently dropped is a run that never comes.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, get_args

import msgspec

from pypes.errors import InvalidInput, MalformedJson

DEEPEST = 200
"""How deep JSON may be nested: far beyond any real payload, far below what exhausts a parser's stack."""

LARGE = 256 * 1024
"""From so many bytes on only the syntax of JSON is checked: building its values would hold up everybody."""

_BRACKET_OR_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]')
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
_MISSING_FIELD = re.compile(r"Object missing required field `(?P<field>.*)`")
_BAD_TAG = re.compile(r"Invalid value '?(?P<value>.*?)'?", re.DOTALL)
_BAD_ENUM = re.compile(r"Invalid enum value '(?P<value>.*)'", re.DOTALL)
_WRONG_TYPE = re.compile(
    r"Expected `(?P<wanted>[^`]*)`(?P<bound> [<>]=? [\d.-]+)?(?:, got `(?P<got>[^`]*)`)?"
)
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
    "| ": "or ",
}


def decode(text: str | bytes | msgspec.Raw, kind: Any) -> Any:
    """Decode JSON as `kind`; raise `MalformedJson`, or `InvalidInput` with the path of the mistake."""
    try:
        return _decoder(kind).decode(text)
    except msgspec.ValidationError as error:
        mistake = _acceptable_sentence(str(error), kind)
        raise InvalidInput(mistake.message, _with_key(mistake.path or "$", text)) from None
    except msgspec.DecodeError as error:
        raise MalformedJson(_malformed_sentence(str(error), text)) from None
    except UnicodeDecodeError:
        raise MalformedJson("the JSON is not UTF-8") from None
    except RecursionError:
        raise MalformedJson("the JSON is nested too deep") from None


def _malformed_sentence(said: str, text: str | bytes | msgspec.Raw) -> str:
    if not (text if isinstance(text, str) else bytes(text)).strip():
        return "there is no JSON here: it is empty"
    if said == "Input data was truncated":
        return "the JSON ends too early, or holds half of a surrogate pair (\\ud800 alone)"
    return said.replace("JSON is malformed", "the JSON is malformed")


def check_json(text: str | bytes | msgspec.Raw) -> bytes:
    """Return `text` as bytes if it is one JSON value, nested at most `DEEPEST` levels."""
    raw = text.encode() if isinstance(text, str) else bytes(text)
    decode(raw, object if len(raw) <= LARGE else msgspec.Raw)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(raw) > DEEPEST:
        raise MalformedJson(f"the JSON is nested deeper than {DEEPEST} levels")
    if not _is_utf8(raw):
        raise MalformedJson("the JSON is not UTF-8")
    return raw.strip()


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _depth(raw: bytes) -> int:
    """Nesting of well-formed JSON; brackets inside strings do not count."""
    depth = deepest = 0
    for match in _BRACKET_OR_STRING.finditer(raw):
        if match[0] in {b"[", b"{"}:
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in {b"]", b"}"}:
            depth -= 1
    return deepest


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _acceptable_sentence(said: str, kind: Any) -> InvalidInput:
    match = _PLACE.fullmatch(said)
    what, path = (match["what"], match["path"] or "$") if match else (said, "$")
    if unknown := _UNKNOWN_FIELD.fullmatch(what):
        known = _fields_at(kind, path) - {unknown["field"]}
        return InvalidInput(
            f"unknown field `{unknown['field']}`{suggestion(unknown['field'], known)}",
            f"{path}.{unknown['field']}",
        )
    if missing := _MISSING_FIELD.fullmatch(what):
        return InvalidInput(f"the field `{missing['field']}` is missing", path)
    if path.endswith(".type") and (tag := _BAD_TAG.fullmatch(what)):
        known = {struct.__struct_config__.tag for struct in _structs(kind, path.removesuffix(".type"))}
        return InvalidInput(
            f"`{tag['value']}` is not a type known here{suggestion(tag['value'], known)}", path
        )
    if enum := _BAD_ENUM.fullmatch(what):
        return InvalidInput(
            f"`{enum['value']}` is not known here{suggestion(enum['value'], _choices_at(kind, path))}", path
        )
    if wrong := _WRONG_TYPE.fullmatch(what):
        got = f", not {_in_words(wrong['got'])}" if wrong["got"] else ""
        return InvalidInput(f"expected {_in_words(wrong['wanted'])}{wrong['bound'] or ''}{got}", path)
    if what.endswith("out of range"):
        return InvalidInput("a number is too large to be computed with: write it as a string", path)
    return InvalidInput(what[:1].lower() + what[1:], path)


def _with_key(path: str, text: str | bytes | msgspec.Raw) -> str:
    """Name the key for which msgspec says `[...]`: of an object whose keys are free, and its values texts."""
    parent, is_free, rest = path.partition("[...]")
    if not is_free:
        return path
    try:
        members = _member_at(msgspec.json.decode(text), parent)
    except (msgspec.DecodeError, RecursionError):  # a number that cannot be computed with
        return parent
    if rest:
        return path
    return next((f"{parent}.{key}" for key, value in members.items() if not isinstance(value, str)), parent)


def _member_at(value: Any, path: str) -> Any:
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(index)]
    return value


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(word.strip(), word.strip()) for word in types.split("|"))


def suggestion(word: str, known: Iterable[str]) -> str:
    """Name the nearest known word, or else all of them, as the end of a sentence."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f": did you mean `{near[0]}`?"
    return f"; known: {', '.join(words)}" if words else ""


def _fields_at(kind: Any, path: str) -> set[str]:
    return {name for struct in _structs(kind, path) for name in struct.__struct_encode_fields__} | {
        struct.__struct_config__.tag_field for struct in _structs(kind, path) if struct.__struct_config__.tag
    }


def _choices_at(kind: Any, path: str) -> set[str]:
    """What a field of fixed choices may be."""
    parent, _, field = path.rpartition(".")
    return {choice for struct in _structs(kind, parent) for choice in choices_of(struct, field)}


def choices_of(struct: Any, field: str) -> set[str]:
    """What one field of a struct may be, if that is one of fixed words."""
    hints = [hint.type for hint in msgspec.structs.fields(struct) if hint.encode_name == field]
    return {word for hint in hints for word in _words_in(hint)}


def _words_in(hint: Any) -> Iterator[str]:
    for part in get_args(hint):
        if isinstance(part, str):
            yield part
        else:
            yield from _words_in(part)


def _structs(kind: Any, path: str) -> list[Any]:
    """The struct types that may stand at `path` of a value of type `kind`."""
    found = _members(kind)
    for step in re.findall(r"\.([^.\[\]]+)|\[", path):
        if not step:
            continue
        hints = [msgspec.structs.fields(struct) for struct in found]
        found = [
            member
            for fields in hints
            for field in fields
            if field.encode_name == step
            for member in _members(field.type)
        ]
    return found


def _members(kind: Any) -> list[Any]:
    """Every struct in a type: through unions, lists and dictionaries."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [member for argument in get_args(kind) for member in _members(argument)]
