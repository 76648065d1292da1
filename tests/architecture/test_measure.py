"""How large things may be: what passes the measure is two things under one name."""

from statistics import median

from tests.architecture.tree import length, modules, none_of

LONGEST_MODULE, LONGEST_TEST, LONGEST_FUNCTION = 300, 400, 40
MEDIAN_FUNCTION, COMMENT_SHARE = 10, 0.04


def test_a_module_has_at_most_300_lines_and_a_test_at_most_400() -> None:
    allowed = {module: LONGEST_TEST if module.room == "tests" else LONGEST_MODULE for module in modules()}
    found = [f"{module.name} {len(module.lines)}" for module, most in allowed.items() if len(module.lines) > most]
    none_of(found)


def test_a_function_has_at_most_40_lines() -> None:
    functions = [(module, function) for module in modules() for function in module.functions]
    found = [f"{m.at(f.lineno)} {f.name} {length(f)}" for m, f in functions if length(f) > LONGEST_FUNCTION]
    none_of(found)


def test_half_of_all_functions_have_at_most_10_lines() -> None:
    assert median(length(function) for module in modules() for function in module.functions) <= MEDIAN_FUNCTION


def test_fewer_than_4_lines_in_a_hundred_bear_a_comment() -> None:
    comments = sum(1 for module in modules() for _ in module.comments)
    assert comments / sum(len(module.lines) for module in modules()) < COMMENT_SHARE
