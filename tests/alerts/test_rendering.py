from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rendering import (
    MAX_RESULT,
    RenderingError,
    TemplateError,
    TemplateWarning,
    check_syntax,
    is_truthy,
    render,
    render_or_message,
)
from alerts.rendering.patterns import PatternError, compile_pattern

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
PAYLOAD: dict[str, Any] = {
    "status": "firing",
    "alerts": [{"labels": {"x": "1"}}, {"labels": {"x": "2"}}],
    "numbers": [3, 1, 2],
    "nothing": None,
    "text": "Grüße <b>",
    "many": list(range(10_000)),
    "long": "x" * 1_000_000,
}


def show(template: str, payload: Any = PAYLOAD) -> str:
    return render(template, {"payload": payload, "labels": None}, now=NOW)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ payload.status }}|{{ payload.missing }}", "firing|"),
        ("{{ payload.nothing }}", "None"),
        (
            "{% for a in payload.alerts %}{{ loop.index }}{{ a.labels.x }}{{ ',' if not loop.last }}{% endfor %}",
            "11,22",
        ),
        ("{% for n in payload.numbers if n > 1 %}{{ n }}/{{ loop.length }} {% else %}none{% endfor %}", "3/2 2/2 "),
        ("{% for n in [1, [2]] recursive %}{{ loop(n) if n is iterable else n }}{% endfor %}", "12"),
        ("{{ payload.alerts | map(attribute='labels.x') | join(', ') }}", "1, 2"),
        (
            "{{ payload.numbers | sort | join(',') }} {{ payload.numbers | sum }} {{ payload.numbers[:2] }}",
            "1,2,3 6 [3, 1]",
        ),
        (
            "{{ 'a' ~ 1 ~ none }} {{ 2 * 3 }} {{ 2 ** 10 }} {{ '-' * 3 }} {{ 'a' + 'b' }} {{ 7 % 4 }}",
            "a1None 6 1024 --- ab 3",
        ),
        (
            "{{ '%s is %05.1f' % ('it', 2) }} {{ '%s'|format('x') }} {{ '{} {n:>3}'.format(1, n=2) }}",
            "it is 002.0 x 1   2",
        ),
        (
            "{{ 'a\nb' | indent(2) }}|{{ 'x'.center(3) }}|{{ 'x' | replace('x', 'y') }}|{{ ','.join(['a', 'b']) }}",
            "a\n  b| x |y|a,b",
        ),
        ("{% macro m(a) %}<{{ a }}{{ caller() }}>{% endmacro %}{% call m(1) %}!{% endcall %}", "<1!>"),
        (
            "{% set ns = namespace(n=0) %}{% for a in payload.alerts %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            "2",
        ),
        (
            "{% block b %}{{ payload.status }}{% endblock %}{% filter upper %}{{ self.b() }}{% endfilter %}",
            "firingFIRING",
        ),
        ("{{ payload.text | e }} {{ payload.text }}", "Grüße &lt;b&gt; Grüße <b>"),
        ("{{ time() }}", "2030-01-07 09:00:00+00:00"),
        ("{{ 'firing' in payload.status and 1 in payload.numbers and 'status' in payload }}", "True"),
    ],
)
def test_an_honest_template_renders_as_jinja2_says(template: str, text: str) -> None:
    assert show(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ '2030-01-07T09:05:00Z' | iso8601_to_time | datetimeformat }}", "09:05 / 07-01-2030"),
        ("{{ '2030-01-07T09:05:00Z' | iso8601_to_time | datetimeformat('%H') }}", "09"),
        (
            "{{ '2030-07-01T09:05:00Z' | iso8601_to_time | datetimeformat_as_timezone('%H:%M', 'Europe/Berlin') }}",
            "11:05",
        ),
        ("{{ '09:05 / 07-01-2030' | datetimeparse }}", "2030-01-07 09:05:00"),
        ("{{ '2030' | datetimeparse('%Y') | datetimeformat_as_timezone('%H', 'Asia/Kolkata') }}", "05"),
        ("{{ 86400 | timestamp_to_datetime }}", "1970-01-02 00:00:00"),
        ("{{ '5m' | timedeltaparse }} {{ '-2h' | timedeltaparse }}", "0:05:00 -1 day, 22:00:00"),
        (
            "{{ '1w' | timedeltaparse }} {{ '1M' | timedeltaparse }} {{ '1y' | timedeltaparse }}",
            "7 days, 0:00:00 None None",
        ),
        ("{{ {'b': 'ü', 'a': 1} | tojson_pretty }}", '{\n    "a": 1,\n    "b": "ü"\n}'),
        ("{{ {'b': 1, 'a': 2} | json_dumps }}", '{"b": 1, "a": 2}'),
        ("{{ {'b': 1, 'a': 2} | canonical_json }}", '{"a":2,"b":1}'),
        ("{{ ('{\"a\": [1]}' | parse_json).a[0] }}", "1"),
        ("{{ 'aGk=' | b64decode }}", "hi"),
        ("{{ 'abc' | regex_replace('(b)', '<\\\\1>') }} {{ 'abc' | regex_replace('[ac]', '') }}", "a<b>c b"),
        ("{{ 'abc' | regex_match('b') }} {{ 'abc' | regex_search('b') }}", "False True"),
    ],
)
def test_our_own_filters_do_what_their_names_say(template: str, text: str) -> None:
    assert show(template) == text


