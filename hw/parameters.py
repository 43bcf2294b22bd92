"""Strict reading of a notebook's parameters, and the wording of errors."""

import ast
import difflib
import io
import math
import re
import tokenize
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError


class ParameterError(ValueError):
    """A notebook was given parameters that cannot be used; the message has one line for each."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines instead of a traceback, which would add nothing.
        return [f"{type(self).__name__}: {self}"]


_SCIENTIFIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


def _read_scientific(value: Any) -> Any:
    """Read text such as ``1e-3``, which YAML 1.1 does not take for a number; whole ones as int."""
    if isinstance(value, str) and _SCIENTIFIC.fullmatch(value.strip()):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _read_number(value: Any) -> Any:
    """Read a number given for a text as its text: papermill's -p makes numbers of digits."""
    return str(value) if type(value) in (int, float) and math.isfinite(value) else value


def _check_distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("distinct", "must be distinct")
    return values


Integer = Annotated[int, BeforeValidator(_read_scientific)]
Real = Annotated[float, BeforeValidator(_read_scientific)]
Text = Annotated[str, BeforeValidator(_read_number)]
DISTINCT = AfterValidator(_check_distinct)


class Settings(BaseModel):
    """Base class of settings: strict types, no unknown names, errors of one line each.

    Examples
    --------
    >>> class GreetingSettings(Settings):
    ...     name: str = "Ada"
    ...     times: Integer = 1
    >>> GreetingSettings(times=2)
    GreetingSettings(name='Ada', times=2)
    >>> GreetingSettings(time=2)
    Traceback (most recent call last):
    hw.parameters.ParameterError: unknown parameter time: did you mean times?
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def __init__(self, /, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            lines = [_explain(details, type(self).model_fields) for details in error.errors()]
            raise ParameterError("\n".join(lines)) from None

    @classmethod
    def from_notebook(cls) -> Self:
        """Read the settings from the variables of the notebook that calls this.

        Every parameter that papermill injected must be a setting and must still have its injected
        value, whichever cells ran in between. The cells that ran just before this one and only
        assign literals, such as a cell of parameters, may assign nothing but settings.

        Raises
        ------
        ParameterError
            For an unknown name (with the nearest known one), an injected value that a later cell
            has overwritten, a wrong type, or a value out of range.
        RuntimeError
            Outside IPython.
        """
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None:
            raise RuntimeError(
                f"{cls.__name__}.from_notebook() must be called in a notebook, got no IPython shell"
            )
        variables = shell.user_ns
        # The history begins with an empty entry and ends with the cell that is running.
        cells = shell.history_manager.input_hist_parsed[1:-1]
        injected = _read_injected(cells)
        names = [*cls.model_fields, *injected, *_assigned_before(cells)]
        values = {name: variables[name] for name in names if name in variables}
        errors = [
            f"{name} must keep its injected value {value!r}, got {variables.get(name)!r}: "
            "a later cell sets it (tag exactly one cell as parameters)"
            for name, value in injected.items()
            if name in cls.model_fields and repr(variables.get(name)) != repr(value)
        ]
        try:
            settings = cls(**values)
        except ParameterError as error:
            errors += str(error).splitlines()
        else:
            unread = [name for name in injected if name not in settings.model_fields_set]
            errors += [_explain_unknown(name, cls.model_fields) for name in unread]
        if errors:
            raise ParameterError("\n".join(errors)) from None
        return settings


def _read_injected(cells: Iterable[str]) -> dict[str, Any]:
    """Values in the last cell that papermill injected: the one that ran last counts."""
    injected: dict[str, Any] = {}
    for source in cells:
        injected = _read_papermill_cell(source) or injected
    return {
        name: value
        for name, value in injected.items()
        if not name.startswith("PAPERMILL_")  # paths, from papermill --inject-paths
    }


def _read_papermill_cell(source: str) -> dict[str, Any]:
    """Values in a cell as papermill writes it; empty if it is any other cell.

    Such a cell has the comment ``# Parameters`` at its head and no other one, and nothing but
    assignments of literals without annotations.
    """
    if source.lstrip().partition("\n")[0].rstrip() != "# Parameters":
        return {}
    values: dict[str, Any] = {}
    try:
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        comments = [token for token in tokens if token.type == tokenize.COMMENT]
        statements = ast.parse(source).body
        plain = all(isinstance(node, ast.Assign) and _assigned_name(node) for node in statements)
        if len(comments) == 1 and plain:
            exec(source, {"__builtins__": {"float": float}}, values)
    except Exception:  # papermill's cells can be read, so this is another one
        return {}
    return values


def _assigned_before(cells: list[str]) -> list[str]:
    """Names assigned by the last cells, back to the first one that does more than assign."""
    names: list[str] = []
    for source in reversed(cells):
        try:
            statements = ast.parse(source).body
        except SyntaxError:
            break
        assigned = [name for statement in statements if (name := _assigned_name(statement))]
        if len(assigned) < len(statements):
            break
        names = assigned + names
    return [name for name in names if not name.startswith("PAPERMILL_")]


def _assigned_name(statement: ast.stmt) -> str | None:
    """The name in ``name = literal`` or ``name: type = literal``, else None."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            pass
        case _:
            return None
    # The only call in a literal is papermill's float('nan') or float('inf').
    calls = [node.func for node in ast.walk(value) if isinstance(node, ast.Call)] if value else []
    plain = all(isinstance(function, ast.Name) and function.id == "float" for function in calls)
    return name if plain else None


_RULES = {
    "greater_than_equal": "must be at least {ge:.15g}",
    "greater_than": "must be greater than {gt:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "less_than": "must be less than {lt:.15g}",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} item",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
}


def _explain(error: ErrorDetails, known: Mapping[str, Any]) -> str:
    """One line for one error: the parameter, the rule and the value."""
    name, *path = error["loc"] or ("settings",)
    value = error["input"]
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return _explain_unknown(str(name), known)
    if error["type"] == "value_error":
        return str(context["error"])
    rule = _RULES.get(error["type"], error["msg"]).format(**context)
    hint = ""
    if error["type"] == "list_type" and isinstance(value, str):
        hint = f" (papermill's -p passes text; write -y '{name}: {value}')"
    indices = "".join(f"[{index}]" for index in path if isinstance(index, int))
    return f"{name}{indices} {rule}, got {value!r}{hint}"


def _explain_unknown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"unknown parameter {name}: {hint}"
