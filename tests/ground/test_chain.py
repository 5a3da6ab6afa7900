import traceback

import pytest

from svcerrors._chain import CHAIN_LIMIT, MESSAGE_LIMIT, Cause, describe, error_type, unwrap


class Own(Exception):
    pass


def raised(error, cause=None):
    try:
        raise error from cause
    except BaseException as exc:
        return exc


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (KeyError(), "KeyError"),
        (Own(), f"{__name__}.Own"),
        (type("X", (Exception,), {"__module__": "__main__"})(), "X"),
    ],
)
def test_a_type_is_named_as_a_traceback_names_it(error, name):
    """With its module, unless builtin or __main__."""
    assert error_type(error) == name


def test_the_text_is_the_interpreters():
    """But for the carets and the lines of code that is not the team's own."""
    error = raised(ValueError("two\nlines"), raised(KeyError("k")))
    printed = [
        line for line in "".join(traceback.format_exception(error)).splitlines() if set(line.strip()) - set("^~")
    ]
    assert [line for line in describe(error).stack_trace.splitlines() if line] == [line for line in printed if line]


def test_causes_are_nearest_first():
    """A direct cause, a context, and neither after `from None`."""
    inner, outer = raised(KeyError("k")), ValueError("v")
    outer.__context__ = inner
    assert describe(outer).causes == (Cause("KeyError", "'k'", "context"),)
    assert describe(raised(ValueError(), inner)).causes[0].relation == "cause"
    outer.__suppress_context__ = True
    assert describe(outer).causes == ()


def test_a_cause_without_traceback_or_truth_is_kept():
    """Nothing is asked of it but what it is."""

    class Falsy(Exception):
        def __bool__(self):
            return False

    assert [cause.error_message for cause in describe(raised(ValueError(), Falsy("kept"))).causes] == ["kept"]


def test_a_group_of_one_is_its_leaf():
    """The group stands among the causes."""
    leaf = raised(KeyError("k"))
    told = describe(ExceptionGroup("outer", [ExceptionGroup("inner", [leaf])]))
    assert told.error_type == "KeyError"
    assert [(cause.error_message, cause.relation) for cause in told.causes] == [
        ("inner (1 sub-exception)", "group"),
        ("outer (1 sub-exception)", "group"),
    ]


def test_a_group_of_several_is_itself():
    """Its leaves stand among the causes."""
    told = describe(ExceptionGroup("both", [KeyError("a"), ValueError("b")]))
    assert told.error_type == "ExceptionGroup"
    assert [cause.error_type for cause in told.causes] == ["KeyError", "ValueError"]


def test_the_leaves_of_groups_in_a_group_are_its_own():
    """In the order in which they are printed, and not the groups between them."""
    inner = ExceptionGroup("inner", [KeyError("a"), ExceptionGroup("innermost", [ValueError("b"), OSError("c")])])
    told = describe(ExceptionGroup("outer", [inner, TypeError("d")]))
    assert [(cause.error_type, cause.relation) for cause in told.causes] == [
        ("KeyError", "group"),
        ("ValueError", "group"),
        ("OSError", "group"),
        ("TypeError", "group"),
    ]


def test_a_group_of_several_in_a_group_has_its_leaves_too():
    """The group around it stands before them."""
    told = describe(ExceptionGroup("outer", [ExceptionGroup("inner", [KeyError("a"), ValueError("b")])]))
    assert (told.error_type, told.error_message) == ("ExceptionGroup", "inner (2 sub-exceptions)")
    assert [cause.error_message for cause in told.causes] == ["outer (1 sub-exception)", "'a'", "b"]


def test_a_group_in_a_chain_is_followed_by_its_leaves():
    """Each where its group stands, nearest first."""
    first, last = ExceptionGroup("g", [ValueError("a"), KeyError("b")]), RuntimeError("load failed")
    last.__cause__, first.__cause__ = first, OSError("c")

    assert [(cause.error_type, cause.relation) for cause in describe(last).causes] == [
        ("ExceptionGroup", "cause"),
        ("ValueError", "group"),
        ("KeyError", "group"),
        ("OSError", "cause"),
    ]


def test_members_of_a_group_do_not_push_its_cause_out():
    """What led to the group says more than its tenth member."""
    group, last = ExceptionGroup("g", [ValueError(n) for n in range(CHAIN_LIMIT)]), RuntimeError("load failed")
    last.__cause__, group.__cause__ = group, OSError("c")

    causes = describe(last).causes
    assert [cause.relation for cause in causes] == ["cause", *["group"] * (CHAIN_LIMIT - 2), "cause"]
    assert causes[-1].error_type == "OSError"


def test_groups_of_the_same_groups_end():
    """A tree whose branches are one object, 40 deep, has 2 to the 40 leaves: the few that are kept cost no more."""
    group = ExceptionGroup("g", [ExceptionGroup("h", [ValueError(1), ValueError(2)])] * 2)
    for _ in range(40):
        group = ExceptionGroup("g", [group] * 12)
    assert len(describe(group).causes) == CHAIN_LIMIT


def test_deep_and_broad_groups_are_bounded():
    """Neither depth nor width costs more than what is kept."""
    deep = ValueError("leaf")
    for _ in range(1_500):
        deep = ExceptionGroup("g", [deep])
    assert len(unwrap(deep)[0]) == CHAIN_LIMIT
    assert len(describe(deep).causes) == CHAIN_LIMIT
    assert len(describe(ExceptionGroup("g", [ValueError(n) for n in range(20_000)])).causes) == CHAIN_LIMIT


def test_a_group_whose_member_came_from_it_ends():
    """A cycle is cut."""
    member = ValueError("m")
    group = ExceptionGroup("g", [member])
    member.__context__ = group
    assert describe(group).error_type == "ValueError"


def test_notes_belong_to_the_message():
    """Texts alone, and only from a list."""
    error = ValueError("v")
    error.add_note("note")
    error.__notes__.append(5)
    assert describe(error).error_message == "v\nnote"
    error.__notes__ = 5
    assert describe(error).error_message == "v"


def test_a_syntax_error_names_its_place():
    """The culprit is the file that does not parse, not the importer."""
    with pytest.raises(SyntaxError) as caught:
        compile("a b", "/workspace/shared/broken.py", "exec")
    told = describe(caught.value)
    assert told.culprit == "shared/broken.py:1"
    assert '  File "/workspace/shared/broken.py", line 1' in told.stack_trace


def test_a_secret_at_the_cut_is_whole_when_it_is_looked_for():
    """The message is cut after it was redacted."""
    told = describe(ValueError("x" * (MESSAGE_LIMIT - 30) + " postgres://user:" + "s" * 60 + "@host"))
    assert "sss" not in told.error_message
    assert len(told.error_message) <= MESSAGE_LIMIT