@pytest.mark.parametrize(
    "use",
    [
        "datetimeformat",
        "datetimeformat_as_timezone('%H', 'No/Where')",
        "datetimeparse",
        "iso8601_to_time",
        "timestamp_to_datetime",
        "timedeltaparse",
        "parse_json",
        "b64decode",
        "regex_replace('(', '')",
        "regex_match('(')",
        "regex_search('(')",
    ],
)
@pytest.mark.parametrize("value", ["none", "'neither'", "[1]", "payload.missing"])
def test_our_own_filters_answer_none_for_what_they_cannot_read(use: str, value: str) -> None:
    assert show(f"{{{{ ({value} | {use}) is none }}}}") == "True"


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ payload.a.b }}", "Template Warning: 'dict object' has no attribute 'a'"),
        ("{{ payload.status + 1 }}", "Template Warning: can only concatenate str"),
        ("{{ none() }}", "Template Error: 'NoneType' must not be called"),
        ("{% for x in none %}{% endfor %}", "Template Warning: 'NoneType' object is not iterable"),
    ],
)
def test_a_template_that_does_not_fit_the_payload_says_so(template: str, complaint: str) -> None:
    assert render_or_message(template, {"payload": PAYLOAD}, now=NOW).startswith(complaint)


def test_a_misfit_is_a_warning_and_a_fault_is_an_error() -> None:
    with pytest.raises(TemplateWarning):
        show("{{ payload.a.b }}")
    with pytest.raises(TemplateError):
        show("{{ 1 / 0 }}")


@pytest.mark.parametrize(
    "template", ["{{ range(3) }}", "{% for i in range(3) %}{% endfor %}", "{{ 3 | attr('x') }}{{ range() }}"]
)
def test_range_is_forbidden(template: str) -> None:
    assert render_or_message(template, {}, now=NOW) == "Template Error: 'range' must not be called"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ payload.items.__self__.x }}",
        "{{ payload | attr('__class__') | string }}{{ payload.__class__.x }}",
        "{{ (1).to_bytes(9, 'big') }}",
        "{{ 'x'.translate({}) }}",
        "{{ {}.fromkeys('ab') }}",
        "{{ 'x'.encode().center(9) }}",
        "{{ [1].sort(key='x'.center) }}",
    ],
)
def test_what_reaches_out_of_the_sandbox_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        show(template)


def test_a_format_reaches_no_further_than_a_template() -> None:
    assert show("[{{ '{0.__class__}'.format(payload) }}]") == "[]"


