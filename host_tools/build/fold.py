"""What a device need not load: names of constants, annotations, and what was imported for them.

Owns one rewriting of MicroPython sources. Where a module uses `NAME = const(...)` of another, its
value is written there instead, as mpy-cross folds `const` within one file only. Neither the name
nor an import that served constants or annotations alone is shipped: each would cost the device
RAM and a look-up, and a module that is imported for a type would be loaded for it. Must never know
what a constant means.
"""

import ast
import re
from collections.abc import Mapping

_BARE = "__bare__"


def fold(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules (dotted name -> source text), constants folded, without annotations.

    Raises SyntaxError, with file name and line, for a source that does not parse or that assigns
    to a constant's name.
    """
    trees = {name: ast.parse(text, _file(name)) for name, text in sources.items()}
    constants = {name: _constants(tree) for name, tree in trees.items()}
    return {name: _text(_Folder(name, constants).visit(tree)) for name, tree in trees.items()}


def _text(tree: ast.Module) -> str:
    """Return a tree as source text.

    `a, b = c, d` is written without parentheses: only so MicroPython makes no tuple of it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            if isinstance(node.targets[0], ast.Tuple) and len(node.value.elts) > 1:
                node.value = ast.Call(ast.Name(_BARE), node.value.elts, [])
    written = ast.unparse(ast.fix_missing_locations(tree))
    return re.sub(rf"(?m)= {_BARE}\((.*)\)$", r"= \1", written)


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _constants(tree: ast.Module) -> dict[str, int]:
    """The values of a module's `NAME = const(number)`; private names are mpy-cross's own work."""
    return dict(found for found in map(_defined, tree.body) if found)


def _defined(statement: ast.stmt) -> tuple[str, int] | None:
    """The public constant that a statement defines, with its value."""
    match statement:
        case ast.Assign([ast.Name(name)], ast.Call(ast.Name("const"), [ast.Constant(int(value))])):
            return None if name.startswith("_") else (name, value)
    return None


class _Folder(ast.NodeTransformer):
    """Rewrites one module."""

    def __init__(self, module: str, constants: Mapping[str, Mapping[str, int]]) -> None:
        self.file = _file(module)
        self.constants = constants
        self.known = dict(constants[module])  # values, by their names here
        self.modules: dict[str, Mapping[str, int]] = {}  # constants of modules, by names here
        self.types: set[str] = set()  # names that annotations use

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Learn the imports, then rewrite; at last drop imports that serve nothing any more."""
        for statement in node.body:
            if isinstance(statement, ast.ImportFrom):
                self._learn(statement)
        body = [self.visit(one) for one in node.body if not _defined(one)]
        used = {one.id for part in body for one in ast.walk(part) if isinstance(one, ast.Name)}
        for statement in body:
            if isinstance(statement, ast.ImportFrom):
                statement.names = [one for one in statement.names if self._needed(one, used)]
        node.body = [one for one in body if not isinstance(one, ast.ImportFrom) or one.names]
        return node

    def _learn(self, imports: ast.ImportFrom) -> None:
        for alias in imports.names:
            name = alias.asname or alias.name
            values = self.constants.get(f"{imports.module}", {})
            if alias.name in values:
                self.known[name] = values[alias.name]
            elif f"{imports.module}.{alias.name}" in self.constants:
                self.modules[name] = self.constants[f"{imports.module}.{alias.name}"]

    def _needed(self, alias: ast.alias, used: set[str]) -> bool:
        name = alias.asname or alias.name
        served = name in self.known or name in self.modules or name in self.types
        return (name in used or not served) and name != "const"  # mpy-cross knows that by itself

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Leave its annotation out."""
        self._learn_types(node.annotation)
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Leave out what it is said to return."""
        self._learn_types(node.returns)
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | ast.Pass:
        """Leave the annotation out; one without a value says nothing to a device."""
        self._learn_types(node.annotation)
        if node.value is None:
            return ast.Pass()
        return ast.Assign([self.visit(node.target)], self.visit(node.value))

    def _learn_types(self, annotation: ast.expr | None) -> None:
        """Learn the names that an annotation uses, in quotes too."""
        if annotation is not None:
            self.types.update(re.findall(r"\w+", ast.unparse(annotation)))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Write a constant's value for its name."""
        if node.id not in self.known:
            return node
        if not isinstance(node.ctx, ast.Load):
            where = (self.file, node.lineno, node.col_offset + 1, None)
            raise SyntaxError(f"{node.id} is a constant", where)
        return ast.Constant(self.known[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Write a constant's value for `module.NAME`."""
        match node.value:
            case ast.Name(module) if node.attr in self.modules.get(module, {}):
                return ast.Constant(self.modules[module][node.attr])
        self.generic_visit(node)
        return node
