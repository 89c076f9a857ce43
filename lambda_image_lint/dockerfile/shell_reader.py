"""Shell text → `Shell`: a walk over the tree that the grammar gives."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lambda_image_lint.dockerfile.model import Heredoc
from lambda_image_lint.dockerfile.shell import (
    Assignment,
    Command,
    Guard,
    Redirect,
    Shell,
    ShellWord,
)
from lambda_image_lint.dockerfile.shell_commands import Gathered, Scope, assigned_by_word, executed, is_test
from lambda_image_lint.dockerfile.shell_nodes import behind_heredoc, branches, operator_pairs, test_words
from lambda_image_lint.dockerfile.shell_words import ByteMap, WordReader
from lambda_image_lint.dockerfile.shell_wrappers import inner_script, reads_script_from_input, script_text, unwrap
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.finding import Span

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_TEXT = 200_000
"""Code points handed to the grammar at once; own: about a tenth of a second. No one writes a longer RUN by hand."""
_MAX_DEPTH = 60
"""Groups inside groups, scripts inside scripts."""

_OPERATORS = ("&&", "||", ";", ";;", "|", "|&", "&")
_COMPOUND = ("subshell", "compound_statement", "do_group", "program", "case_item", "else_clause", "ERROR")


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def read_shell(mapped: MappedText, heredocs: Sequence[tuple[tuple[int, int], Heredoc]] = ()) -> Shell:
    """Read a text. `heredocs`: those of a Dockerfile, whose bodies stand outside `mapped`, by the bounds of ``<<END``."""
    result = Gathered()
    _Walker(mapped, result, heredocs).walk(Scope())
    return result.shell()


def read_words(texts: Sequence[MappedText]) -> Shell:
    """The command that an exec form runs: no shell, so words are taken as they are."""
    words = [
        ShellWord((one.text,), one.raw(0, len(one.text)), one.span(0, len(one.text)), False, one, (0, len(one.text)))
        for one in texts
    ]
    result = Gathered()
    first, last = words[0].span, words[-1].span
    span = Span(first.line, first.column, last.end_line, last.end_column)
    _Walker(texts[0], result).add(words, (), (), span, Scope())
    return result.shell()


class _Walker:
    """One text."""

    def __init__(
        self, mapped: MappedText, result: Gathered, heredocs: Sequence[tuple[tuple[int, int], Heredoc]] = ()
    ) -> None:
        self._result = result
        self._heredocs = {bounds[0]: heredoc for bounds, heredoc in heredocs}
        self._bodies: dict[Span, MappedText] = {}
        self._mapped = mapped
        # In place of ``<<END`` stands a redirect of the same length, so the grammar does not look for the body.
        text = mapped.text
        for (start, end), _ in heredocs:
            sign = text.index("<", start)
            text = f"{text[:sign]}<{'_' * (end - sign - 1)}{text[end:]}"
        self._text = text
        self._bytes = ByteMap(text)
        self._scope = Scope()
        self._words = WordReader(mapped, self._bytes, result.is_assigned, self._substitution)

    def walk(self, scope: Scope) -> None:
        if len(self._text) > MAX_TEXT:
            self._result.unparsed = f"the shell text has more than {MAX_TEXT:,} characters"
            return
        if scope.depth > _MAX_DEPTH:
            self._result.unparsed = "the shell text is nested too deeply"
            return
        tree = _parser().parse(self._bytes.encoded)
        if tree.root_node.has_error and self._result.fault is None:
            self._result.fault = self._first_fault(tree.root_node)
        self._statement(tree.root_node, scope)

    def _first_fault(self, node: "Node") -> Span:
        while node.type != "ERROR" and not node.is_missing:
            inner = next((child for child in node.children if child.has_error or child.is_missing), None)
            if inner is None:
                break
            node = inner
        return self._mapped.span(*self._words.bounds(node))

    def _statement(self, node: "Node", scope: Scope) -> list[Command]:
        """Walk a node; gives the commands in it."""
        if scope.depth > _MAX_DEPTH:
            self._result.unparsed = "the shell text is nested too deeply"
            return []
        if self._result.is_full():
            return []
        scope = replace(scope, depth=scope.depth + 1)
        before = len(self._result.commands)
        outer, self._scope = self._scope, scope
        self._dispatch(node, scope)
        self._scope = outer
        return self._result.commands[before:]

    def _dispatch(self, node: "Node", scope: Scope) -> None:
        kind = node.type
        if scope.trailing and kind not in ("list", "pipeline"):
            scope = replace(scope, redirects=(*scope.redirects, *scope.trailing), trailing=())
        if kind in ("command", "declaration_command", "unset_command", "test_command"):
            self._command(node, scope)
        elif kind in ("variable_assignment", "variable_assignments"):
            self._bare_assignment(node, scope)
        elif kind == "list":
            self._list(node, scope)
        elif kind == "pipeline":
            self._pipeline(node, scope)
        elif kind == "redirected_statement":
            self._redirected(node, scope)
        elif kind in ("if_statement", "elif_clause"):
            self._if(node, scope)
        elif kind == "while_statement":
            self._while(node, scope)
        elif kind in ("for_statement", "c_style_for_statement"):
            self._for(node, scope)
        elif kind == "case_statement":
            self._case(node, scope)
        elif kind == "function_definition":
            self._sequence(node.named_children[1:], scope.guarded(Guard("function", (), False)))
        elif kind == "subshell":
            self._sequence(node.children, replace(scope, in_subshell=True))
        elif kind in _COMPOUND or kind == "negated_command":
            self._sequence(node.children, scope)
        elif kind in ("command_substitution", "process_substitution", "string", "concatenation", "expansion", "word"):
            self._words.word(node)
            self._collect_variables()

    def _sequence(self, children: "Iterable[Node]", scope: Scope) -> list[Command]:
        nodes = list(children)
        commands: list[Command] = []
        for position, node in enumerate(nodes):
            if node.type in _OPERATORS:
                self._result.operator = node.type
            elif node.is_named:
                following = nodes[position + 1].type if position + 1 < len(nodes) else ""
                inner = replace(scope, background=True) if following == "&" else scope
                commands.extend(self._statement(node, inner))
        return commands

    def _list(self, node: "Node", scope: Scope) -> None:
        # The grammar nests a chain to the left: as deep as it is long.
        links: list[tuple[str, Node]] = []
        while node.type == "list" and node.child_count >= 3:
            links.append((node.children[1].type, node.children[2]))
            node = node.children[0]
        links.reverse()
        last_or = max((position for position, (operator, _) in enumerate(links) if operator == "||"), default=-1)
        trailing, scope = scope.trailing, replace(scope, trailing=())
        before = self._statement(node, scope)
        chain = list(before)
        for position, (operator, right) in enumerate(links):
            self._result.operator = operator
            inner = replace(scope, trailing=trailing) if position == len(links) - 1 else scope
            if operator == "||":
                inner = inner.guarded(Guard("or", tuple(chain), True))
                chain = []
            elif position < last_or or is_test(before):
                inner = inner.guarded(Guard("and", tuple(before), False))
            before = self._statement(right, inner)
            chain.extend(before)

    def _pipeline(self, node: "Node", scope: Scope) -> None:
        position, source = 0, scope.piped_from
        last = node.named_children[-1] if node.named_children else None
        for child in node.children:
            if child.type in _OPERATORS:
                self._result.operator = child.type
            elif child.is_named:
                inner = replace(scope, in_subshell=True, pipeline_position=position, piped_from=source)
                inner = inner if child == last else replace(inner, trailing=())
                commands = self._statement(child, inner)
                source = commands[-1] if commands else source
                position += 1

    def _redirected(self, node: "Node", scope: Scope) -> None:
        body = node.child_by_field_name("body")
        redirects: list[Redirect] = []
        trailing: list[Node] = []
        for child in node.children:
            if child.type.endswith("_redirect"):
                redirects.append(self._redirect(child))
                trailing.extend(behind_heredoc(child))
                # `cat <<END > file`: the grammar keeps the second inside the first.
                redirects.extend(self._redirect(one) for one in child.children if one.type.endswith("_redirect"))
        inner = replace(scope, trailing=(*scope.trailing, *redirects))
        commands = self._statement(body, inner) if body is not None else []
        if body is None:
            span = self._mapped.span(*self._words.bounds(node))
            self.add([], (), redirects, span, scope)
        for operator, right in operator_pairs(trailing):
            self._result.operator = operator
            piped = operator in ("|", "|&") and commands
            following = (
                replace(scope, in_subshell=True, pipeline_position=1, piped_from=commands[-1]) if piped else scope
            )
            self._statement(right, following)

    def _redirect(self, node: "Node") -> Redirect:
        start, end = self._words.bounds(node)
        span = self._mapped.span(start, end)
        own = self._heredocs.get(start)
        descriptor_node = next((child for child in node.children if child.type == "file_descriptor"), None)
        number = self._words.text(descriptor_node) if descriptor_node is not None else ""
        descriptor = int(number) if number.isascii() and number.isdigit() else None
        if own is not None:
            self._bodies[span] = own.mapped
            return Redirect("<<", descriptor, None, own.body, span)
        operator = next((child.type for child in node.children if not child.is_named), "")
        if node.type == "heredoc_redirect":
            body = next((child for child in node.children if child.type == "heredoc_body"), None)
            mapped = (
                self._heredoc_body(body, operator == "<<-") if body is not None else MappedText(self._mapped.source, ())
            )
            self._bodies[span] = mapped
            return Redirect("<<", descriptor, None, mapped.text, span)
        target = next(
            (child for child in reversed(node.children) if child.is_named and child is not descriptor_node), None
        )
        word = self._word(target) if target is not None and target.type != "file_descriptor" else None
        return Redirect(operator, descriptor, word, None, span)

    def _heredoc_body(self, node: "Node", strip_tabs: bool) -> MappedText:
        start, end = self._words.bounds(node)
        pieces: list[tuple[int, str]] = []
        for line in re.findall(r"[^\n]*\n|[^\n]+", self._mapped.text[start:end]):
            tabs = len(line) - len(line.lstrip("\t")) if strip_tabs else 0
            pieces.extend(self._mapped.pieces(start + tabs, start + len(line)))
            start += len(line)
        return MappedText(self._mapped.source, pieces)

    def _if(self, node: "Node", scope: Scope) -> None:
        outer: tuple[Guard, ...] = ()
        waiting: list[Node] = [node]
        while waiting:
            branch = waiting.pop(0)
            failed = replace(scope, guards=(*scope.guards, *outer))
            if branch.type == "else_clause":
                self._sequence(branch.children, failed)
                continue
            condition, body, following = branches(branch)
            commands = tuple(self._sequence(condition, failed))
            negated = len([one for one in condition if one.is_named]) == 1 and condition[0].type == "negated_command"
            self._sequence(body, failed.guarded(Guard("if", commands, negated)))
            outer = (*outer, Guard("if", commands, not negated))
            waiting.extend(following)

    def _while(self, node: "Node", scope: Scope) -> None:
        kind = node.children[0].type if node.children else "while"
        body = [child for child in node.children if child.type == "do_group"]
        condition = [child for child in node.children[1:] if child.type != "do_group"]
        commands = tuple(self._sequence(condition, scope))
        self._sequence(body, scope.guarded(Guard(kind, commands, kind == "until")))

    def _for(self, node: "Node", scope: Scope) -> None:
        inner = scope.guarded(Guard("for", (), False))
        for child in node.named_children:
            if child.type == "variable_name":
                self._result.assigned.add(self._words.text(child))
            elif child.type in ("do_group", "compound_statement"):
                self._statement(child, inner)
            else:
                self._word(child)

    def _case(self, node: "Node", scope: Scope) -> None:
        inner = scope.guarded(Guard("case", (), False))
        for child in node.named_children:
            if child.type == "case_item":
                closing = next((at for at, one in enumerate(child.children) if one.type == ")"), -1)
                self._sequence(child.children[closing + 1 :], inner)
            else:
                self._word(child)

    def _word(self, node: "Node") -> ShellWord:
        word = self._words.word(node)
        self._collect_variables()
        return word

    def _collect_variables(self) -> None:
        self._result.variables.extend(self._words.variables)
        self._words.variables.clear()

    def _substitution(self, node: "Node") -> None:
        """Commands inside ``$( )`` come before the command that uses their output."""
        self._collect_variables()
        operator, self._result.operator = self._result.operator, None
        inner = Scope(guards=self._scope.guards, in_subshell=True, in_substitution=True, depth=self._scope.depth)
        for child in node.named_children:
            self._statement(child, inner)
        self._result.operator = operator

    def _bare_assignment(self, node: "Node", scope: Scope) -> None:
        nodes = [node] if node.type == "variable_assignment" else node.named_children
        assignments = tuple(self._assignment(one) for one in nodes)
        self.add([], assignments, (), self._mapped.span(*self._words.bounds(node)), scope)

    def _assignment(self, node: "Node") -> Assignment:
        span = self._mapped.span(*self._words.bounds(node))
        name_node, value_node = node.child_by_field_name("name"), node.child_by_field_name("value")
        name = self._words.text(name_node).partition("[")[0] if name_node is not None else ""
        return Assignment(name, self._word(value_node) if value_node is not None else None, span)

    def _command(self, node: "Node", scope: Scope) -> None:
        words: list[ShellWord] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        if node.type == "test_command":
            words.extend(self._word(leaf) for leaf in test_words(node))
        for child in node.children if node.type != "test_command" else ():
            if child.type == "variable_assignment":
                assignments.append(self._assignment(child))
            elif child.type.endswith("_redirect"):
                redirects.append(self._redirect(child))
            elif child.is_named or node.type != "command":
                words.append(self._word(child))
        if node.type == "declaration_command":
            assignments.extend(
                Assignment(word.text, None, word.span) for word in words[1:] if word.text and word.text.isidentifier()
            )
        span = self._mapped.span(*self._words.bounds(node))
        self.add(words, assignments, redirects, span, scope)

    def add(
        self,
        words: Sequence[ShellWord],
        assignments: Sequence[Assignment],
        redirects: Sequence[Redirect],
        span: Span,
        scope: Scope,
    ) -> None:
        """A simple command: wrappers taken off, scripts inside it read."""
        unwrapped = unwrap(words)
        given = (*assignments, *(assigned_by_word(word) for word in unwrapped.assignments))
        scope = replace(
            scope, wrappers=(*scope.wrappers, *unwrapped.wrappers), redirects=(*redirects, *scope.redirects)
        )
        for script in self._scripts(unwrapped.words, scope):
            name = (unwrapped.words[0].text or "").rpartition("/")[2]
            inner = replace(scope, wrappers=(*scope.wrappers, name), redirects=(), depth=scope.depth + 1)
            _Walker(script, self._result).walk(inner)
            return
        self._result.emit(unwrapped.words, given, span, scope)
        for start, end in executed(unwrapped.words):
            self._result.emit(unwrapped.words[start:end], (), span, replace(scope, wrappers=(*scope.wrappers, "find")))

    def _scripts(self, words: Sequence[ShellWord], scope: Scope) -> Iterator[MappedText]:
        """The text that a command reads as a shell: of ``sh -c``, or in its heredoc."""
        script = inner_script(words)
        if script is not None:
            text = script_text(script)
            if text is not None:
                yield text
            return
        if not reads_script_from_input(words):
            return
        body = next((one for one in scope.redirects if one.heredoc is not None), None)
        if body is None:
            return
        if body.span in self._bodies:
            yield self._bodies[body.span]