@pytest.mark.parametrize("tag", ["include 'x'", "import 'x' as x", "from 'x' import y", "extends 'x'"])
def test_a_template_stands_alone(tag: str) -> None:
    assert check_syntax(f"{{% {tag} %}}") == "Template Error: a template stands alone: no include, import or extends"


TEXT = "the template makes more than 16000000 characters of text"
STEPS = "the template takes more than 100000 steps"
WHOLE = "the template handles a nested value of more than 4000000 characters as a whole"
SLOW = "the template handles a text of more than 50000 characters as a whole"
WIDTH = "a width of 999 is the most"
BITS = "a number of 4096 bits is the most"
DOUBLED = "{% set ns = namespace(x=payload.long) %}{% for i in payload.many %}{% set ns.x = STEP %}{% endfor %}"
NESTED = "{% set a = (1, 1) %}{% set b = (1, 1) %}" + "{% set a = (a, a) %}{% set b = (b, b) %}" * 40


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ 'x' * 2000000000 }}", TEXT),
        ("{{ 2000000000 * 'x' }}", TEXT),
        ("{{ [0] * 200000000 }}", TEXT),
        ("{{ (0, 1) * 200000000 }}", TEXT),
        ("{{ payload.long * 17 }}", TEXT),
        ("{{ ('x' | e) * 2000000000 }}", TEXT),
        (DOUBLED.replace("STEP", "ns.x + ns.x"), TEXT),
        (DOUBLED.replace("STEP", "ns.x ~ ns.x"), WHOLE),
        (DOUBLED.replace("STEP", "ns.x | tojson"), TEXT),
        (DOUBLED.replace("STEP", "ns.x | replace('x', 'xx')"), TEXT),
        (DOUBLED.replace("STEP", "ns.x.replace('x', 'xx')"), TEXT),
        (DOUBLED.replace("STEP", "'%s%s' % (ns.x, ns.x)"), WHOLE),
        (DOUBLED.replace("STEP", "'{0}{0}'.format(ns.x)"), TEXT),
        ("{{ 10 ** 9999999 }}", BITS),
        ("{{ 10 ** -9999999 }}", BITS),
        ("{% set ns = namespace(x=10) %}{% for i in payload.many %}{% set ns.x = ns.x * ns.x %}{% endfor %}", BITS),
        ("{{ 'x' | center(2000000000) }}", WIDTH),
        ("{{ 'x' | center(width=2000000000) }}", WIDTH),
        ("{{ 'x'.center(2000000000) }}", WIDTH),
        ("{{ 'x'['ljust'](2000000000) }}", WIDTH),
        ("{{ ('x' | attr('rjust'))(2000000000) }}", WIDTH),
        ("{{ 'x'.zfill(2000000000) }}", WIDTH),
        ("{{ ['x'] | map('center', 2000000000) | list }}", WIDTH),
        ("{{ 'x' | indent(2000000000, true) }}", WIDTH),
        ("{{ (payload.many | join('\n')) | indent(payload.long) }}", TEXT),
        ("{{ 'x' | batch(2000000000, 'y') | list }}", WIDTH),
        ("{{ 'x' | slice(2000000000) | list }}", WIDTH),
        ("{{ 1 | round(1000000000, 'ceil') }}", "a width of 300 is the most"),
        ("{{ payload.numbers | tojson(indent=1000000000) }}", "a width of 16 is the most"),
        ("{{ '%2000000000d' % 1 }}", WIDTH),
        ("{{ '%.2000000000f' % 1 }}", WIDTH),
        ("{{ '%*d' % (2000000000, 1) }}", WIDTH),
        ("{{ '%(a)2000000000d' | format(a=1) }}", WIDTH),
        ("{{ '{:2000000000}'.format(1) }}", WIDTH),
        ("{{ '{:{}}'.format(1, 2000000000) }}", WIDTH),
        ("{{ '{a:>2000000000}'.format_map({'a': 1}) }}", WIDTH),
        ("{{ payload.long | join(payload.long) }}", TEXT),
        ("{{ payload.long.join(payload.long) }}", TEXT),
        ("{{ payload.long.replace('', payload.long) }}", TEXT),
        ("{{ payload.long | wordwrap(1, wrapstring=payload.long) }}", SLOW),
        ("{{ payload.long | striptags }}", SLOW),
        ("{{ payload.long | regex_replace('x', payload.long) }}", TEXT),
        ("{{ payload.long | regex_replace('(x+)', '" + "\\\\1" * 20 + "') }}", TEXT),
        ("{{ [[1]] | sum(start=[]) }}", "sum adds numbers only"),
        ("{% set l = [1] %}{% for i in payload.many %}{% set _ = l.extend(l) %}{% endfor %}", WHOLE),
        ("{% for a in payload.many %}{% for b in payload.many %}{% endfor %}{% endfor %}", STEPS),
        ("{% for a in payload.many %}{% for b in payload.many if false %}{% endfor %}{% endfor %}", STEPS),
        (
            "{% for a in payload.many recursive %}{{ loop(payload.many) if loop.depth < 2 }}{% endfor %}",
            STEPS,
        ),
        ("{% macro m() %}{% for a in payload.many %}{{ payload.long }}{% endfor %}{% endmacro %}{{ m() }}", TEXT),
        ("{% set x %}{% for a in payload.many %}{{ payload.long }}{% endfor %}{% endset %}", TEXT),
        ("{% set x %}{% for a in payload.many %}" + "y" * 2000 + "{% endfor %}{% endset %}", TEXT),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "the template is nested too deeply"),
        ("{% block b %}{{ self.b() }}{% endblock %}", "the template is nested too deeply"),
        (NESTED + "{{ a }}", WHOLE),
        (NESTED + "{{ a == b }}", WHOLE),
        (NESTED + "{{ a in [b] }}", WHOLE),
        (NESTED + "{{ a is eq b }}", WHOLE),
        (NESTED + "{{ [a] | select('eq', b) | list }}", WHOLE),
        (NESTED + "{{ [a].index(b) }}", WHOLE),
        (NESTED + "{{ {a: 1} }}", WHOLE),
        (NESTED + "{{ {}.get(a) }}", WHOLE),
        (NESTED + "{{ {}[a] }}", "a list or tuple is no key here"),
        (NESTED + "{{ a | string | length }}", WHOLE),
        (NESTED + "{{ a | tojson | length }}", WHOLE),
        (NESTED + "{{ '%s' % [a] }}", WHOLE),
        (NESTED + "{{ a ~ '' }}", WHOLE),
        (NESTED + "{{ namespace(a=a) }}", WHOLE),
        ("{% set d = {} %}{% set _ = d.update({'d': d}) %}{{ d | json_dumps }}", WHOLE),
    ],
)
def test_a_bomb_is_refused_for_what_it_would_cost(template: str, reason: str) -> None:
    with pytest.raises(TemplateError) as caught:
        show(template)
    assert str(caught.value) == f"Template Error: {reason}"


@pytest.mark.parametrize(
    "template",
    [
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(40) }}",
        "{% for a in payload.many %}{% if payload.long[:] == payload.long[1:] %}{% endif %}{% endfor %}",
        "{% for a in payload.many %}{{ payload.many | sort | length }}{% endfor %}",
    ],
)
def test_a_template_that_burns_time_is_stopped(template: str) -> None:
    with pytest.raises(TemplateError) as caught:
        show(template)
    assert str(caught.value) in (
        "Template Error: the template takes longer than 0.25 seconds",
        f"Template Error: {STEPS}",
        f"Template Error: {TEXT}",
    )


def test_a_regular_expression_that_never_ends_is_stopped() -> None:
    with pytest.raises(TemplateError) as caught:
        show("{{ payload.many | join | regex_search('(.*1){30}x') }}")
    assert str(caught.value) == "Template Error: the regular expression takes too long"


@pytest.mark.parametrize(
    "pattern",
    [
        "((a{1000}){1000}){1000}",
        "(?=a{1000}){1000}",
        "(?x)(a{1000} #)\n){1000}",
        "(?:[)]{300}){300}",
        r"(?:\){300}){300}",
        "(?R)",
        "a(?1)",
        "(?P<n>a)(?&n)",
        "a" * 5001,
    ],
)
def test_a_regular_expression_that_would_fill_the_memory_is_not_compiled(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", r"\(?R\)?", "a{,3}(b|c){2,}", "[]{}()]{3}", "(?:x{e<=1})"]
)
def test_an_honest_regular_expression_is_compiled(pattern: str) -> None:
    assert compile_pattern(pattern).pattern == pattern


def test_a_long_result_is_cut_and_marked() -> None:
    assert show("{{ payload.long }}") == "x" * 50_000 + ".."
    assert render("abcdef", {}, now=NOW, limit=5) == "abcde.."
    assert render("abcde", {}, now=NOW, limit=5) == "abcde"


def test_rendering_stops_when_the_result_is_long_enough() -> None:
    assert show("{% for a in payload.many %}{{ payload.long }}{% endfor %}{{ 1 / 0 }}") == "x" * MAX_RESULT + ".."


def test_a_long_template_is_refused() -> None:
    assert show("x" * 50_000) == "x" * 50_000
    with pytest.raises(TemplateError, match="a template may have 50000 characters, this one has 50001"):
        show("x" * 50_001)


@pytest.mark.parametrize(
    "template",
    [
        "{% set _ = payload.pop('status') %}{{ payload.status }}",
        "{% set _ = payload.alerts[0].labels.update({'x': 9}) %}",
        "{% set _ = payload.numbers.sort() %}",
        "{% set _ = payload['po' ~ 'p']('status') %}",
    ],
)
def test_a_template_changes_a_copy_of_the_payload_and_never_the_payload(template: str) -> None:
    payload = deepcopy(PAYLOAD)
    first = show(template, payload)
    assert payload == PAYLOAD
    assert show(template, payload) == first


def test_a_template_may_change_its_copy() -> None:
    assert show("{{ payload.numbers.pop() }}{{ payload.numbers | length }}") == "22"


def test_what_one_rendering_sets_the_next_does_not_see() -> None:
    show("{% set payload = 1 %}{% set secret = 2 %}{{ secret }}")
    assert show("{{ secret }}{{ payload.status }}") == "firing"


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ x", "Template Error: unexpected end of template, expected 'end of print statement'."),
        ("{{ x | nope }}", "Template Error: No filter named 'nope'."),
        ("{% if x %}", "Template Error: Unexpected end of template."),
        ("{{ " + "(" * 3000, "Template Error: the template is nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "Template Error: Exceeds the limit (4300 digits)"),
    ],
)
def test_broken_syntax_is_told_and_never_raised(template: str, complaint: str) -> None:
    found = check_syntax(template)
    assert found is not None
    assert found.startswith(complaint)


def test_only_syntax_is_checked() -> None:
    assert check_syntax("{{ payload.a.b.c }}{{ 'x' * 2000000000 }}") is None


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("1", True),
        (" True\n", True),
        ("OK", True),
        ("yes", False),
        ("resolved", False),
        ("2", False),
        ("", False),
    ],
)
def test_only_one_true_and_ok_say_yes(text: str, truth: bool) -> None:
    assert is_truthy(text) is truth


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(template=st.text(alphabet="{}%|. abpx'\"()[]*+~12=\n#_", max_size=40), payload=json_values)
def test_nothing_but_a_rendering_error_ever_comes_out(template: str, payload: Any) -> None:
    try:
        assert isinstance(render("{{ " + template + " }}", {"payload": payload}, now=NOW), str)
    except RenderingError as error:
        assert str(error).startswith("Template ")  # noqa: PT017 - either way out is right
